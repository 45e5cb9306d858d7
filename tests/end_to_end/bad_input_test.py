"""What clients must not send: each case gets its status, and where a field is to blame its place
and the rule; nothing is stored; and the node answers the next request as if nothing had been.
"""

import json
import unittest

from programs import PLAIN_CATALOG, TMF641, EndToEndTest, item

ORDER = {"productOrders": [item("A")]}


def with_fields(**fields):
    return {**ORDER, **fields}


def nested(depth):
    return '{"productOrders":[{"id":"A","product":"plain","parameters":{"x":' + "[" * depth + \
        "]" * depth + "}}]}"


# name, body, status, and then the field and the rule of the first error.
CASES = [
    ("malformed JSON", '{"productOrders": [', 400, "", "json-syntax"),
    ("not JSON at all", "hello", 400, "", "json-syntax"),
    ("nothing", "", 400, "", "json-syntax"),
    ("trailing text", '{"productOrders":[]} x', 400, "", "json-syntax"),
    ("a list", "[]", 400, "", "wrong-type"),
    ("invalid UTF-8", b'{"externalId":"\xff\xfe","productOrders":[]}', 400, "", "json-syntax"),
    ("a NUL byte", b'{"externalId":"a\x00b","productOrders":[]}', 400, "", "json-syntax"),
    ("an escaped NUL", '{"externalId":"a\\u0000b","productOrders":[]}', 400, "", "json-syntax"),
    ("half a surrogate pair", '{"externalId":"\\ud800","productOrders":[]}', 400, "",
     "json-syntax"),
    ("a key twice", '{"externalId":"a","externalId":"b","productOrders":[]}', 400, "",
     "json-syntax"),
    ("deep nesting", nested(100), 400, "", "json-syntax"),
    ("very deep nesting", nested(100_000), 400, "", "json-syntax"),
    ("an unknown field", with_fields(prioritty=1), 400, "/prioritty", "unknown-field"),
    ("a text for a number", with_fields(priority="high"), 400, "/priority", "wrong-type"),
    ("a number too large", with_fields(priority=10**30), 400, "/priority", "out-of-range"),
    ("a number for a text", with_fields(customer=7), 400, "/customer", "wrong-type"),
    ("a text for a list", {"productOrders": "A"}, 400, "/productOrders", "wrong-type"),
    ("no product orders", {}, 400, "/productOrders", "required"),
    ("an empty list", {"productOrders": []}, 400, "/productOrders", "empty"),
    ("a bad time", with_fields(requestedStartDate="tomorrow"), 400, "/requestedStartDate",
     "bad-time"),
    ("a bad policy", with_fields(onPOPError="stopSome"), 400, "/onPOPError", "unknown-value"),
    ("a bad execution policy", with_fields(dataset={"pop::EXECUTION_POLICY": "Chaos"}), 400,
     "/dataset/pop::EXECUTION_POLICY", "unknown-value"),
    ("a long name", with_fields(externalId="x" * 257), 400, "/externalId", "too-long"),
    ("a long parameter", {"productOrders": [item("A", note="x" * 300_000)]}, 400,
     "/productOrders/0/parameters", "too-large"),
    ("an id twice", {"productOrders": [item("A"), item("A")]}, 400, "/productOrders/1/id",
     "duplicate-id"),
    ("an unknown product", {"productOrders": [item("A"), item("B", "nothing")]}, 400,
     "/productOrders/1/product", "unknown-product"),
    ("an action that the product lacks",
     {"productOrders": [{"id": "A", "product": "plain", "action": "delete"}]}, 400,
     "/productOrders/0/action", "unknown-action"),
    ("a dependency on nobody", {"productOrders": [item("A", depends_on=["Z"])]}, 400,
     "/productOrders/0/dependsOn/0", "unknown-product-order"),
    ("a dependency on itself", {"productOrders": [item("A", depends_on=["A"])]}, 400,
     "/productOrders/0/dependsOn", "dependency-cycle"),
    ("a circle", {"productOrders": [item("A", depends_on=["B"]), item("B", depends_on=["C"]),
                                    item("C", depends_on=["A"])]}, 400,
     "/productOrders/0/dependsOn", "dependency-cycle"),
    ("a missing parameter", {"productOrders": [item("A", "checked")]}, 400,
     "/productOrders/0/parameters/msisdn", "missing-parameter"),
    ("a parameter of the wrong type", {"productOrders": [item("A", "checked", msisdn=5)]}, 400,
     "/productOrders/0/parameters/msisdn", "parameter-type"),
    ("a parameter that does not match", {"productOrders": [item("A", "checked", msisdn="+x")]},
     400, "/productOrders/0/parameters/msisdn", "parameter-pattern"),
]


class BadInput(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.node = self.start(PLAIN_CATALOG)
        self.client = self.client_of(self.node)

    def tearDown(self):
        """After all of it: alive, well, and as empty as before."""
        self.assertEqual(self.client.get("/v1/orders").json["items"], [])
        self.assertIn("cairn_orders_accepted_total 0", self.client.get("/metrics").text)
        order = self.run_order(self.client, ORDER)
        self.assertEqual(order["state"], "Completed")
        self.assertEqual(self.node.stop(), 0)

    def test_each_case_is_refused_with_its_place_and_rule(self):
        for name, body, status, field, rule in CASES:
            with self.subTest(case=name):
                for path in ("/v1/orders", "/v1/orders:plan"):
                    reply = self.client.post(path, body)
                    self.assertEqual(reply.status, status, reply)
                    self.assertEqual(reply.headers["content-type"], "application/problem+json")
                    self.assertEqual(reply.json["status"], status)
                    first = reply.json["errors"][0]
                    self.assertEqual((first["field"], first["rule"]), (field, rule), first)
                    self.assertTrue(first["detail"])

    def test_all_errors_of_an_order_come_at_once(self):
        reply = self.client.post("/v1/orders", {
            "priority": "high", "surprise": 1,
            "productOrders": [{"product": "plain"}, {"id": "", "product": 7}]})
        self.assertEqual(reply.status, 400)
        self.assertGreaterEqual(
            {e["field"] for e in reply.json["errors"]},
            {"/priority", "/surprise", "/productOrders/0/id", "/productOrders/1/id",
             "/productOrders/1/product"})

    def test_a_tmf641_order_is_refused_alike(self):
        for body in (b"{", b"\xff", b'{"serviceOrderItem": []}', b'{"serviceOrderItem": "x"}'):
            reply = self.client.post(TMF641, body)
            self.assertEqual(reply.status, 400, reply)
            self.assertEqual(reply.json["status"], "400")
            self.assertTrue(reply.json["code"] and reply.json["reason"])

    def test_a_body_that_is_too_large_is_cut_short(self):
        reply = self.node.client().ask("POST", "/v1/orders", b"x", Content_Length=str(65 << 20))
        self.assertEqual(reply.status, 413, reply)

    def test_too_many_product_orders_are_a_clear_error(self):
        body = json.dumps({"productOrders": [item(f"p{n}") for n in range(100_001)]})
        reply = self.client.post("/v1/orders", body)
        self.assertEqual(reply.status, 400, reply)
        first = reply.json["errors"][0]
        self.assertEqual(first["field"], "/productOrders")
        self.assertRegex(first["detail"], r"100001.*100000")

    def test_wrong_requests_have_their_statuses(self):
        ask = self.client.ask
        cases = [
            (404, lambda: ask("GET", "/v1/nothing")),
            (405, lambda: ask("DELETE", "/v1/orders")),
            (415, lambda: ask("POST", "/v1/orders", "{}", Content_Type="text/xml")),
            (400, lambda: ask("GET", "/v1/orders?limit=0")),
            (400, lambda: ask("GET", "/v1/orders?limit=1001")),
            (400, lambda: ask("GET", "/v1/orders?cursor=so-!")),
            (400, lambda: ask("GET", "/v1/orders?unknown=1")),
            (400, lambda: ask("GET", "/v1/orders?state=%00")),
            (400, lambda: ask("GET", "/v1/orders/so-1?wait=soon")),
            (400, lambda: ask("POST", "/v1/orders", ORDER, Idempotency_Key="k" * 300)),
            (404, lambda: ask("GET", "/v1/orders/" + "x" * 5000)),
        ]
        for number, (status, request) in enumerate(cases):
            with self.subTest(case=number):
                reply = request()
                self.assertEqual(reply.status, status, reply)


if __name__ == "__main__":
    unittest.main()
