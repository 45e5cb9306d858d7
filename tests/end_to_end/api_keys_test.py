"""A node that asks for keys: who may do what, whose name histories show, new keys without a
restart, and that no node is open to other machines without any.
"""

import hashlib
import signal
import subprocess
import time
import unittest

from programs import BIN, PATIENCE_S, PLAIN_CATALOG, ROOT, TMF641, EndToEndTest, item

KEYS = {"watcher": ("viewer", "watcher-key-0123456"), "crm": ("submitter", "crm-key-0123456789"),
        "ops": ("operator", "ops-key-0123456789"), "root": ("admin", "root-key-0123456789")}


class ApiKeys(EndToEndTest):
    def write_keys(self, keys, mode=0o600):
        path = self.folder / "keys.yaml"
        lines = ["keys:"]
        for number, (name, (role, key)) in enumerate(keys.items()):
            digest = hashlib.sha256(key.encode()).hexdigest()
            secret = f"sha256: {digest}" if number % 2 else f"key: {key}"
            lines.append(f"  - {{name: {name}, role: {role}, {secret}}}")
        path.write_text("\n".join(lines) + "\n")
        path.chmod(mode)
        return path

    def ask_as(self, name, method, path, body=None):
        headers = {"Authorization": f"Bearer {KEYS[name][1]}"} if name else {}
        return self.client.ask(method, path, body, **headers)

    def refused_start(self, *options):
        catalog = self.write_catalog(PLAIN_CATALOG)
        done = subprocess.run(
            [str(BIN / "cairnd"), "--data-dir", str(self.data), "--catalog", str(catalog),
             *map(str, options)],
            capture_output=True, text=True, timeout=PATIENCE_S, cwd=ROOT, check=False)
        self.assertEqual(done.stdout, "")
        self.assertFalse(self.data.exists())
        return done.returncode, done.stderr

    def test_each_role_does_its_share_and_histories_name_it(self):
        self.client = self.client_of(
            self.start(PLAIN_CATALOG, "--api-keys", self.write_keys(KEYS)))
        order = {"productOrders": [item("A", simulate=["technical"])]}
        self.assertEqual(self.ask_as(None, "GET", "/healthz").status, 200)
        refused = self.ask_as(None, "POST", "/v1/orders", order)
        self.assertEqual(refused.status, 401)
        self.assertIn("Bearer", refused.headers["www-authenticate"])
        self.assertEqual(self.ask_as("watcher", "POST", "/v1/orders", order).status, 403)
        tmf = self.ask_as("watcher", "POST", TMF641, {})
        self.assertEqual((tmf.status, tmf.json["status"]), (403, "403"))
        created = self.ask_as("crm", "POST", "/v1/orders", order)
        self.assertEqual(created.status, 201)
        where = f"/v1/orders/{created.json['id']}"
        self.assertEqual(self.ask_as("watcher", "GET", where + "?wait=1m").json["state"], "Held")
        self.assertEqual(self.ask_as("crm", "POST", where + "/giveUp", {}).status, 403)
        patched = self.ask_as("crm", "PATCH", f"{TMF641}/{created.json['id']}",
                              {"state": "cancelled"})
        self.assertEqual(patched.status, 403, "a patch may not do what a cancel may not")
        self.assertEqual(self.ask_as("ops", "POST", where + "/giveUp", {}).status, 200)
        history = self.ask_as("watcher", "GET", where + "/history").json["items"]
        actors = [entry["actor"] for entry in history if "actor" in entry]
        self.assertEqual(actors[0], "crm")
        self.assertIn("ops", actors)
        self.assertNotIn("anonymous", actors)

    def test_keys_are_read_again_at_a_hang_up(self):
        node = self.start(PLAIN_CATALOG, "--api-keys", self.write_keys(KEYS))
        self.client = self.client_of(node)
        self.assertEqual(self.ask_as("watcher", "GET", "/v1/orders").status, 200)
        self.write_keys({"root": KEYS["root"]})
        node.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + PATIENCE_S
        while self.ask_as("watcher", "GET", "/v1/orders").status != 401:
            self.assertLess(time.monotonic(), end, "the keys were not read again")
        # What is wrong is told, and the keys stay.
        self.write_keys({"root": ("emperor", KEYS["root"][1])})
        node.process.send_signal(signal.SIGHUP)
        while "role must be" not in node.log():
            self.assertLess(time.monotonic(), end, node.log())
        self.assertEqual(self.ask_as("root", "GET", "/v1/orders").status, 200)

    def test_no_node_is_open_to_other_machines_without_keys(self):
        code, err = self.refused_start("--listen", "0.0.0.0:0")
        self.assertEqual(code, 2)
        self.assertIn("--api-keys", err)

    def test_a_file_that_others_can_read_is_refused(self):
        code, err = self.refused_start("--api-keys", self.write_keys(KEYS, 0o644))
        self.assertEqual(code, 1)
        self.assertIn("make it 0600", err)


if __name__ == "__main__":
    unittest.main()
