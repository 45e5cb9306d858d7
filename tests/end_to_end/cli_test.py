"""The command line against a real node: batches, keys, versions, completion in real shells, and the
manual page.
"""

import json
import os
import re
import subprocess
import unittest

from programs import BIN, PATIENCE_S, PLAIN_CATALOG, EndToEndTest, item, run_cli


class Commands(EndToEndTest):
    def test_a_batch_is_submitted_once_however_often_it_is_sent(self):
        node = self.start(PLAIN_CATALOG)
        path = self.folder / "orders.ndjson"
        orders = [{"externalId": f"b-{n}", "productOrders": [item("A")]} for n in range(300)]
        orders[7] = {"productOrders": [item("A", "nothing-like-it")]}
        path.write_text("\n".join(json.dumps(order) for order in orders))
        batch = ("order", "batch", path, "--idempotency-key", "night-1")
        code, out, err = run_cli(node, *batch)
        self.assertEqual(code, 3, err)
        self.assertIn("1 of 300 orders refused", err)
        lines = out.splitlines()
        self.assertEqual(len(lines), 300)
        self.assertRegex(lines[0], r"^0  so-\w+$")
        self.assertRegex(lines[7], r"^7  refused: .*unknown-product")
        code, again, _ = run_cli(node, "-o", "json", *batch)
        self.assertEqual(code, 3)
        parsed = [json.loads(line) for line in again.splitlines()]
        self.assertEqual([p["index"] for p in parsed], list(range(300)))
        self.assertEqual([p["id"] for p in parsed if "id" in p],
                         [line.split()[1] for n, line in enumerate(lines) if n != 7])
        code, out, _ = run_cli(node, "-o", "json", "order", "list", "--all")
        self.assertEqual(len(json.loads(out)["items"]), 299)

    def test_an_action_can_be_for_one_version_only(self):
        node = self.start(PLAIN_CATALOG)
        client = self.client_of(node)
        order = self.settle(client, self.submit(
            client, {"productOrders": [item("A", simulate=["technical", "ok"])]}))
        code, _, err = run_cli(node, "order", "resubmit", order["id"], "--if-version",
                               order["version"] + 1)
        self.assertEqual(code, 3)
        self.assertIn("412", err)
        code, out, err = run_cli(node, "order", "resubmit", order["id"], "--if-version",
                                 order["version"], "--wait")
        self.assertEqual(code, 0, err)
        code, out, err = run_cli(node, "order", "history", order["id"])
        self.assertEqual(code, 0, err)
        self.assertGreater(len(out.splitlines()), 5)

    def test_keys_come_from_the_option_a_file_or_the_environment(self):
        keys = self.folder / "keys.yaml"
        keys.write_text("keys:\n  - {name: crm, role: submitter, key: crm-key-0123456789}\n")
        keys.chmod(0o600)
        node = self.start(PLAIN_CATALOG, "--api-keys", keys)
        secret = self.folder / "key.txt"
        secret.write_text("crm-key-0123456789\n")
        order = self.folder / "order.json"
        order.write_text(json.dumps({"productOrders": [item("A", simulate=["technical"])]}))
        code, _, err = run_cli(node, "order", "list")
        self.assertEqual(code, 3)
        self.assertIn("401", err)
        self.assertIn("--api-key", err)
        code, out, err = run_cli(node, "--api-key", f"@{secret}", "order", "submit", order)
        self.assertEqual(code, 0, err)
        order_id = out.split()[0]
        code, _, err = run_cli(node, "order", "wait", order_id, "--api-key", "crm-key-0123456789")
        self.assertEqual(code, 1, err)
        code, _, err = run_cli(node, "order", "give-up", order_id, "--api-key", f"@{secret}")
        self.assertEqual(code, 3)
        self.assertIn("403", err)
        done = subprocess.run(
            [str(BIN / "cairn"), "--url", f"http://{node.host}:{node.port}", "order", "history",
             order_id], capture_output=True, text=True, timeout=PATIENCE_S, check=False,
            env={**os.environ, "CAIRN_API_KEY": "crm-key-0123456789"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("crm", done.stdout)


class Manual(unittest.TestCase):
    def test_roff_takes_it_without_a_word(self):
        page = subprocess.run([BIN / "cairn", "man"], capture_output=True, check=True).stdout
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-P-c"], input=page,
                              capture_output=True, check=True)
        self.assertEqual(done.stderr.decode(), "")
        # Bold letters are struck twice.
        text = re.sub(".\b", "", done.stdout.decode())
        for words in ("cairn order submit FILE", "EXIT STATUS", "CAIRN_API_KEY", "--api-key KEY"):
            self.assertIn(words, text)

    def test_the_build_has_it(self):
        page = subprocess.run([BIN / "cairn", "man"], capture_output=True, check=True).stdout
        built = BIN.parent / "share" / "man" / "man1" / "cairn.1"
        self.assertEqual(built.read_bytes(), page)


# What is typed, and what must be and what must not be offered for its last word.
TYPED = (
    (("",), {"order", "task", "completion", "man"}, {"submit", "--url"}),
    (("or",), {"order"}, {"task"}),
    (("order", ""), {"submit", "give-up", "batch"}, {"order"}),
    (("order", "s"), {"submit", "show"}, {"list"}),
    (("order", "submit", "--"), {"--wait", "--idempotency-key", "--url", "--help"}, {"--state"}),
    (("order", "list", "--state", ""), {"Held", "RolledBack"}, {"--url", "table"}),
    (("order", "list", "--state", "Ro"), {"RolledBack"}, {"Held"}),
    (("--output", "t"), {"table"}, {"json", "task"}),
    (("order", "-o", "json", "sh"), {"show"}, {"submit"}),
    (("order", "list", "--customer", "order", "--st"), {"--state"}, {"submit"}),
    (("cartridge", "maintenance", "hlr", ""), {"start", "stop"}, {"test"}),
    (("catalog", "draw", "--action", ""), {"add", "noChange"}, {"DIR"}),
    (("order", "show", ""), set(), {"submit", "--url"}),
)


class Completion(unittest.TestCase):
    def setUp(self):
        path = f"{BIN}:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"}

    def run_shell(self, arguments, script):
        done = subprocess.run([*arguments, "-c", script], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False, env=self.environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""), script)
        return done.stdout

    def check(self, offered_for):
        for typed, there, not_there in TYPED:
            with self.subTest(typed):
                offered = offered_for(typed)
                self.assertLessEqual(there, offered)
                self.assertFalse(not_there & offered, offered)

    def test_bash(self):
        def offered_for(typed):
            words = " ".join(f"'{word}'" for word in ("cairn", *typed))
            script = (f"source <(cairn completion bash); COMP_WORDS=({words}); "
                      f"COMP_CWORD={len(typed)}; _cairn; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
            return set(self.run_shell(["bash", "--norc"], script).splitlines()) - {""}
        self.check(offered_for)
        # bash takes addresses and --option=value apart.
        self.assertEqual(offered_for(("--url", "http", ":", "//h", ":", "80", "clo")), {"clock"})
        self.assertEqual(offered_for(("--output", "=", "j")), {"json"})

    def test_bash_offers_files(self):
        script = ("source <(cairn completion bash); cd /; COMP_WORDS=(cairn order submit et); "
                  "COMP_CWORD=3; _cairn; printf '%s\\n' \"${COMPREPLY[@]}\"")
        self.assertIn("etc", self.run_shell(["bash", "--norc"], script).split())

    def test_zsh(self):
        # What zsh would do with what it is told takes a terminal; what it is told does not.
        tell = ("compdef() { :; }; compset() { :; }; _files() { print -r -- @path; }; "
                "_describe() { print -rl -- ${(P)2}; }; source <(cairn completion zsh); ")

        def offered_for(typed):
            words = " ".join(f"'{word}'" for word in ("cairn", *typed))
            script = f"words=({words}); CURRENT={len(typed) + 1}; _cairn; true"
            out = self.run_shell(["zsh", "-f"], tell + script)
            last = typed[-1]
            return {word for word in (re.sub(r":.*", "", line) for line in out.splitlines())
                    if word.startswith(last)} - {""}
        self.check(offered_for)
        self.assertEqual(offered_for(("order", "submit", "@")), {"@path"})


if __name__ == "__main__":
    unittest.main()
