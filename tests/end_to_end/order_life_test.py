"""What becomes of orders: policies of errors and execution, resubmission, giving up, plans,
history, repeated submissions and waiting, all over /v1 with catalogs of simulated targets.
"""

import json
import threading
import unittest

from programs import (PLAIN_CATALOG, EndToEndTest, item, one_work_order, product, run_cli,
                      work_orders)

TIMED_CATALOG = """
products:
  a: {actions: {add: {decomposition: [long]}}}
  c: {actions: {add: {decomposition: [short]}}}
  b: {actions: {add: {decomposition: [quick]}}}
technicalProductOrders:
  long: {process: {workOrder: long, cartridge: network}}
  short: {process: {workOrder: short, cartridge: network}}
  quick: {process: {workOrder: quick, cartridge: network}}
cartridges:
  network: {type: simulated, operations: {long: {latency: 2s}, short: {latency: 100ms}}}
"""


def sent(order, product_id):
    return one_work_order(order, product_id)["state"] != "Pending"


class ExecutionPolicy(EndToEndTest):
    """A before B, C before D; A takes two seconds, C a tenth. The clock is virtual."""

    def run_with(self, policy):
        node = self.start(TIMED_CATALOG, "--clock", "virtual")
        client = self.client_of(node)
        order_id = self.submit(client, {
            "dataset": {"pop::EXECUTION_POLICY": policy},
            "productOrders": [item("A", "a"), item("B", "b", ["A"]), item("C", "c"),
                              item("D", "b", ["C"])]})
        self.wait_until(client, order_id, lambda o: sent(o, "A") and sent(o, "C"), "under way")
        self.assertEqual(client.post("/v1/clock/advance", {"by": "100ms"}).status, 200)
        early = self.wait_until(client, order_id,
                                lambda o: product(o, "C")["state"] == "Completed", "past C")
        if policy == "Dependency Tree":
            early = self.wait_until(client, order_id, lambda o: sent(o, "D"), "past D's sending")
        self.assertEqual(client.post("/v1/clock/advance", {"by": "1900ms"}).status, 200)
        late = self.settle(client, order_id)
        self.assertEqual(late["state"], "Completed")
        self.assertEqual(late["port"], "normal")
        self.assertEqual(late["slices"], [["A", "C"], ["B", "D"]])
        return early, late

    def attempt(self, order, product_id):
        (attempt,) = one_work_order(order, product_id)["attempts"]
        return attempt

    def test_slicing_is_a_barrier(self):
        early, late = self.run_with("Slicing")
        self.assertEqual(product(early, "D")["state"], "Pending")
        self.assertEqual(product(early, "A")["state"], "Running")
        self.assertEqual(self.attempt(late, "D")["sentAt"], self.attempt(late, "A")["answeredAt"])
        self.assertGreater(self.attempt(late, "D")["sentAt"],
                           self.attempt(late, "C")["answeredAt"])

    def test_a_dependency_tree_waits_for_nothing_else(self):
        early, late = self.run_with("Dependency Tree")
        self.assertEqual(product(early, "A")["state"], "Running")
        self.assertEqual(self.attempt(late, "D")["sentAt"], self.attempt(late, "C")["answeredAt"])
        self.assertGreater(self.attempt(late, "A")["answeredAt"],
                           self.attempt(late, "D")["sentAt"])

    def test_the_clock_stands_until_it_is_moved_and_goes_on_after_a_restart(self):
        node = self.start(TIMED_CATALOG, "--clock", "virtual", "--stop-timeout", "0s")
        client = self.client_of(node)
        moved = client.post("/v1/clock/advance", {"by": "48h"}).json["now"]
        order_id = self.submit(client, {"productOrders": [item("A", "a")]})
        self.wait_until(client, order_id, lambda o: sent(o, "A"), "under way")
        self.assertEqual(client.post("/v1/clock/advance", {"to": "2020-01-01T00:00:00Z"}).status,
                         400)
        self.assertEqual(node.stop(), 0)
        node = self.start(TIMED_CATALOG, "--clock", "virtual", "--stop-timeout", "0s")
        client = self.client_of(node)
        order = self.wait_until(client, order_id, lambda o: sent(o, "A"), "under way again")
        self.assertEqual(order["submittedAt"], moved)
        self.assertGreaterEqual(client.post("/v1/clock/advance", {"by": "2s"}).json["now"], moved)
        self.assertEqual(self.settle(client, order_id)["state"], "Completed")

    def test_the_real_clock_cannot_be_moved(self):
        client = self.client_of(self.start(TIMED_CATALOG))
        self.assertEqual(client.post("/v1/clock/advance", {"by": "1s"}).status, 409)


class ErrorPolicy(EndToEndTest):
    """What runs after an error, where the order goes, and what a resubmission does."""

    def setUp(self):
        super().setUp()
        self.node = self.start(PLAIN_CATALOG)
        self.client = self.client_of(self.node)

    def stop_all(self, b_outcomes):
        return self.run_order(self.client, {
            "onPOPError": "stopAll",
            "productOrders": [item("A"), item("B", simulate=b_outcomes),
                              item("C", depends_on=["A", "B"])]})

    def test_stop_all_with_a_functional_error_fails_the_order(self):
        order = self.stop_all(["functional"])
        self.assertEqual((order["state"], order["port"]), ("Failed", "fail"))
        self.assertEqual(order["slices"], [["A", "B"], ["C"]])
        self.assertEqual(product(order, "A")["state"], "Completed")
        self.assertEqual(product(order, "B")["state"], "Failed")
        self.assertEqual(product(order, "C")["state"], "NotExecuted")
        self.assertEqual(one_work_order(order, "A")["state"], "Completed")
        self.assertEqual(one_work_order(order, "B")["state"], "FunctionalError")
        self.assertEqual(one_work_order(order, "C")["attempts"], [])

    def test_stop_all_with_a_technical_error_holds_the_order_for_a_resubmission(self):
        held = self.stop_all(["technical", "ok"])
        self.assertEqual((held["state"], held["port"], held["run"]), ("Held", "retry", 1))
        self.assertEqual(product(held, "B")["state"], "Partial")
        self.assertEqual(one_work_order(held, "C")["attempts"], [])
        listed = self.client.get("/v1/orders?state=Held").json["items"]
        self.assertEqual([o["id"] for o in listed], [held["id"]])

        again = self.client.post(f"/v1/orders/{held['id']}/resubmit", {"description": "B works"})
        self.assertEqual(again.status, 200, again)
        order = self.settle(self.client, held["id"])
        self.assertEqual((order["state"], order["port"], order["run"]), ("Completed", "normal", 2))
        self.assertEqual([len(one_work_order(order, p)["attempts"]) for p in "ABC"], [1, 2, 1])
        self.assertEqual([a["run"] for a in one_work_order(order, "B")["attempts"]], [1, 2])
        c_sent = one_work_order(order, "C")["attempts"][0]["sentAt"]
        self.assertGreaterEqual(c_sent, one_work_order(order, "B")["attempts"][1]["answeredAt"])

    def test_stop_dependent_runs_what_does_not_depend_on_the_failure(self):
        order = self.run_order(self.client, {
            "onPOPError": "stopDependent",
            "productOrders": [item("A", simulate="functional"), item("B", depends_on=["A"]),
                              item("C"), item("D", depends_on=["C"])]})
        self.assertEqual((order["state"], order["port"]), ("Failed", "fail"))
        states = {p["id"]: p["state"] for p in order["productOrders"]}
        self.assertEqual(states, {"A": "Failed", "B": "NotExecuted", "C": "Completed",
                                  "D": "Completed"})
        self.assertEqual(one_work_order(order, "B")["attempts"], [])

    def test_a_held_order_can_be_given_up(self):
        held = self.stop_all(["technical"])
        ended = self.client.post(f"/v1/orders/{held['id']}/giveUp", {"description": "cancelled"})
        self.assertEqual(ended.status, 200, ended)
        order = self.settle(self.client, held["id"])
        self.assertEqual(order["state"], "Failed")
        self.assertEqual(product(order, "A")["state"], "Completed")
        for verb in ("resubmit", "giveUp"):
            reply = self.client.post(f"/v1/orders/{held['id']}/{verb}")
            self.assertEqual(reply.status, 409, reply)
            self.assertIn("application/problem+json", reply.headers["content-type"])

    def test_actions_on_orders_in_other_states_are_conflicts(self):
        done = self.run_order(self.client, {"productOrders": [item("A")]})
        running = self.submit(self.client, {"productOrders": [item("A", "slow")]})
        for order_id in (done["id"], running):
            self.assertEqual(self.client.post(f"/v1/orders/{order_id}/resubmit").status, 409)
        self.assertEqual(self.client.post("/v1/orders/so-zzzz/resubmit").status, 404)
        self.assertEqual(self.client.get("/v1/orders/so-zzzz").status, 404)
        self.assertEqual(self.client.get("/v1/orders/nonsense").status, 404)

    def test_the_history_tells_what_happened_in_its_order(self):
        held = self.stop_all(["technical", "ok"])
        self.client.post(f"/v1/orders/{held['id']}/resubmit", {"description": "the cable is in"})
        self.settle(self.client, held["id"])
        items = self.client.get(f"/v1/orders/{held['id']}/history").json["items"]
        self.assertEqual([i["at"] for i in items], sorted(i["at"] for i in items))
        self.assertGreaterEqual(len(items), 8)
        self.assertTrue(all(i["event"] for i in items))
        self.assertIn("the cable is in", json.dumps(items))

    def test_the_pages_of_a_history_are_the_whole(self):
        held = self.stop_all(["technical", "ok"])
        path = f"/v1/orders/{held['id']}/history"
        whole = self.client.get(path).json
        self.assertNotIn("next", whole)
        for limit in (1, 2, len(whole["items"]) - 1, len(whole["items"])):
            pages, cursor = [], ""
            while True:
                page = self.client.get(f"{path}?limit={limit}{cursor}").json
                pages += page["items"]
                if "next" not in page:
                    break
                self.assertEqual(len(page["items"]), limit)
                cursor = "&cursor=" + page["next"]
            self.assertEqual(pages, whole["items"], limit)


class Submission(EndToEndTest):
    """Ways to submit and to wait."""

    def setUp(self):
        super().setUp()
        self.node = self.start(PLAIN_CATALOG)
        self.client = self.client_of(self.node)

    def test_a_plan_shows_slices_and_stores_nothing(self):
        order = {"productOrders": [item("A"), item("B", depends_on=["A"])]}
        reply = self.client.post("/v1/orders:plan", order)
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(reply.json["slices"], [["A"], ["B"]])
        self.assertEqual([w["operation"] for w in work_orders(reply.json)], ["work", "work"])
        self.assertEqual(self.client.get("/v1/orders").json["items"], [])
        self.assertNotIn("cairn_orders_accepted_total 1",
                         self.client.get("/metrics").text)

    def test_the_same_key_and_body_give_the_same_order(self):
        order = json.dumps({"externalId": "crm-1", "productOrders": [item("A")]})
        first = self.client.post("/v1/orders", order, Idempotency_Key="key-1")
        self.settle(self.client, first.json["id"])
        again = self.client.post("/v1/orders", order, Idempotency_Key="key-1")
        self.assertEqual(again.status, 201, again)
        self.assertEqual(again.json["id"], first.json["id"])
        self.assertEqual(again.headers.get("idempotency-replayed"), "true")
        self.assertEqual(len(self.client.get("/v1/orders").json["items"]), 1)
        other = self.client.post("/v1/orders", {"productOrders": [item("B")]},
                                 Idempotency_Key="key-1")
        self.assertEqual(other.status, 422, other)
        self.assertEqual(len(self.client.get("/v1/orders").json["items"]), 1)

    def test_a_key_holds_over_a_restart(self):
        order = json.dumps({"productOrders": [item("A")]})
        first = self.client.post("/v1/orders", order, Idempotency_Key="key-1").json["id"]
        self.settle(self.client, first)
        self.assertEqual(self.node.stop(), 0)
        client = self.client_of(self.start(PLAIN_CATALOG))
        again = client.post("/v1/orders", order, Idempotency_Key="key-1")
        self.assertEqual(again.json["id"], first)

    def test_clients_that_race_with_one_key_get_one_order(self):
        order = json.dumps({"productOrders": [item("A")]})
        ids = []

        def submit():
            client = self.node.client()
            ids.append(client.post("/v1/orders", order, Idempotency_Key="race").json["id"])
            client.close()

        threads = [threading.Thread(target=submit) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(ids), 8)
        self.assertEqual(len(set(ids)), 1)

    def test_a_submission_may_wait_for_the_end(self):
        reply = self.client.post("/v1/orders", {"productOrders": [item("A")]}, Prefer="wait=60")
        self.assertEqual((reply.status, reply.json["state"]), (201, "Completed"), reply)
        self.assertEqual(reply.headers["location"], f"/v1/orders/{reply.json['id']}")

    def test_a_wait_that_is_over_answers_with_the_order_as_it_is(self):
        order_id = self.submit(self.client, {"productOrders": [item("A", "slow")]})
        reply = self.client.get(f"/v1/orders/{order_id}?wait=50ms")
        self.assertEqual((reply.status, reply.json["state"]), (200, "Running"), reply)

    def test_a_long_poll_answers_when_the_version_changes(self):
        order_id = self.submit(self.client, {"productOrders": [item("A", simulate="technical")]})
        held = self.settle(self.client, order_id)
        news = []

        def poll():
            client = self.node.client()
            news.append(client.get(f"/v1/orders/{order_id}?wait=60s&version={held['version']}"))
            client.close()

        poller = threading.Thread(target=poll)
        poller.start()
        self.client.post(f"/v1/orders/{order_id}/giveUp")
        poller.join()
        self.assertEqual(news[0].status, 200)
        self.assertGreater(news[0].json["version"], held["version"])

    def test_an_order_that_did_not_change_is_not_sent_again(self):
        order = self.run_order(self.client, {"productOrders": [item("A")]})
        reply = self.client.get(f"/v1/orders/{order['id']}")
        tag = reply.headers["etag"]
        self.assertEqual(
            self.client.get(f"/v1/orders/{order['id']}", If_None_Match=tag).status, 304)

    def test_lists_are_newest_first_filtered_and_paged(self):
        ids = [self.submit(self.client, {"externalId": f"e-{n}", "customer": f"C-{n % 2}",
                                         "productOrders": [item("A")]}) for n in range(7)]
        for order_id in ids:
            self.settle(self.client, order_id)
        seen = []
        path = "/v1/orders?limit=3"
        while path:
            page = self.client.get(path).json
            self.assertLessEqual(len(page["items"]), 3)
            seen += [o["id"] for o in page["items"]]
            path = f"/v1/orders?limit=3&cursor={page['next']}" if "next" in page else None
        self.assertEqual(seen, ids[::-1])
        by_customer = self.client.get("/v1/orders?customer=C-1").json["items"]
        self.assertEqual([o["externalId"] for o in by_customer], ["e-5", "e-3", "e-1"])
        self.assertEqual(len(self.client.get("/v1/orders?externalId=e-4").json["items"]), 1)
        self.assertEqual(self.client.get("/v1/orders?state=Bogus").status, 400)


class CommandLine(EndToEndTest):
    """The command line cairn against a real node."""

    def setUp(self):
        super().setUp()
        self.node = self.start(PLAIN_CATALOG)
        self.order = self.folder / "order.json"

    def write_order(self, order):
        self.order.write_text(json.dumps(order))
        return self.order

    def test_submits_shows_lists_and_plans(self):
        path = self.write_order({"externalId": "cli-1", "productOrders": [item("A")]})
        code, out, err = run_cli(self.node, "-o", "json", "order", "submit", path, "--wait")
        self.assertEqual(code, 0, err)
        order = json.loads(out)
        self.assertEqual(order["state"], "Completed")
        code, out, err = run_cli(self.node, "order", "show", order["id"])
        self.assertEqual(code, 0, err)
        self.assertIn(order["id"], out)
        self.assertIn("Completed", out)
        code, out, err = run_cli(self.node, "-o", "json", "order", "list")
        self.assertEqual([o["externalId"] for o in json.loads(out)["items"]], ["cli-1"])
        code, out, err = run_cli(self.node, "-o", "json", "order", "plan", path)
        self.assertEqual((code, json.loads(out)["slices"]), (0, [["A"]]), err)
        code, out, err = run_cli(self.node, "node", "status")
        self.assertEqual(code, 0, err)

    def test_a_held_order_is_resubmitted_or_given_up(self):
        path = self.write_order({"productOrders": [item("A", simulate=["technical", "ok"])]})
        code, out, err = run_cli(self.node, "-o", "json", "order", "submit", path, "--wait")
        self.assertEqual((code, json.loads(out)["state"]), (1, "Held"), err)
        order_id = json.loads(out)["id"]
        code, out, err = run_cli(self.node, "order", "resubmit", order_id, "--wait")
        self.assertEqual(code, 0, err)

    def test_a_refusal_has_its_own_exit_code(self):
        path = self.write_order({"productOrders": [item("A", "nothing-like-it")]})
        code, _, err = run_cli(self.node, "order", "submit", path)
        self.assertEqual(code, 3)
        self.assertIn("unknown-product", err)

    def test_checks_a_catalog(self):
        good = self.write_catalog(PLAIN_CATALOG, "good")
        broken = PLAIN_CATALOG.replace("cartridge: network}", "cartridge: nowhere}")
        bad = self.write_catalog(broken, "bad")
        self.assertEqual(run_cli(self.node, "catalog", "check", good)[0], 0)
        code, _, err = run_cli(self.node, "catalog", "check", bad)
        self.assertEqual(code, 2)
        self.assertRegex(err, r"catalog\.yaml:\d+: .*nowhere")


if __name__ == "__main__":
    unittest.main()
