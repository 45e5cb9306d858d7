"""docs/cli.md tells the truth: what it shows of each command is run against a real node with a
small simulated catalog. Which blocks are run, and how what they print is compared, is as for
README.md.

A block that follows `<!-- run: FEATURE -->` needs something of the node that not every build has.
"""

import os
import re
import subprocess
import unittest

from programs import BIN, ROOT, EndToEndTest
from readme_test import Shell, first_mismatch, steps

PAGE = ROOT / "docs" / "cli.md"
_FEATURE = re.compile(r"^<!-- run: (\w+) -->$", re.MULTILINE)

# What nodes do not offer yet, by the words of the page, and a path of each.
NOT_HERE = {"tasks": "/v1/tasks", "cartridges": "/v1/cartridges", "inventory": "/v1/inventory",
            "catalog": "/v1/catalog", "events": "/v1/events"}

CATALOG = """
products:
  mobile-line:
    parameters: {msisdn: {type: string}, plan: {type: string}, donor: {type: string}}
    actions: {add: {decomposition: [create-subscriber]}}
  roaming: {actions: {add: {decomposition: [allow-roaming]}}}
technicalProductOrders:
  create-subscriber:
    process: {workOrder: create, cartridge: hlr, input: {msisdn: $msisdn}}
  allow-roaming:
    process: {workOrder: allow, cartridge: hlr, input: {simulate: $simulate}}
cartridges:
  hlr: {type: simulated}
"""
# These are merged into the sections of the same name above.
CATALOG_OF = {
    "answers": """
products:
  ported-line: {actions: {add: {decomposition: [port-number]}}}
technicalProductOrders:
  port-number:
    process: {workOrder: port, cartridge: porting}
cartridges:
  porting: {type: simulated, operations: {port: {outcomes: [delayed]}}}
""",
    "tasks": """
products:
  antenna: {actions: {add: {decomposition: [mount-antenna]}}}
technicalProductOrders:
  mount-antenna:
    process: {workOrder: mount, cartridge: field-force}
cartridges:
  field-force: {type: manual}
""",
}


def here(text):
    """The page as it holds for this build: blocks for what nodes do not offer are not run."""
    def mark(match):
        return "<!-- not run -->" if match.group(1) in NOT_HERE else "<!-- run -->"
    return _FEATURE.sub(mark, text)


class CliPage(EndToEndTest):
    def test_what_it_shows_is_so(self):
        catalog = self.write_catalog(CATALOG)
        for feature, more in CATALOG_OF.items():
            if feature not in NOT_HERE:
                (catalog / f"{feature}.yaml").write_text(more)
        node = self.start(catalog, "--clock", "virtual")
        # Commands write their files beside the examples that they read.
        (self.folder / "examples").symlink_to(ROOT / "examples")
        shell = Shell({**os.environ, "CAIRN_URL": f"http://{node.host}:{node.port}",
                       "PATH": f"{BIN}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"})
        self.addCleanup(shell.close)
        shell.run(f"cd '{self.folder}'", [])
        shown = steps(here(PAGE.read_text()))
        self.assertGreaterEqual(len(shown), 20)
        for command, expected in shown:
            printed = shell.run(command, expected)
            wrong = first_mismatch(expected, printed)
            self.assertIsNone(wrong, f"$ {command}\n" + "\n".join(printed))

    def test_what_it_leaves_out_is_not_there(self):
        client = self.client_of(self.start(CATALOG))
        for feature, path in NOT_HERE.items():
            with self.subTest(feature):
                self.assertEqual(client.get(path).status, 404)

    def test_it_shows_each_command(self):
        page = PAGE.read_text()
        examples = "\n".join(command for command, _ in steps(_FEATURE.sub("<!-- run -->", page)))
        for noun, verbs in self.commands().items():
            for verb in verbs:
                name = f"cairn {noun} {verb}"
                self.assertIn(name, page)
                if noun != "journal":
                    self.assertIn(f"{noun} {verb}", examples, name)

    def commands(self):
        """Nouns and their verbs, as the manual page has them."""
        page = subprocess.run([BIN / "cairn", "man"], capture_output=True, text=True,
                              check=True).stdout
        found = {}
        for noun, verb in re.findall(r'^\.SS "(\S+) (\S+)"$', page.replace("\\-", "-"),
                                     re.MULTILINE):
            found.setdefault(noun, []).append(verb)
        self.assertGreaterEqual(len(found), 10)
        return found


if __name__ == "__main__":
    unittest.main()
