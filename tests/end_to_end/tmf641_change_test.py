"""TMF641, changing: patches of what an order says of itself, cancellation as a state and as a task
that survives a restart, deletion of what has ended, and what is refused. Every answer is checked
against the specification.
"""

import signal
import unittest

from programs import TMF641, EndToEndTest
from tmf641_check import CANCEL, CheckedClient, order_path

CATALOG = """
products:
  line:
    selectors: [{serviceSpecification: line}]
    actions: {add: {decomposition: [line-work]}}
technicalProductOrders:
  line-work:
    process: {workOrder: work, cartridge: network, input: {simulate: $simulate}}
cartridges:
  network: {type: simulated}
"""


def order(outcome="ok", **members):
    return {"serviceOrderItem": [{
        "id": "1", "action": "add", "service": {
            "serviceSpecification": {"id": "line"},
            "serviceCharacteristic": [{"name": "simulate", "value": [outcome]}]}}], **members}


class Changing(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.node = self.start(CATALOG)
        self.client = CheckedClient(self, self.client_of(self.node))

    def create(self, outcome, **members):
        created = self.client.post(TMF641, order(outcome, **members))
        self.assertEqual(created.status, 201, created)
        return created.json["id"]

    def held(self, **members):
        """An order that waits for an operator."""
        order_id = self.create("technical", **members)
        self.assertEqual(self.settle(self.client_of(self.node), order_id)["state"], "Held")
        return order_id

    def patch(self, order_id, body, status=200, **headers):
        reply = self.client.ask("PATCH", order_path(order_id), body, **headers)
        self.assertEqual(reply.status, status, reply)
        return reply

    def test_a_merge_patch_changes_what_it_names(self):
        order_id = self.held(description="old", category="c", note=[{"text": "a"}], externalId="x")
        reply = self.patch(
            order_id, {"description": "new", "note": [{"text": "b"}], "priority": 1,
                       "externalId": None, "notificationContact": "n@example.com",
                       "expectedCompletionDate": "2030-01-01T00:00:00Z", "state": "held"},
            Content_Type="application/merge-patch+json")
        for shown in (reply.json, self.client.get(order_path(order_id)).json):
            self.assertEqual(shown["description"], "new")
            self.assertEqual(shown["note"], [{"text": "b"}])
            self.assertEqual(shown["priority"], "1")
            self.assertEqual(shown["category"], "c")
            self.assertEqual(shown["expectedCompletionDate"], "2030-01-01T00:00:00Z")
            self.assertNotIn("externalId", shown)
        native = self.read(self.client_of(self.node), order_id)
        self.assertEqual(native["priority"], 1)
        self.assertEqual(self.patch(order_id, {}).json["description"], "new")
        self.node.stop()
        self.node = self.start(CATALOG)
        self.client = CheckedClient(self, self.client_of(self.node))
        self.assertEqual(self.client.get(order_path(order_id)).json["description"], "new")

    def test_items_keep_what_they_order(self):
        order_id = self.held()
        items = self.client.get(order_path(order_id)).json["serviceOrderItem"]
        items[0]["appointment"] = {"id": "a"}
        shown = self.patch(order_id, {"serviceOrderItem": items}).json
        self.assertEqual(shown["serviceOrderItem"][0]["appointment"], {"id": "a"})
        items[0]["action"] = "delete"
        self.assertEqual(self.patch(order_id, {"serviceOrderItem": items}, 400).json["code"],
                         "not-changeable")
        self.patch(order_id, {"serviceOrderItem": []}, 400)

    def test_what_a_patch_may_not_say_is_refused_and_named(self):
        order_id = self.held()
        cases = [({"id": "so-2"}, "/id"), ({"orderDate": "2030-01-01T00:00:00Z"}, "/orderDate"),
                 ({"category": "c"}, "/category"), ({"@type": "x"}, "/@type"),
                 ({"vendor": 1}, "/vendor"), ({"state": "completed"}, "/state"),
                 ({"state": 5}, "/state"), ({"note": [{"text": 5}]}, "/note/0/text"),
                 ({"priority": "1000001"}, "/priority"), ([], "")]
        for body, field in cases:
            with self.subTest(body=body):
                self.assertIn(f"; {field} (", self.patch(order_id, body, 400).json["message"])
        self.patch("so-zzzz", {"description": "d"}, 404)

    def test_if_match_guards_a_patch(self):
        order_id = self.held()
        tag = self.client.get(order_path(order_id)).headers["etag"]
        changed = self.patch(order_id, {"description": "a"}, If_Match=tag)
        self.assertNotEqual(changed.headers["etag"], tag)
        self.patch(order_id, {"description": "b"}, 412, If_Match=tag)
        self.patch(order_id, {"description": "c"}, 412, If_Match='"none"')
        self.patch(order_id, {"description": "d"}, If_Match="*")
        self.assertEqual(self.client.get(order_path(order_id)).json["description"], "d")

    def test_an_order_that_has_ended_takes_what_describes_it(self):
        order_id = self.create("ok")
        self.settle(self.client_of(self.node), order_id)
        shown = self.patch(order_id, {"description": "late words", "externalId": "x-9"}).json
        self.assertEqual((shown["state"], shown["description"]), ("completed", "late words"))
        self.node.stop(signal.SIGKILL)
        self.node = self.start(CATALOG)
        self.client = CheckedClient(self, self.client_of(self.node))
        self.assertEqual(self.client.get(order_path(order_id)).json["description"], "late words")
        self.assertEqual([o["id"] for o in self.client.get(f"{TMF641}?externalId=x-9").json],
                         [order_id])
        self.patch(order_id, {"requestedStartDate": "2030-01-01T00:00:00Z"}, 409)

    def test_an_order_is_cancelled_by_its_state(self):
        order_id = self.held()
        self.assertEqual(self.patch(order_id, {"state": "cancelled"}).json["state"], "cancelled")
        done = self.create("ok")
        self.settle(self.client_of(self.node), done)
        refused = self.patch(done, {"state": "cancelled"}, 400)
        self.assertEqual(refused.json["code"], "state-not-allowed")

    def test_a_cancellation_is_a_task_that_survives(self):
        order_id = self.held()
        created = self.client.post(CANCEL, {
            "cancellationReason": "changed my mind", "serviceOrder": {"id": order_id},
            "requestedCancellationDate": "2020-04-16T14:10:00Z"})
        self.assertEqual(created.status, 201, created)
        task = created.json
        self.assertEqual(created.headers["location"], f"{CANCEL}/{task['id']}")
        self.assertEqual(task["cancellationReason"], "changed my mind")
        self.assertEqual(task["requestedCancellationDate"], "2020-04-16T14:10:00Z")
        self.assertEqual(task["serviceOrder"]["id"], order_id)
        self.assertEqual(task["state"], "done")
        self.assertTrue(task["href"].endswith(created.headers["location"]))
        shown = self.client.get(order_path(order_id)).json
        self.assertEqual((shown["state"], shown["cancellationReason"]),
                         ("cancelled", "changed my mind"))
        self.assertIn("cancellationDate", shown)
        self.node.stop()
        self.node = self.start(CATALOG)
        self.client = CheckedClient(self, self.client_of(self.node))
        again = self.client.get(f"{CANCEL}/{task['id']}").json
        self.assertEqual({**again, "href": ""} | {"serviceOrder": ""},
                         {**task, "href": ""} | {"serviceOrder": ""})
        listed = self.client.get(CANCEL)
        self.assertEqual([t["id"] for t in listed.json], [task["id"]])
        self.assertEqual(listed.headers["x-total-count"], "1")
        self.assertEqual(len(self.client.get(f"{CANCEL}?serviceOrder.id={order_id}").json), 1)
        self.assertEqual(self.client.get(f"{CANCEL}?state=inProgress").json, [])
        self.assertEqual(set(self.client.get(f"{CANCEL}?fields=state").json[0]),
                         {"id", "href", "state"})

    def test_cancellations_that_cannot_be(self):
        done = self.create("ok")
        self.settle(self.client_of(self.node), done)
        post = self.client.post
        self.assertEqual(post(CANCEL, {"serviceOrder": {"id": done}}).status, 409)
        cases = [({}, "/serviceOrder"), ({"serviceOrder": {}}, "/serviceOrder/id"),
                 ({"serviceOrder": {"id": "so-zzzz"}}, "/serviceOrder/id"),
                 ({"serviceOrder": {"id": "42"}}, "/serviceOrder/id"),
                 ({"serviceOrder": {"id": done}, "cancellationReason": 5}, "/cancellationReason"),
                 ({"serviceOrder": {"id": done},
                   "requestedCancellationDate": "2100-01-01T00:00:00Z"},
                  "/requestedCancellationDate")]
        for body, field in cases:
            with self.subTest(body=body):
                reply = post(CANCEL, body)
                self.assertEqual(reply.status, 400, reply)
                self.assertIn(f"; {field} (", reply.json["message"])
        for task in ("cso-1-1", "cso-zzzz-1", "so-1", f"cso-{done[3:]}-0"):
            self.assertEqual(self.client.get(f"{CANCEL}/{task}").status, 404)
        self.assertEqual(self.client.ask("DELETE", f"{CANCEL}/cso-1-1").status, 405)

    def test_what_has_ended_can_be_deleted_for_good(self):
        done = self.create("ok")
        self.settle(self.client_of(self.node), done)
        live = self.held()
        self.assertEqual(self.client.ask("DELETE", order_path(done)).status, 204)
        self.assertEqual(self.client.get(order_path(done)).status, 404)
        self.assertEqual(self.client.ask("DELETE", order_path(done)).status, 404)
        refused = self.client.ask("DELETE", order_path(live))
        self.assertEqual(refused.status, 409, refused)
        self.assertEqual([o["id"] for o in self.client.get(TMF641).json], [live])
        self.node.stop()
        self.node = self.start(CATALOG)
        self.client = CheckedClient(self, self.client_of(self.node))
        self.assertEqual([o["id"] for o in self.client.get(TMF641).json], [live])


if __name__ == "__main__":
    unittest.main()
