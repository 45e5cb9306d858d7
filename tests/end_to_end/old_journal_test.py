"""An old copy of the journal beside the archive that has grown since: the node says so and does not
start, unless it is told to go on; then no id that the archive knows is given out again.
"""

import shutil
import subprocess
import unittest

from programs import BIN, PATIENCE_S, PLAIN_CATALOG, EndToEndTest, item


class OldJournal(EndToEndTest):
    def grow(self, count):
        """Runs the node for so many orders, which all end; returns their ids."""
        node = self.start(PLAIN_CATALOG)
        client = self.client_of(node)
        ids = [self.run_order(client, {"productOrders": [item("A")]})["id"] for _ in range(count)]
        self.wait_until_archived(client)
        self.assertEqual(node.stop(), 0)
        return ids

    def wait_until_archived(self, client):
        def waiting():
            lines = client.get("/metrics").text.splitlines()
            return next(line for line in lines if line.startswith("cairn_archive_waiting "))
        for _ in range(1000):
            if waiting() == "cairn_archive_waiting 0":
                return
        self.fail("orders still wait for the archive")

    def test_is_refused_and_can_be_accepted_once(self):
        old = self.grow(3)
        copy = self.folder / "journal-copy"
        shutil.copytree(self.data / "journal", copy)
        new = self.grow(5)
        shutil.rmtree(self.data / "journal")
        shutil.copytree(copy, self.data / "journal")

        catalog = self.write_catalog(PLAIN_CATALOG)
        command = [BIN / "cairnd", "--data-dir", self.data, "--catalog", catalog, "--listen",
                   "127.0.0.1:0", "--segment-bytes", "4MiB"]
        refused = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                                 timeout=PATIENCE_S, check=False)
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertRegex(refused.stderr, r"archive is ahead of the journal: it rests on frame "
                                         r"\d+, and the journal ends at frame \d+")
        self.assertIn("--accept-archive-ahead", refused.stderr)

        node = self.start(catalog, "--accept-archive-ahead")
        client = self.client_of(node)
        later = self.run_order(client, {"productOrders": [item("A")]})["id"]
        for order_id in old + new:
            self.assertEqual(self.read(client, order_id)["state"], "Completed")
            self.assertLess(len(order_id), len(later))
        self.assertEqual(node.stop(), 0)

        client = self.client_of(self.start(catalog))  # accepted once is accepted
        last = self.run_order(client, {"productOrders": [item("A")]})["id"]
        listed = [o["id"] for o in client.get("/v1/orders").json["items"]]
        self.assertEqual(sorted(listed), sorted(old + new + [later, last]))


if __name__ == "__main__":
    unittest.main()
