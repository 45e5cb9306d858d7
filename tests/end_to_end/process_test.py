"""Processes: the example of fifty steps, with its choices, hooks and compensations, as the API, the
history and `cairn order show` tell of it.
"""

import json
import unittest

from programs import ROOT, EndToEndTest, run_cli, work_orders

ORDER = json.loads((ROOT / "examples" / "orders" / "business-fibre.json").read_text())


def order_with(**parameters):
    order = json.loads(json.dumps(ORDER))
    order["productOrders"][0]["parameters"].update(parameters)
    return order


def calls(order, state=None):
    return [w for w in work_orders(order)
            if "cartridge" in w and (state is None or w["state"] == state)]


def sent_at(work_order):
    return work_order["attempts"][0]["sentAt"]


class BusinessFibre(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.node = self.start(ROOT / "examples" / "catalog")
        self.client = self.client_of(self.node)

    def by_step(self, order):
        return {w["step"]: w for w in work_orders(order)}

    def test_all_is_done_and_what_was_set_arrives(self):
        order = self.run_order(self.client, ORDER)
        self.assertEqual(order["state"], "Completed", order)
        steps = self.by_step(order)
        self.assertEqual(steps["pullThrough"]["state"], "NotExecuted")
        self.assertEqual(steps["dig"]["state"], "Completed")
        self.assertEqual(steps["installSpare"]["state"], "Completed")
        self.assertEqual(steps["pickRouter"]["input"], {"model": "edge-9"})
        self.assertEqual(steps["createVlan"]["input"], {"vlan": 112, "port": 12})
        self.assertEqual(steps["bill"]["input"], {"product": "gold"})
        self.assertFalse([s for s in steps if s.startswith("undo:")])

    def test_other_parameters_take_other_branches(self):
        order = self.run_order(self.client, order_with(speed=50, redundant=False))
        self.assertEqual(order["state"], "Completed", order)
        steps = self.by_step(order)
        self.assertEqual(steps["pickRouter"]["input"], {"model": "edge-1"})
        self.assertEqual(steps["bill"]["input"], {"product": "bronze"})
        self.assertEqual(steps["pickSpare"]["state"], "NotExecuted")

    def test_a_late_refusal_undoes_everything_backwards(self):
        order = self.run_order(self.client, order_with(acceptance="functional"))
        self.assertEqual(order["state"], "Failed", order)
        self.assertEqual(order["port"], "fail")
        self.assertGreaterEqual(
            len([w for w in work_orders(order) if w.get("kind") != "compensation"]), 50)
        steps = self.by_step(order)
        self.assertEqual(steps["accept"]["state"], "FunctionalError")
        self.assertEqual(steps["bill"]["state"], "NotExecuted")
        undone = [w for w in calls(order) if w["step"].startswith("undo:")]
        self.assertGreaterEqual(len(undone), 16)
        self.assertTrue(all(w["state"] == "Completed" for w in undone))
        for work_order in undone:
            name = work_order["compensates"]
            self.assertEqual(steps[name]["state"], "RolledBack")
        self.assertEqual(steps["undo:reservePort"]["input"], {"port": 12})

        # Sent one after the other, the last one first, as the history has it.
        history = self.client.get(f"/v1/orders/{order['id']}/history?limit=1000").json["items"]
        names = {w["id"]: w["step"] for w in work_orders(order)}
        answered = [names[i["detail"]["workOrder"]] for i in history
                    if i["event"] == "work_order_answered"]
        done = [n for n in answered if not n.startswith("undo:") and f"undo:{n}" in steps]
        sent = [names[w] for i in history if i["event"] == "work_orders_sent"
                for w in i["detail"]["workOrders"] if names[w].startswith("undo:")]
        self.assertEqual(sent, [f"undo:{n}" for n in reversed(done)])
        taken = [i["detail"] for i in history
                 if i["event"] == "step_evaluated" and "branch" in i["detail"]]
        self.assertEqual(len(taken), 4)

        code, shown, _ = run_cli(self.node, "order", "show", order["id"])
        self.assertEqual(code, 0)
        self.assertIn("RolledBack", shown)
        self.assertIn("undoes reservePort", shown)

    def test_what_is_not_there_yet_is_asked_again(self):
        order = self.run_order(self.client, order_with(permit=False))
        self.assertEqual(order["state"], "Held", order)
        steps = self.by_step(order)
        self.assertEqual(steps["reserveDuct"]["state"], "NotExecuted")
        self.assertEqual(self.client.post(f"/v1/orders/{order['id']}/resubmit").status, 200)
        order = self.settle(self.client, order["id"])
        steps = self.by_step(order)
        self.assertEqual(len(steps["askPermit"]["attempts"]), 2)
        self.assertEqual(len(steps["openCase"]["attempts"]), 1)


if __name__ == "__main__":
    unittest.main()
