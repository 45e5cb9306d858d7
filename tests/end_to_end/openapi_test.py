"""/openapi.json is true: every call that it describes is made against a running node, good ones and
bad ones, and each answer must be what it says, status, type and body.
"""

import json
import re
import unittest

import jsonschema

from programs import EndToEndTest, item, work_orders

# Described, but no node has them yet.
NOT_HERE = ("/v1/tasks", "/v1/cartridges", "/v1/catalog", "/v1/inventory")
# Answers without an end: events_test.py reads them.
STREAMS = (("GET", "/v1/events"), ("GET", "/v1/orders/{id}/events"))

CATALOG = """
products:
  plain: {actions: {add: {decomposition: [plain-work]}}}
  slow: {actions: {add: {decomposition: [slow-work]}}}
  late: {actions: {add: {decomposition: [late-work]}}}
technicalProductOrders:
  plain-work:
    process: {workOrder: work, cartridge: network, input: {simulate: $simulate}}
  slow-work: {process: {workOrder: wait, cartridge: network}}
  late-work: {process: {workOrder: port, cartridge: network}}
cartridges:
  network:
    type: simulated
    operations: {wait: {latency: 20s}, port: {outcomes: [delayed]}}
"""


class Described:
    """A client that holds each answer against the description, and notes what was called."""

    def __init__(self, test, client):
        self._test = test
        self._client = client
        self.document = client.get("/openapi.json").json
        self.seen = set()
        self._patterns = {
            path: re.compile("^" + re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$")
            for path in self.document["paths"]}

    def _path_of(self, target):
        plain = target.split("?")[0]
        exact = [p for p in self._patterns if p == plain]
        found = exact or [p for p, pattern in self._patterns.items() if pattern.match(plain)]
        self._test.assertEqual(len(found), 1, plain)
        return found[0]

    def _resolved(self, node):
        while "$ref" in node:
            reference, node = node["$ref"], self.document
            for key in reference[2:].split("/"):
                node = node[key]
        return node

    def _check_body(self, schema, value, shown):
        whole = {**schema, "components": self.document["components"]}
        errors = list(jsonschema.Draft202012Validator(whole).iter_errors(value))
        self._test.assertEqual([], [f"{list(e.absolute_path)}: {e.message}" for e in errors], shown)

    def call(self, method, target, body=None, **headers):
        path = self._path_of(target)
        operation = self.document["paths"][path][method.lower()]
        reply = self._client.ask(method, target, body, **headers)
        responses = operation["responses"]
        shown = f"{method} {target}: {reply}"
        if reply.status >= 400 and str(reply.status) not in responses:
            response = self._resolved(responses["default"])
        else:
            self._test.assertIn(str(reply.status), responses, shown)
            response = self._resolved(responses[str(reply.status)])
            if reply.status < 400:
                self.seen.add((method, path))
        for name in response.get("headers", {}):
            if name != "Idempotency-Replayed":
                self._test.assertIn(name.lower(), reply.headers, shown)
        if "content" not in response:
            self._test.assertEqual(reply.text, "", shown)
            return reply
        content_type = reply.headers["content-type"].split(";")[0]
        self._test.assertIn(content_type, response["content"], shown)
        schema = response["content"][content_type]["schema"]
        if content_type == "application/x-ndjson":
            for line in reply.text.splitlines():
                self._check_body(schema, json.loads(line), shown)
        elif content_type == "text/plain":
            self._check_body(schema, reply.text, shown)
        else:
            self._check_body(schema, reply.json, shown)
        return reply

    def never_called(self):
        """Calls that never succeeded."""
        described = {(method.upper(), path) for path, methods in self.document["paths"].items()
                     for method in methods}
        return described - self.seen


class Description(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.node = self.start(CATALOG, "--clock", "virtual")
        self.client = self.client_of(self.node)
        self.api = Described(self, self.client)

    def submit_described(self, order, **headers):
        reply = self.api.call("POST", "/v1/orders", order, **headers)
        self.assertEqual(reply.status, 201, reply)
        return reply.json["id"]

    def test_the_document_itself_is_sound(self):
        document = self.api.document
        self.assertEqual(document["openapi"], "3.1.0")
        for name, schema in document["components"]["schemas"].items():
            with self.subTest(schema=name):
                jsonschema.Draft202012Validator.check_schema(schema)
        operations = [o["operationId"] for path in document["paths"].values()
                      for o in path.values()]
        self.assertEqual(len(operations), len(set(operations)))

    def test_every_answer_is_as_described(self):
        self.orders()
        self.orders_that_went_wrong()
        self.orders_that_end_early()
        self.work_orders_that_wait()
        self.the_node()
        left = [call for call in self.api.never_called()
                if not call[1].startswith(NOT_HERE) and call not in STREAMS]
        self.assertEqual(left, [])

    def orders(self):
        api = self.api
        plain = {"externalId": "x", "customer": "C-1", "priority": 2,
                 "productOrders": [item("A"), item("B", depends_on=["A"])]}
        order_id = self.submit_described(plain, Idempotency_Key="k")
        self.submit_described(plain, Idempotency_Key="k")
        self.submit_described(plain, Prefer="return=minimal")
        self.settle(self.client, order_id)
        self.submit_described(plain, Prefer="wait=0")
        api.call("GET", f"/v1/orders/{order_id}")
        etag = api.call("GET", f"/v1/orders/{order_id}").headers["etag"]
        self.assertEqual(
            api.call("GET", f"/v1/orders/{order_id}", If_None_Match=etag).status, 304)
        api.call("GET", f"/v1/orders/{order_id}/history?limit=2")
        api.call("GET", "/v1/orders?limit=1")
        api.call("GET", "/v1/orders?customer=C-1&state=Completed")
        api.call("POST", "/v1/orders:plan", plain)
        batch = "\n".join([json.dumps(plain), "nonsense", json.dumps({"productOrders": []})])
        reply = api.call("POST", "/v1/orders:batch", batch, Content_Type="application/x-ndjson")
        self.assertEqual([json.loads(line)["index"] for line in reply.text.splitlines()],
                         [0, 1, 2])

    def orders_that_went_wrong(self):
        api = self.api
        held = self.submit_described({"productOrders": [item("A", simulate=["technical", "ok"])]})
        self.settle(self.client, held)
        api.call("GET", f"/v1/orders/{held}")
        api.call("POST", f"/v1/orders/{held}/resubmit", {"description": "again"})
        self.settle(self.client, held)
        lost = self.submit_described({"productOrders": [item("A", simulate=["technical"])]})
        self.settle(self.client, lost)
        self.assertEqual(api.call("POST", f"/v1/orders/{lost}/giveUp", {}).json["state"], "Failed")
        for method, target, body in (
                ("GET", "/v1/orders/so-zzz", None), ("GET", "/v1/orders?limit=0", None),
                ("GET", "/v1/orders/so-zzz/history", None),
                ("POST", "/v1/orders", {"productOrders": 1}), ("POST", "/v1/orders", "nonsense"),
                ("POST", "/v1/orders:plan", {"productOrders": [item("A", "unheard-of")]}),
                ("POST", "/v1/orders:batch", ""),
                ("POST", f"/v1/orders/{lost}/resubmit", {}),
                ("POST", f"/v1/orders/{lost}/cancel", {"timeout": 1}),
                ("POST", "/v1/orders/so-zzz/abort", {}),
                ("POST", "/v1/workOrders/false/complete", {"outcome": "ok"}),
                ("POST", "/v1/workOrders/false/complete", {})):
            with self.subTest(target=target, body=body):
                self.assertGreaterEqual(api.call(method, target, body).status, 400)

    def orders_that_end_early(self):
        for verb in ("cancel", "abort"):
            slow = self.submit_described({"productOrders": [item("A", "slow"),
                                                            item("B", depends_on=["A"])]})
            reply = self.api.call("POST", f"/v1/orders/{slow}/{verb}",
                                  {"description": "enough", "force": True, "timeout": "0s"})
            self.assertIn(reply.status, (200, 202), reply)
            self.api.call("GET", f"/v1/orders/{slow}")
            self.api.call("POST", "/v1/clock/advance", {"by": "20s"})
            ended = self.wait_until(self.client, slow,
                                    lambda o: o["state"] == "Cancelled", "cancelled")
            self.api.call("GET", f"/v1/orders/{ended['id']}")
            self.assertEqual(self.api.call("POST", f"/v1/orders/{slow}/{verb}").status, 409)

    def work_orders_that_wait(self):
        late = self.submit_described({"productOrders": [item("A", "late")]})
        self.wait_until(self.client, late, lambda o: o["state"] == "Waiting", "waiting")
        (work,) = work_orders(self.api.call("GET", f"/v1/orders/{late}").json)
        path = f"/v1/workOrders/{work['callbackToken']}/complete"
        self.assertEqual(self.api.call("POST", path, {"outcome": "ok", "output": {"a": 1}}).status,
                         204)
        self.settle(self.client, late)
        self.api.call("GET", f"/v1/orders/{late}")

    def the_node(self):
        for target in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
            self.assertEqual(self.api.call("GET", target).status, 200)
        self.assertEqual(self.api.call("POST", "/v1/clock/advance", {"by": "1h"}).status, 200)
        self.api.call("POST", "/v1/clock/advance", {"to": "2020-01-01T00:00:00Z"})
        self.api.call("POST", "/v1/clock/advance", {})


if __name__ == "__main__":
    unittest.main()
