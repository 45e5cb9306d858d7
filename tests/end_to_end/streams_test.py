"""Standard streams that cannot be written: what a program has to say is lost, and nothing else."""

import os
import subprocess
import unittest

from programs import BIN, PATIENCE_S, PLAIN_CATALOG, EndToEndTest, item


class Streams(EndToEndTest):
    def exit_code_of(self, program, *arguments):
        """With standard streams that take nothing."""
        with open("/dev/full", "wb") as full:
            return subprocess.run(
                [BIN / program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=full,
                stderr=full, timeout=PATIENCE_S, check=False).returncode

    def test_a_node_that_cannot_start_ends_with_its_exit_code(self):
        broken = self.write_catalog("products: 7\n", "broken")
        self.assertEqual(self.exit_code_of("cairnd", "--no-such-option"), 2)
        self.assertEqual(self.exit_code_of("cairnd", "--help"), 0)
        self.assertEqual(
            self.exit_code_of("cairnd", "--data-dir", self.data, "--catalog", broken), 1)
        self.assertFalse(self.data.exists())

    def test_a_command_ends_with_its_exit_code(self):
        order = self.folder / "order.json"
        order.write_text("{}")
        self.assertEqual(self.exit_code_of("cairn", "order", "plan", self.folder / "none"), 2)
        node = self.start(PLAIN_CATALOG)
        url = f"http://{node.host}:{node.port}"
        self.assertEqual(self.exit_code_of("cairn", "--url", url, "order", "submit", order), 3)
        self.assertEqual(self.exit_code_of("cairn", "--url", url, "node", "status"), 2)

    def test_a_watch_ends_when_its_reader_goes_away(self):
        node = self.start(PLAIN_CATALOG)
        client = self.client_of(node)
        order_id = self.submit(client, {"productOrders": [item("A", "slow")]})
        url = f"http://{node.host}:{node.port}"
        read_end, write_end = os.pipe()
        os.close(read_end)
        watch = subprocess.run(
            [BIN / "cairn", "--url", url, "order", "wait", order_id], stdin=subprocess.DEVNULL,
            stdout=write_end, stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False)
        os.close(write_end)
        self.assertEqual(watch.returncode, 2, watch.stderr)
        self.assertIn(b"standard output", watch.stderr)
        # It did not stay until the order's end.
        self.assertEqual(self.read(client, order_id)["state"], "Running")


if __name__ == "__main__":
    unittest.main()
