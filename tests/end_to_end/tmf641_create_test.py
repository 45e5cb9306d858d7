"""TMF641, creating: the published sample and its defects, what is refused with its place, and that
everything that the node shows conforms to the specification's types.
"""

import json
import unittest

from programs import ROOT, TMF641, EndToEndTest
from tmf641_check import CheckedClient, errors_of, order_path

CATALOG = """
products:
  line:
    selectors: [{serviceSpecification: line}]
    actions: {add: {decomposition: [line-work]}, modify: {decomposition: [line-work]}}
technicalProductOrders:
  line-work:
    process: {workOrder: work, cartridge: network, input: {simulate: $simulate}}
cartridges:
  network: {type: simulated}
"""

SPECIFICATION = {"serviceSpecification": {"id": "line"}}


def item(item_id="1", service=None, **members):
    return {"id": item_id, "action": "add", "service": {**SPECIFICATION, **(service or {})},
            **members}


def order(of_item=None, service=None, **members):
    return {"serviceOrderItem": [item(service=service, **(of_item or {}))], **members}


IN = "/serviceOrderItem/0"
# What is refused: the order, and the field that the message must name.
REFUSED = [
    (order({"quantity": "two"}), f"{IN}/quantity"),
    (order({"quantity": 1.5}), f"{IN}/quantity"),
    (order({"@type": 1}), f"{IN}/@type"),
    (order({"appointment": 5}), f"{IN}/appointment"),
    (order({"action": "build"}), f"{IN}/action"),
    (order({"serviceOrderItemRelationship": [5]}), f"{IN}/serviceOrderItemRelationship/0"),
    (order(service={"name": 5}), f"{IN}/service/name"),
    (order(service={"state": "running"}), f"{IN}/service/state"),
    (order(service={"place": "x"}), f"{IN}/service/place"),
    (order(service={"place": [{"id": "x"}]}), f"{IN}/service/place/0/role"),
    (order(service={"hasStarted": "x"}), f"{IN}/service/hasStarted"),
    (order(service={"startMode": 7}), f"{IN}/service/startMode"),
    (order(service={"endDate": "tomorrow"}), f"{IN}/service/endDate"),
    (order(service={"serviceSpecification": {"version": "1"}}),
     f"{IN}/service/serviceSpecification/id"),
    (order(service={"feature": [{"name": "f"}]}),
     f"{IN}/service/feature/0/featureCharacteristic"),
    (order(service={"supportingService": [{"serviceRelationship": [{}]}]}),
     f"{IN}/service/supportingService/0/serviceRelationship/0/relationshipType"),
    (order(note=[5]), "/note/0"),
    (order(note=[{"text": 5}]), "/note/0/text"),
    (order(note=[{"author": "a"}]), "/note/0/text"),
    (order(note=[{"text": "a", "date": "then"}]), "/note/0/date"),
    (order(relatedParty=[{"role": "customer"}]), "/relatedParty/0/id"),
    (order(externalReference=[{"id": "x"}]), "/externalReference/0/name"),
    (order(orderRelationship=[{"id": "x"}]), "/orderRelationship/0/relationshipType"),
    (order(**{"@schemaLocation": 5}), "/@schemaLocation"),
    ({"serviceOrderItem": []}, "/serviceOrderItem"),
    ({}, "/serviceOrderItem"),
]

# What is taken although the specification would not have it so.
TAKEN = [
    order(completionDate="", state="whatever", id=5, note=None),
    order(priority=2),
    order(relatedParty=[{"id": "C-1", "role": "customer"}]),
    order({"state": 5, "errorMessage": "x"}),
    order({"serviceOrderItemRelationship": [
        {"relationshipType": "reliesOn", "orderItem": {"itemId": "other"}}]}),
    order(service={"serviceSpecification": {"name": "line"}}),
    order(service={"feature": [{"name": "f", "featureCharacteritic": [
        {"name": "a", "value": None}]}]}),
    order(service={"endDate": "9999-12-31T23:59:59Z", "startDate": ""}),
    order(vendor={"any": ["thing"]}, note=[{"text": "n", "date": "2026-01-31T23:59:59z"}]),
]


class Creation(EndToEndTest):
    def test_what_does_not_fit_is_refused_and_named(self):
        node = self.start(CATALOG)
        client = CheckedClient(self, self.client_of(node))
        for body, field in REFUSED:
            with self.subTest(field=field, order=body):
                reply = client.post(TMF641, body)
                self.assertEqual(reply.status, 400, reply)
                self.assertIn(f"; {field} (", reply.json["message"])
        self.assertEqual(client.get(TMF641).json, [])
        self.assertEqual(client.checked, len(REFUSED) + 1)

    def test_what_clients_are_known_to_send_is_taken_and_shown_right(self):
        node = self.start(CATALOG)
        client = CheckedClient(self, self.client_of(node))
        for body in TAKEN:
            with self.subTest(order=body):
                created = client.post(TMF641, body)
                self.assertEqual(created.status, 201, created)
                shown = client.get(created.headers["location"])
                self.assertEqual(shown.json["id"], created.json["id"])
                self.assertEqual(shown.json["serviceOrderItem"][0]["id"], "1")
        self.assertEqual(len(client.get(TMF641).json), len(TAKEN))

    def test_what_was_posted_is_shown_again(self):
        node = self.start(CATALOG)
        client = CheckedClient(self, self.client_of(node))
        body = order(
            {"quantity": 3, "@type": "ServiceOrderItem",
             "appointment": {"id": "a-1", "description": "at noon"}},
            {"name": "line 1", "startMode": "2", "isBundle": False, "state": "active",
             "place": [{"id": "p", "role": "site"}], "note": [{"text": "of the service"}],
             "serviceCharacteristic": [{"name": "deep", "value": {"a": [1, 2.50, None]}}]},
            description="d", category="c", externalId="e-1", priority="1",
            notificationContact="n@example.com", note=[{"author": "a", "text": "t"}],
            externalReference=[{"name": "x", "externalReferenceType": "y"}],
            orderRelationship=[{"id": "so-9", "relationshipType": "cross-ref"}],
            requestedCompletionDate="2030-01-01T00:00:00+02:00")
        created = client.post(TMF641, body)
        for shown in (created.json, client.get(order_path(created.json["id"])).json):
            entry = shown["serviceOrderItem"][0]
            for key, value in body.items():
                if key != "serviceOrderItem":
                    self.assertEqual(shown[key], value)
            for key, value in body["serviceOrderItem"][0].items():
                self.assertEqual(entry[key], value)
        self.assertEqual(created.json["state"], "acknowledged")
        self.assertEqual(created.json["serviceOrderItem"][0]["state"], "acknowledged")

    def test_the_published_sample_and_orders_that_end_otherwise(self):
        node = self.start(ROOT / "examples" / "catalog", "--simulate")
        client = CheckedClient(self, self.client_of(node))
        sample = json.loads((ROOT / "examples" / "orders" / "tmf641-sample.json").read_text())
        created = client.post(TMF641, sample)
        self.assertEqual(created.status, 201, created)
        self.settle(self.client_of(node), created.json["id"])
        shown = client.get(order_path(created.json["id"])).json
        self.assertEqual(shown["state"], "completed", shown)
        feature = shown["serviceOrderItem"][2]["service"]["feature"][0]
        self.assertEqual(feature["featureCharacteristic"][0]["name"], "VolumeCapped")

    def test_states_and_errors_of_orders_that_fail(self):
        node = self.start(CATALOG)
        client = CheckedClient(self, self.client_of(node))

        def run(*scripts):
            items = [item(f"i{n}", {"serviceCharacteristic": [
                {"name": "simulate", "value": script}]}) for n, script in enumerate(scripts)]
            created = client.post(TMF641, {"serviceOrderItem": items})
            self.assertEqual(created.status, 201, created)
            self.settle(self.client_of(node), created.json["id"])
            return client.get(order_path(created.json["id"])).json

        done = run(["ok"], ["ok"])
        self.assertEqual(done["state"], "completed")
        self.assertNotIn("errorMessage", done)
        partial = run(["ok"], ["functional"])
        self.assertEqual(partial["state"], "partial")
        self.assertEqual([i["state"] for i in partial["serviceOrderItem"]],
                         ["completed", "failed"])
        self.assertEqual(partial["errorMessage"][0]["serviceOrderItem"][0]["itemId"], "i1")
        self.assertEqual(run(["functional"])["state"], "failed")
        held = run(["technical"])
        self.assertEqual((held["state"], held["serviceOrderItem"][0]["state"]), ("held", "held"))
        native = self.run_order(self.client_of(node), {
            "customer": "C-1", "productOrders": [
                {"id": "a", "product": "line", "parameters": {"simulate": ["ok"]}},
                {"id": "b", "product": "line", "dependsOn": ["a"]}]})
        shown = client.get(order_path(native["id"])).json
        self.assertEqual(shown["relatedParty"][0]["id"], "C-1")
        self.assertEqual(len(shown["serviceOrderItem"]), 2)

    def test_the_validator_sees_what_is_wrong(self):
        """A check that cannot fail would prove nothing."""
        right = {"id": "so-1", "serviceOrderItem": [{"id": "1", "action": "add", "service": {}}]}
        self.assertEqual(errors_of(right, "ServiceOrder"), [])
        for wrong in ({"state": "Running"}, {"orderDate": "today"}, {"note": [{}]},
                      {"serviceOrderItem": [{"id": "1", "action": "add"}]}):
            self.assertTrue(errors_of(wrong, "ServiceOrder"), wrong)


if __name__ == "__main__":
    unittest.main()
