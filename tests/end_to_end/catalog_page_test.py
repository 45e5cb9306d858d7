"""The scripts on docs/catalog.md are Lua: `cairn catalog check` takes the page's catalogs.

A block of ```yaml SECTION stands in that section, and all of them make one catalog together. A
block of plain ```yaml is a catalog of its own.
"""

import pathlib
import re
import subprocess
import tempfile
import textwrap
import unittest

from programs import BIN, PATIENCE_S, ROOT


def blocks():
    page = (ROOT / "docs" / "catalog.md").read_text()
    return re.findall(r"^```yaml ?(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


class CatalogPage(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for number, text in enumerate(files):
                (pathlib.Path(folder) / f"{number}.yaml").write_text(text)
            done = subprocess.run([BIN / "cairn", "catalog", "check", folder], text=True,
                                  capture_output=True, timeout=PATIENCE_S, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_the_page_is_a_catalog_that_can_be_run(self):
        parts = [f"{section}:\n{textwrap.indent(text, '  ')}" for section, text in blocks()
                 if section]
        self.assertGreater(len(parts), 10)
        self.assertTrue(any("onEval" in part for part in parts))
        code, said = self.check(parts)
        self.assertEqual(code, 0, said)
        for section, text in blocks():
            if not section:
                code, said = self.check([text])
                self.assertEqual(code, 0, said)

    def test_a_script_that_is_no_lua_is_refused(self):
        whole = [text.replace('return "technical"', 'return return', 1)
                 for text in (f"{section}:\n{textwrap.indent(text, '  ')}"
                              for section, text in blocks() if section)]
        code, said = self.check(whole)
        self.assertNotEqual(code, 0)
        self.assertIn("bad-script", said)


if __name__ == "__main__":
    unittest.main()
