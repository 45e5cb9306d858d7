"""A catalog that is replaced while the node runs: the signal SIGHUP, what becomes of orders under
way, over a crash too, and catalogs with mistakes in them.
"""

import signal
import time
import unittest

from programs import PATIENCE_S, EndToEndTest, item

OLD = """
products:
  line: {actions: {add: {decomposition: [line]}}}
technicalProductOrders:
  line: {process: {workOrder: old, cartridge: network}}
cartridges:
  network: {type: simulated, operations: {old: {outcomes: [delayed], answerAfter: 2s}}}
"""
NEW = OLD.replace("workOrder: old", "workOrder: new")


class CatalogReload(EndToEndTest):
    def await_log(self, node, text):
        end = time.monotonic() + PATIENCE_S
        while text not in node.log():
            self.assertLess(time.monotonic(), end, node.log())
            time.sleep(0.01)

    def step_of(self, client, order_id):
        order = self.read(client, order_id)
        [work_order] = order["productOrders"][0]["technicalOrders"][0]["workOrders"]
        return work_order["step"]

    def test_orders_keep_theirs_and_new_ones_get_the_new_one(self):
        node = self.start(OLD)
        client = self.client_of(node)
        first = self.submit(client, {"productOrders": [item("A", "line")]})
        version = self.read(client, first)["catalogVersion"]

        self.write_catalog(NEW.replace("cartridge: network", "cartridge: netwrok"))
        node.process.send_signal(signal.SIGHUP)
        self.await_log(node, "the catalog stays as it was, version " + version)
        self.assertRegex(node.log(), r"\.yaml:5: .*there is no cartridge 'netwrok'")

        self.write_catalog(NEW)
        node.process.send_signal(signal.SIGHUP)
        self.await_log(node, "catalog: now version")
        second = self.submit(client, {"productOrders": [item("A", "line")]})
        self.assertNotEqual(self.read(client, second)["catalogVersion"], version)
        self.assertEqual(node.stop(signal.SIGKILL), -signal.SIGKILL)

        client = self.client_of(self.start(NEW))
        self.assertEqual(self.settle(client, first)["state"], "Completed")
        self.assertEqual(self.settle(client, second)["state"], "Completed")
        self.assertEqual(self.read(client, first)["catalogVersion"], version)
        self.assertEqual([self.step_of(client, i) for i in (first, second)], ["old", "new"])


if __name__ == "__main__":
    unittest.main()
