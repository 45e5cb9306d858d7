"""The inventory of services as orders show it: what is there is not done again, what is not there
is not deleted, also after the process was killed.
"""

import signal
import unittest

from programs import EndToEndTest, product

CATALOG = """
products:
  mailbox:
    parameters:
      address: {type: string, mandatory: true}
      quota: {type: integer, mandatory: true}
    service: {id: address}
    actions:
      add: {decomposition: [mailbox]}
      modify: {decomposition: [mailbox]}
      delete: {decomposition: [mailbox]}
  block:
    parameters: {first: {type: integer, mandatory: true}}
    service: {id: first, mustExist: true, delta: false}
    actions:
      add: {decomposition: [mailbox]}
      delete: {decomposition: [mailbox]}
technicalProductOrders:
  mailbox: {process: {workOrder: set, cartridge: network, input: {quota: $quota}}}
cartridges:
  network: {type: simulated}
"""


class Inventory(EndToEndTest):
    def run_one(self, client, action, name, **parameters):
        order = self.run_order(client, {"productOrders": [
            {"id": "p", "product": name, "action": action, "parameters": parameters}]})
        self.assertEqual(order["state"], "Completed", order)
        return product(order, "p")

    def test_what_is_there_is_not_done_again(self):
        node = self.start(CATALOG)
        client = self.client_of(node)
        done = self.run_one(client, "add", "mailbox", address="a", quota=5)
        self.assertNotIn("droppedByDelta", done)
        self.assertEqual(done["service"], "a")
        modified = self.run_one(client, "modify", "mailbox", address="a", quota=6)
        self.assertNotIn("droppedByDelta", modified)
        self.assertEqual(node.stop(signal.SIGKILL), -signal.SIGKILL)

        client = self.client_of(self.start(CATALOG))
        dropped = self.run_one(client, "add", "mailbox", address="a", quota=6)
        self.assertIs(dropped["droppedByDelta"], True)
        self.assertEqual(dropped["technicalOrders"], [])
        self.assertNotIn("droppedByDelta",
                         self.run_one(client, "add", "mailbox", address="a", quota=7))
        deleted = self.run_one(client, "delete", "mailbox", address="a")
        [technical] = deleted["technicalOrders"]
        self.assertEqual(technical["workOrders"][0]["input"], {"quota": 7})
        self.assertIs(self.run_one(client, "delete", "mailbox", address="a")["droppedByDelta"],
                      True)

    def test_what_must_exist_is_asked_for(self):
        client = self.client_of(self.start(CATALOG))
        wanted = {"productOrders": [{"id": "p", "product": "block", "action": "delete",
                                     "parameters": {"first": 100}}]}
        refused = client.post("/v1/orders", wanted, Idempotency_Key="k-1")
        self.assertEqual(refused.status, 422, refused)
        self.assertEqual(refused.json["errors"][0]["rule"], "service-must-exist")
        self.assertEqual(refused.json["errors"][0]["field"], "/productOrders/0/parameters/first")
        self.run_one(client, "add", "block", first=100)
        order_id = self.submit(client, wanted, Idempotency_Key="k-2")
        self.assertEqual(self.settle(client, order_id)["state"], "Completed")
        again = client.post("/v1/orders", wanted, Idempotency_Key="k-2")
        self.assertEqual(again.json["id"], order_id, again)
        self.assertEqual(client.post("/v1/orders", wanted, Idempotency_Key="k-3").status, 422)


if __name__ == "__main__":
    unittest.main()
