"""docs/cli.md tells the truth: what it shows of each command is run against a real node with a
small simulated catalog. Which blocks are run, and how what they print is compared, is as for
README.md.
"""

import os
import re
import subprocess
import unittest

from programs import BIN, ROOT, EndToEndTest
from readme_test import Shell, first_mismatch, steps

PAGE = ROOT / "docs" / "cli.md"

CATALOG = """
products:
  mobile-line:
    parameters: {msisdn: {type: string}, plan: {type: string}, donor: {type: string}}
    actions: {add: {decomposition: [create-subscriber]}}
  roaming: {actions: {add: {decomposition: [allow-roaming]}}}
  home-line:
    service: {id: msisdn}
    parameters: {msisdn: {type: string, mandatory: true}}
    actions: {add: {decomposition: [create-subscriber]}}
  ported-line: {actions: {add: {decomposition: [port-number]}}}
  antenna: {actions: {add: {decomposition: [mount-antenna]}}}
technicalProductOrders:
  create-subscriber:
    process: {workOrder: create, cartridge: hlr, input: {msisdn: $msisdn}}
  allow-roaming:
    process: {workOrder: allow, cartridge: hlr, input: {simulate: $simulate}}
  port-number:
    process: {workOrder: port, cartridge: porting}
  mount-antenna:
    process: {workOrder: mount, cartridge: field-force}
cartridges:
  hlr: {type: simulated, test: ping}
  porting: {type: simulated, operations: {port: {outcomes: [delayed]}}}
  field-force: {type: manual}
"""


class CliPage(EndToEndTest):
    def test_what_it_shows_is_so(self):
        catalog = self.write_catalog(CATALOG)
        node = self.start(catalog, "--clock", "virtual")
        # Commands write their files beside the examples that they read.
        (self.folder / "examples").symlink_to(ROOT / "examples")
        shell = Shell({**os.environ, "CAIRN_URL": f"http://{node.host}:{node.port}",
                       "PATH": f"{BIN}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"})
        self.addCleanup(shell.close)
        shell.run(f"cd '{self.folder}'", [])
        shown = steps(PAGE.read_text())
        self.assertGreaterEqual(len(shown), 20)
        for command, expected in shown:
            printed = shell.run(command, expected)
            wrong = first_mismatch(expected, printed)
            self.assertIsNone(wrong, f"$ {command}\n" + "\n".join(printed))

    def test_it_shows_each_command(self):
        page = PAGE.read_text()
        examples = "\n".join(command for command, _ in steps(page))
        for noun, verbs in self.commands().items():
            for verb in verbs:
                name = f"cairn {noun} {verb}"
                self.assertTrue(name in page, name)
                if noun != "journal":
                    self.assertTrue(f"{noun} {verb}" in examples, name)

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
