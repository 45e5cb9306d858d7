"""TMF641, reading: pages by offset over live and archived orders, counts, filters, order and chosen
fields. Every answer is checked against the specification.
"""

import unittest

from programs import TMF641, EndToEndTest
from tmf641_check import CheckedClient, order_path

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
ORDERS = 40


def order(number):
    outcome = ["ok", "functional", "technical"][number % 3]
    return {
        "externalId": f"e-{number % 10}", "priority": str(number % 7),
        "description": f"order {number}",
        "relatedParty": [{"id": f"C-{number % 2}", "role": "customer",
                          "@referredType": "Customer"}],
        "serviceOrderItem": [{
            "id": "1", "action": "add", "quantity": number,
            "service": {"serviceSpecification": {"id": "line"}, "serviceCharacteristic": [
                {"name": "simulate", "value": [outcome]}]}}]}


class Reading(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.node = self.start(CATALOG)
        self.client = CheckedClient(self, self.client_of(self.node))
        self.ids = []
        for number in range(ORDERS):
            created = self.client.post(TMF641, order(number))
            self.assertEqual(created.status, 201, created)
            self.ids.append(created.json["id"])

    def list(self, query, status=200):
        reply = self.client.get(f"{TMF641}?{query}")
        self.assertEqual(reply.status, status, reply)
        if status < 300:
            self.assertEqual(int(reply.headers["x-result-count"]), len(reply.json))
        return reply

    def numbers(self, query):
        """Which of the orders a list has, by the number in their description."""
        reply = self.list(query + "&limit=1000&fields=description")
        self.assertEqual(int(reply.headers["x-total-count"]), len(reply.json))
        return [int(o["description"].split()[1]) for o in reply.json]

    def test_pages_hold_each_order_once_while_they_move_to_the_archive(self):
        seen = []
        for offset in range(0, ORDERS, 7):
            reply = self.list(f"offset={offset}&limit=7&fields=id", 206)
            self.assertEqual(reply.headers["x-total-count"], str(ORDERS))
            seen += [o["id"] for o in reply.json]
        self.assertEqual(seen, self.ids[::-1])
        for order_id in self.ids:
            self.settle(self.client_of(self.node), order_id)
        self.assertEqual([o["id"] for o in self.list("fields=none").json], self.ids[::-1])
        self.assertEqual(self.list("offset=40", 206).json, [])

    def test_filters_choose_by_every_kind_of_attribute(self):
        client = self.client_of(self.node)
        for order_id in self.ids:
            self.settle(client, order_id)
        every = range(ORDERS)
        cases = {
            "state=completed": lambda n: n % 3 == 0,
            "state=failed,held": lambda n: n % 3 != 0,
            "state.ne=held": lambda n: n % 3 != 2,
            "state=partial": lambda n: False,
            "state=pending": lambda n: False,
            "externalId=e-3": lambda n: n % 10 == 3,
            "externalId=e-3,e-4&state=completed": lambda n: n % 10 in (3, 4) and n % 3 == 0,
            "relatedParty.id=C-1": lambda n: n % 2 == 1,
            "relatedParty.id.ne=C-1": lambda n: n % 2 == 0,
            "serviceOrderItem.quantity.gte=38": lambda n: n >= 38,
            "serviceOrderItem.quantity.gt=9&serviceOrderItem.quantity.lt=12":
                lambda n: 9 < n < 12,
            "priority.lte=1": lambda n: n % 7 <= 1,
            "description.regex=%203$": lambda n: n == 3,
            "errorMessage.code=functional": lambda n: n % 3 == 1,
            "category=none": lambda n: False,
            "orderDate.lt=2000-01-01T00:00:00Z": lambda n: False,
            "orderDate.gte=2000-01-01T00:00:00Z": lambda n: True,
            f"id={self.ids[5]},{self.ids[7]},so-zzz": lambda n: n in (5, 7),
        }
        for query, wanted in cases.items():
            with self.subTest(query=query):
                self.assertEqual(self.numbers(query), [n for n in every[::-1] if wanted(n)])

    def test_sorts(self):
        self.assertEqual(self.numbers("sort=orderDate"), list(range(ORDERS)))
        self.assertEqual(self.numbers("sort=-orderDate"), list(range(ORDERS))[::-1])
        by_priority = sorted(range(ORDERS)[::-1], key=lambda n: -(n % 7))
        self.assertEqual(self.numbers("sort=-priority"), by_priority)
        by_party = sorted(range(ORDERS), key=lambda n: (n % 2, n))
        self.assertEqual(self.numbers("sort=relatedParty.id,orderDate"), by_party)

    def test_fields_choose_at_every_level(self):
        whole = self.client.get(order_path(self.ids[0]))
        self.assertRegex(whole.headers["etag"], r'^"[0-9]+"$')
        chosen = self.client.get(
            order_path(self.ids[0]) + "?fields=serviceOrderItem.state,priority")
        self.assertEqual(set(chosen.json), {"id", "href", "priority", "serviceOrderItem"})
        entry = chosen.json["serviceOrderItem"][0]
        self.assertEqual(set(entry), {"id", "action", "service", "state"})
        self.assertEqual(set(self.list("limit=1&fields=state", 206).json[0]),
                         {"id", "href", "state"})

    def test_what_cannot_be_asked_is_refused(self):
        cases = {
            "limit=0": "out-of-range", "limit=1001": "out-of-range", "offset=x": "out-of-range",
            "sort=colour": "unknown-attribute", "colour=red": "unknown-parameter",
            "state=Held": "unknown-state", "orderDate.gt=now": "bad-time",
            "description.regex=(": "bad-pattern", "state=held&state=held": "repeated-parameter"}
        for query, code in cases.items():
            with self.subTest(query=query):
                self.assertEqual(self.list(query, 400).json["code"], code)
        self.assertEqual(self.client.get(f"{TMF641}/so-zzzz").status, 404)
        self.assertEqual(self.client.get(f"{TMF641}/42").status, 404)
        not_here = self.client.ask("PUT", order_path(self.ids[0]), {})
        self.assertEqual(not_here.status, 405)
        self.assertIn("GET", not_here.headers["allow"])


if __name__ == "__main__":
    unittest.main()
