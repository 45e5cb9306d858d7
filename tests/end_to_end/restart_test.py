"""Stops and starts of the real process: what it acknowledged is there again, ids are never used
twice, what was under way goes on, and no work order is sent again whose answer was recorded.
"""

import json
import os
import signal
import subprocess
import time
import unittest

from programs import (BIN, PATIENCE_S, PLAIN_CATALOG, ROOT, EndToEndTest, item, one_work_order,
                      work_orders)


def target_catalog(target, path, timeout="30s", concurrency=4):
    """Orders of three work orders, one after the other, that an HTTP target carries out."""
    return f"""
products:
  line: {{actions: {{add: {{decomposition: [line]}}}}}}
technicalProductOrders:
  line:
    process:
      sequence:
        - {{workOrder: one, cartridge: target, operation: call, input: {{item: $item}}}}
        - {{workOrder: two, cartridge: target, operation: call, input: {{item: $item}}}}
        - {{workOrder: three, cartridge: target, operation: call, input: {{item: $item}}}}
cartridges:
  target:
    type: http
    url: http://{target.host}:{target.port}
    timeout: {timeout}
    concurrency: {concurrency}
    operations: {{call: {{path: '{path}'}}}}
"""


class Restart(EndToEndTest):
    def test_orders_are_as_they_were_and_held_ones_can_be_resubmitted(self):
        node = self.start(PLAIN_CATALOG)
        client = self.client_of(node)
        done = self.run_order(client, {"externalId": "done", "productOrders": [item("A")]})
        failed = self.run_order(client, {
            "productOrders": [item("A", simulate="functional", note={"price": 1})]})
        held = self.run_order(client, {
            "productOrders": [item("A"), item("B", depends_on=["A"],
                                              simulate=["technical", "ok"])]})
        self.assertEqual([o["state"] for o in (done, failed, held)],
                         ["Completed", "Failed", "Held"])
        before = {o["id"]: self.read(client, o["id"]) for o in (done, failed, held)}
        histories = {i: client.get(f"/v1/orders/{i}/history").json for i in before}
        listed = client.get("/v1/orders").json
        self.assertEqual(node.stop(), 0)

        client = self.client_of(self.start(PLAIN_CATALOG))
        for order_id, order in before.items():
            self.assertEqual(self.read(client, order_id), order)
            self.assertEqual(client.get(f"/v1/orders/{order_id}/history").json,
                             histories[order_id])
        self.assertEqual(client.get("/v1/orders").json, listed)
        self.assertEqual(
            [o["id"] for o in client.get("/v1/orders?state=Held").json["items"]], [held["id"]])
        self.assertEqual(client.post(f"/v1/orders/{held['id']}/resubmit").status, 200)
        order = self.settle(client, held["id"])
        self.assertEqual(order["state"], "Completed")
        self.assertEqual(len(one_work_order(order, "A")["attempts"]), 1)

    def test_ids_are_never_used_again(self):
        seen = []
        for stop in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
            node = self.start(PLAIN_CATALOG)
            client = self.client_of(node)
            for _ in range(20):
                seen.append(self.submit(client, {"productOrders": [item("A")]}))
            self.assertEqual(node.stop(stop), 0 if stop == signal.SIGTERM else -stop)
        self.assertEqual(len(set(seen)), 60)
        client = self.client_of(self.start(PLAIN_CATALOG))
        for order_id in seen:
            self.assertEqual(self.settle(client, order_id)["state"], "Completed")
        listed = client.get("/v1/orders?limit=100").json["items"]
        self.assertEqual(sorted(o["id"] for o in listed), sorted(seen))

    def test_an_order_keeps_the_catalog_that_it_was_accepted_with(self):
        node = self.start(PLAIN_CATALOG, "--stop-timeout", "0s")
        client = self.client_of(node)
        held = self.run_order(client, {
            "productOrders": [item("A", simulate=["technical", "ok"])]})
        self.assertEqual(node.stop(), 0)
        other = PLAIN_CATALOG.replace("plain-work", "other-work").replace(
            "workOrder: work,", "workOrder: renamed,")
        client = self.client_of(self.start(other))
        self.assertEqual(client.post(f"/v1/orders/{held['id']}/resubmit").status, 200)
        order = self.settle(client, held["id"])
        self.assertEqual(order["state"], "Completed")
        self.assertEqual(one_work_order(order, "A")["step"], "work")
        new = self.run_order(client, {"productOrders": [item("A")]})
        self.assertEqual(one_work_order(new, "A")["step"], "renamed")
        self.assertNotEqual(new["catalogVersion"], order["catalogVersion"])


class Stop(EndToEndTest):
    """SIGTERM in the middle of work on slow targets."""

    def orders_under_way(self, target, catalog, *options, count=8):
        node = self.start(catalog, *options)
        client = self.client_of(node)
        ids = [self.submit(client, {"productOrders": [item("A", "line", item=f"i{n}")]})
               for n in range(count)]
        ledger = self.client_of(target)
        end = time.monotonic() + PATIENCE_S
        while ledger.get("/_ledger/summary").json["calls"] < 4:
            self.assertLess(time.monotonic(), end, "the target is not called")
            # The next answer of the node is a wait for something to happen.
            client.get(f"/v1/orders/{ids[0]}?wait=100ms&version=1000000")
        return node, ids

    def test_waits_for_the_answers_and_repeats_nothing(self):
        target = self.start_target("--ledger", self.folder / "ledger.jsonl")
        catalog = target_catalog(target, "/slow/300/line")
        node, ids = self.orders_under_way(target, catalog)
        begun = time.monotonic()
        self.assertEqual(node.stop(), 0)
        self.assertLess(time.monotonic() - begun, 10 + 5)
        self.assertNotIn("not answered in time", node.log())
        client = self.client_of(self.start(catalog))
        for order_id in ids:
            order = self.settle(client, order_id)
            self.assertEqual(order["state"], "Completed")
            self.assertEqual([len(w["attempts"]) for w in work_orders(order)], [1, 1, 1])
        summary = self.client_of(target).get("/_ledger/summary").json
        self.assertEqual((summary["calls"], summary["duplicateCalls"], summary["keys"]),
                         (24, 0, 24))

    def test_does_not_wait_for_ever_and_loses_nothing(self):
        target = self.start_target("--deduplicate")
        catalog = target_catalog(target, "/slow/2000/line")
        node, ids = self.orders_under_way(target, catalog, "--stop-timeout", "50ms", count=3)
        begun = time.monotonic()
        self.assertEqual(node.stop(), 0)
        self.assertLess(time.monotonic() - begun, 2 + 5)
        self.assertRegex(node.log(), r"[1-4] calls were not answered in time")
        self.client_of(target).post("/_ledger/behaviour", {"path": "/slow/2000/line",
                                                           "answer": 200})
        client = self.client_of(self.start(catalog))
        for order_id in ids:
            self.assertEqual(self.settle(client, order_id)["state"], "Completed")
        summary = self.client_of(target).get("/_ledger/summary").json
        # What was under way was asked for again with the same key, and so was done once.
        self.assertEqual((summary["keys"], summary["effects"]), (9, 9))
        self.assertLessEqual(summary["duplicateCalls"], 4)

    def test_a_killed_process_repeats_no_answered_work_order(self):
        target = self.start_target("--deduplicate")
        catalog = target_catalog(target, "/slow/100/line")
        node, ids = self.orders_under_way(target, catalog)
        client = self.client_of(node)
        before = {i: self.read(client, i) for i in ids}
        node.stop(signal.SIGKILL)
        client = self.client_of(self.start(catalog))
        for order_id in ids:
            order = self.settle(client, order_id)
            self.assertEqual(order["state"], "Completed")
            for old, new in zip(work_orders(before[order_id]), work_orders(order)):
                if old["state"] == "Completed":
                    self.assertEqual(old["attempts"], new["attempts"])
        summary = self.client_of(target).get("/_ledger/summary").json
        self.assertEqual((summary["keys"], summary["effects"]), (24, 24))
        self.assertLessEqual(summary["duplicateCalls"], 4)

    def test_requests_that_wait_are_answered_when_the_node_stops(self):
        node = self.start(PLAIN_CATALOG, "--stop-timeout", "0s")
        client = self.client_of(node)
        order_id = self.submit(client, {"productOrders": [item("A", "slow")]})
        waiting = subprocess.Popen(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
             f"http://{node.host}:{node.port}/v1/orders/{order_id}?wait=5m"],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(waiting.stdout.close)
        end = time.monotonic() + PATIENCE_S
        while "cairn_http_waits 1" not in client.get("/metrics").text:
            self.assertLess(time.monotonic(), end)
        self.assertEqual(node.stop(), 0)
        self.assertEqual(waiting.wait(PATIENCE_S), 0)
        self.assertEqual(waiting.stdout.read(), "503")

    def test_a_second_signal_ends_it_at_once(self):
        node = self.start(PLAIN_CATALOG, "--stop-timeout", "1h")
        client = self.client_of(node)
        order_id = self.submit(client, {"productOrders": [item("A", "slow")]})
        self.wait_until(client, order_id, lambda o: o["state"] == "Running", "under way")
        node.process.send_signal(signal.SIGINT)
        end = time.monotonic() + PATIENCE_S
        while "stopping" not in node.log():
            self.assertLess(time.monotonic(), end)
            os.sched_yield()
        self.assertEqual(node.stop(signal.SIGTERM), 130)


class Start(EndToEndTest):
    """What keeps a node from starting is said in one clear line."""

    def fail_to_start(self, *arguments, **environment):
        done = subprocess.run([str(BIN / "cairnd"), *map(str, arguments)], capture_output=True,
                              text=True, timeout=PATIENCE_S, check=False, cwd=self.folder,
                              env={**os.environ, **environment})
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr

    def test_a_second_process_on_the_data_directory_is_refused(self):
        node = self.start(PLAIN_CATALOG)
        lock = self.data / "journal" / "LOCK"
        self.assertEqual(int(lock.read_text()), node.process.pid)
        catalog = self.folder / "catalog"
        code, err = self.fail_to_start("--data-dir", self.data, "--catalog", catalog, "--listen",
                                       "127.0.0.1:0")
        self.assertEqual(code, 1)
        self.assertIn(str(self.data), err)
        self.assertIn(str(node.process.pid), err)
        self.assertEqual(int(lock.read_text()), node.process.pid)
        client = self.client_of(node)
        self.assertEqual(self.run_order(client, {"productOrders": [item("A")]})["state"],
                         "Completed")

    def test_a_wrong_catalog_is_refused_before_anything_is_made(self):
        catalog = self.write_catalog("products:\n  p:\n    actions:\n"
                                     "      add: {decomposition: [nowhere]}\n")
        code, err = self.fail_to_start("--data-dir", self.data, "--catalog", catalog)
        self.assertEqual(code, 1)
        self.assertRegex(err, r"(?m)^\S+catalog\.yaml:4: .*nowhere.*\(unknown-")
        self.assertFalse(self.data.exists())
        code, err = self.fail_to_start("--catalog", self.folder / "missing")
        self.assertEqual(code, 1)
        self.assertIn("missing", err)

    def test_a_port_in_use_is_refused(self):
        node = self.start(PLAIN_CATALOG)
        code, err = self.fail_to_start(
            "--data-dir", self.folder / "other", "--catalog", self.folder / "catalog", "--listen",
            f"127.0.0.1:{node.port}")
        self.assertEqual(code, 1)
        self.assertIn(f"cannot listen on 127.0.0.1 port {node.port}", err)

    def test_options_come_from_a_file_and_from_the_environment(self):
        catalog = self.write_catalog(PLAIN_CATALOG)
        file = self.folder / "cairnd.yaml"
        file.write_text(f"dataDir: {self.data}\nlogFormat: json\nlisten: 127.0.0.1:1\n")
        node = self.start(catalog, "--config", file, CAIRN_LISTEN="127.0.0.1:2",
                          CAIRN_LOG_LEVEL="info")
        self.assertGreater(node.port, 2)  # the command line's 0 won
        lines = [json.loads(line) for line in node.log().splitlines()]
        self.assertEqual(set(lines[0]), {"time", "level", "message"})
        file.write_text("dataDir: d\nlissten: 127.0.0.1:1\n")
        code, err = self.fail_to_start("--config", file)
        self.assertEqual(code, 2)
        self.assertIn(f"{file}:2: there is no option 'lissten'; did you mean 'listen'?", err)

    def test_the_example_configuration_is_understood(self):
        text = (ROOT / "examples" / "cairnd.yaml").read_text()
        file = self.folder / "cairnd.yaml"
        file.write_text(text.replace("examples/catalog", str(ROOT / "examples" / "catalog")))
        node = self.start(ROOT / "examples" / "catalog", "--config", file)
        self.assertEqual(self.client_of(node).get("/readyz").status, 200)

    def test_ready_is_the_only_line_on_standard_output(self):
        node = self.start(PLAIN_CATALOG)
        self.assertEqual(node.first_line, f"cairnd ready http://127.0.0.1:{node.port}")
        node.process.send_signal(signal.SIGTERM)
        rest = node.process.stdout.read()
        self.assertEqual(rest, b"")
        self.assertEqual(node.stop(), 0)

    def test_a_closed_output_does_no_harm(self):
        """Nothing that is meant for people may land in a file that got the output's number."""
        catalog = self.write_catalog(PLAIN_CATALOG)
        log = self.folder / "log"
        with open(log, "wb") as stream:
            node = subprocess.Popen(
                ["sh", "-c", 'exec "$@" <&- >&-', "sh", str(BIN / "cairnd"), "--data-dir",
                 str(self.data), "--catalog", str(catalog), "--listen", "127.0.0.1:0"],
                stderr=stream)
        end = time.monotonic() + PATIENCE_S
        while " ready on " not in log.read_text():
            self.assertLess(time.monotonic(), end)
            self.assertIsNone(node.poll(), log.read_text())
        for number in (0, 1):
            self.assertEqual(os.readlink(f"/proc/{node.pid}/fd/{number}"), "/dev/null")
        node.terminate()
        self.assertEqual(node.wait(PATIENCE_S), 0)
        for path in self.data.rglob("*"):
            if path.is_file():
                self.assertNotIn(b"cairnd ready", path.read_bytes(), path)
        client = self.client_of(self.start(catalog))
        self.assertEqual(self.run_order(client, {"productOrders": [item("A")]})["state"],
                         "Completed")


if __name__ == "__main__":
    unittest.main()
