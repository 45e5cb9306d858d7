"""SIGTERM while clients submit as fast as they can and all three types of cartridges have calls:
the node ends in order, time after time, what it acknowledged is carried out, and no call is
repeated.
"""

import http.client
import itertools
import threading
import time
import unittest

from programs import PATIENCE_S, EndToEndTest, item, work_orders

CLIENTS = 8
STOPS = 4
ORDERS_BEFORE_A_STOP = 40


def catalog(target):
    """Each order asks a worker process and a script, then calls an HTTP target twice."""
    return f"""
products:
  line: {{actions: {{add: {{decomposition: [line]}}}}}}
technicalProductOrders:
  line:
    process:
      sequence:
        - parallel:
            - {{workOrder: exec, cartridge: worker, operation: echo, input: {{item: $item}}}}
            - {{workOrder: simulated, cartridge: script, input: {{item: $item}}}}
        - {{workOrder: one, cartridge: target, operation: call, input: {{item: $item}}}}
        - {{workOrder: two, cartridge: target, operation: call, input: {{item: $item}}}}
cartridges:
  worker:
    type: exec
    command: [node, bench/bench_worker.js]
    workers: 2
  script: {{type: simulated}}
  target:
    type: http
    url: http://{target.host}:{target.port}
    concurrency: 16
    operations: {{call: {{path: /slow/20/line}}}}
"""


class Submitter(threading.Thread):
    """Submits one order after the other, until the node takes no more."""

    def __init__(self, client, names):
        super().__init__()
        self._client = client
        self._names = names
        self.acknowledged = []
        self.surprise = None

    def run(self):
        try:
            while self._submit():
                pass
        except (OSError, http.client.HTTPException):
            pass  # the node is gone: what it did not acknowledge is nobody's

    def _submit(self):
        name = f"i{next(self._names)}"
        reply = self._client.post("/v1/orders", {"productOrders": [item("A", "line", item=name)]})
        if reply.status == 201:
            self.acknowledged.append(reply.json["id"])
        elif reply.status != 503:
            self.surprise = reply
        return reply.status == 201


class StopUnderLoad(EndToEndTest):
    def load_and_stop(self, setup, names):
        """Returns the orders that a node acknowledged between its start and its stop."""
        node = self.start(setup)
        submitters = [Submitter(self.client_of(node), names) for _ in range(CLIENTS)]
        for submitter in submitters:
            submitter.start()
        watcher = self.client_of(node)
        end = time.monotonic() + PATIENCE_S
        while sum(len(s.acknowledged) for s in submitters) < ORDERS_BEFORE_A_STOP:
            self.assertLess(time.monotonic(), end, "the orders are not acknowledged")
            self.assertEqual(watcher.get("/metrics").status, 200)
        code = node.stop()
        for submitter in submitters:
            submitter.join(PATIENCE_S)
            self.assertFalse(submitter.is_alive(), "a client waits for a node that has ended")
            self.assertIsNone(submitter.surprise)
        self.assertEqual(code, 0, node.log())
        self.assertNotIn("not answered in time", node.log())
        return [order_id for s in submitters for order_id in s.acknowledged]

    def test_keeps_what_was_acknowledged_and_repeats_nothing(self):
        target = self.start_target()
        setup = catalog(target)
        names = itertools.count()
        ids = [i for _ in range(STOPS) for i in self.load_and_stop(setup, names)]
        self.assertEqual(len(set(ids)), len(ids))
        client = self.client_of(self.start(setup))
        for order_id in ids:
            order = self.settle(client, order_id)
            self.assertEqual(order["state"], "Completed", order)
            self.assertEqual([len(w["attempts"]) for w in work_orders(order)], [1, 1, 1, 1])
        summary = self.client_of(target).get("/_ledger/summary").json
        # An order that was stored, but whose client did not hear of it, is carried out as well.
        self.assertGreaterEqual(summary["keys"], 2 * len(ids))
        self.assertEqual((summary["calls"], summary["duplicateCalls"]), (summary["keys"], 0))


if __name__ == "__main__":
    unittest.main()
