"""What ships in examples/ works as it stands: every order with the example catalog, its HTTP
targets played by ledger_target and its worker run for real, and the sample order of TMF641.
"""

import json
import re
import shutil
import unittest

from programs import ROOT, TMF641, EndToEndTest, product, work_orders

ORDERS = ROOT / "examples" / "orders"
# The state in which each example is meant to end, where that is not Completed.
OTHER_ENDS = {"functional-failure.json": "Failed", "technical-failure.json": "Held"}


class Examples(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.target = self.start_target("--ledger", self.folder / "ledger.jsonl")
        self.catalog = self.folder / "catalog"
        shutil.copytree(ROOT / "examples" / "catalog", self.catalog)
        changed = 0
        for path in self.catalog.glob("*.yaml"):
            text, count = re.subn(r"(url: http://)127\.0\.0\.1:\d+",
                                  rf"\g<1>{self.target.host}:{self.target.port}",
                                  path.read_text())
            path.write_text(text)
            changed += count
        self.assertGreater(changed, 0)

    def test_every_order_ends_as_it_is_meant_to(self):
        client = self.client_of(self.start(self.catalog))
        names = sorted(p.name for p in ORDERS.glob("*.json"))
        self.assertGreaterEqual(len(names), 5)
        for name in names:
            with self.subTest(order=name):
                body = json.loads((ORDERS / name).read_text())
                path = TMF641 if "serviceOrderItem" in body else "/v1/orders"
                reply = client.post(path, body)
                self.assertEqual(reply.status, 201, reply)
                order = self.settle(client, reply.json["id"])
                self.assertEqual(order["state"], OTHER_ENDS.get(name, "Completed"), order)

    def test_a_mobile_line_reaches_its_targets_once_and_its_worker(self):
        client = self.client_of(self.start(self.catalog))
        body = json.loads((ORDERS / "mobile-line.json").read_text())
        order = self.run_order(client, body)
        self.assertEqual(order["state"], "Completed", order)
        calls = work_orders(order)
        self.assertEqual([w["step"] for w in calls],
                         ["request", "confirm", "create", "voicemail", "dataPlan", "welcome"])
        self.assertTrue(all(len(w["attempts"]) == 1 for w in calls))
        summary = self.client_of(self.target).get("/_ledger/summary").json
        self.assertEqual((summary["calls"], summary["effects"], summary["duplicateCalls"]),
                         (5, 5, 0))
        self.assertEqual(summary["byPath"]["/ok/subscribers"]["effects"], 1)

    def test_simulate_calls_no_target(self):
        client = self.client_of(self.start(self.catalog, "--simulate"))
        body = json.loads((ORDERS / "mobile-line.json").read_text())
        self.assertEqual(self.run_order(client, body)["state"], "Completed")
        summary = self.client_of(self.target).get("/_ledger/summary").json
        self.assertEqual(summary["calls"], 0)

    def test_a_technical_failure_is_completed_by_a_resubmission(self):
        client = self.client_of(self.start(self.catalog))
        body = json.loads((ORDERS / "technical-failure.json").read_text())
        held = self.run_order(client, body)
        self.assertEqual(held["state"], "Held")
        self.assertEqual(client.post(f"/v1/orders/{held['id']}/resubmit").status, 200)
        order = self.settle(client, held["id"])
        self.assertEqual(order["state"], "Completed")
        self.assertEqual(len(work_orders(order, "first")[0]["attempts"]), 1)


class Tmf641Sample(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.node = self.start(ROOT / "examples" / "catalog")
        self.client = self.client_of(self.node)
        self.sample = (ORDERS / "tmf641-sample.json").read_bytes()

    def test_is_accepted_as_it_stands_and_completed(self):
        reply = self.client.post(TMF641, self.sample)
        self.assertEqual(reply.status, 201, reply)
        sent = json.loads(self.sample)
        order_id = reply.json["id"]
        self.assertIn(reply.json["state"], ("acknowledged", "inProgress"))
        self.assertEqual(reply.json["externalId"], sent["externalId"])
        native = self.settle(self.client, order_id)
        self.assertEqual(native["state"], "Completed")
        self.assertEqual(len(native["productOrders"]), len(sent["serviceOrderItem"]))

        found = self.client.get(f"{TMF641}/{order_id}")
        self.assertEqual(found.status, 200, found)
        self.assertEqual(found.json["state"], "completed")
        self.assertEqual(found.json["relatedParty"][0],
                         {**sent["relatedParty"][0], "@type": "RelatedParty"})
        self.assertEqual([i["id"] for i in found.json["serviceOrderItem"]],
                         [i["id"] for i in sent["serviceOrderItem"]])
        self.assertEqual({i["state"] for i in found.json["serviceOrderItem"]}, {"completed"})
        self.assertEqual(found.json["serviceOrderItem"][0]["service"]["serviceCharacteristic"],
                         sent["serviceOrderItem"][0]["service"]["serviceCharacteristic"])

        listed = self.client.get(f"{TMF641}?state=completed&fields=id,state")
        self.assertEqual(listed.status, 200, listed)
        self.assertEqual([o["id"] for o in listed.json], [order_id])

    def test_is_the_same_after_a_restart(self):
        order_id = self.client.post(TMF641, self.sample).json["id"]
        self.settle(self.client, order_id)
        before = self.client.get(f"{TMF641}/{order_id}").json
        self.assertEqual(self.node.stop(), 0)
        client = self.client_of(self.start(ROOT / "examples" / "catalog"))
        self.assertEqual(client.get(f"{TMF641}/{order_id}").json, before)

    def test_relations_between_items_are_dependencies(self):
        order = json.loads(self.sample)
        order["serviceOrderItem"][1]["serviceOrderItemRelationship"] = [
            {"relationshipType": "dependency", "orderItem": {"itemId": "1"}}]
        reply = self.client.post(TMF641, order)
        self.assertEqual(reply.status, 201, reply)
        native = self.settle(self.client, reply.json["id"])
        self.assertEqual(product(native, "2")["dependsOn"], ["1"])

    def test_a_wrong_order_is_refused_in_the_words_of_tmf(self):
        order = json.loads(self.sample)
        order["serviceOrderItem"][0]["action"] = "explode"
        reply = self.client.post(TMF641, order)
        self.assertEqual(reply.status, 400, reply)
        self.assertEqual(reply.json["status"], "400")
        self.assertIn("/serviceOrderItem/0/action", reply.json["message"])
        self.assertEqual(self.client.get(TMF641).json, [])


if __name__ == "__main__":
    unittest.main()
