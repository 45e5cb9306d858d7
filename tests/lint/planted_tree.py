"""A folder of files that break the house rules on purpose, and what the linter says about it."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "lint"))
sys.dont_write_bytecode = True

from house_rules import lint  # noqa: E402

HEADER = "// What this is.\n#pragma once\n"


class PlantedTreeTest(unittest.TestCase):
    """Gives each test an empty tree to write files into."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def lint(self, files):
        """Writes path -> text into the tree and returns the findings in all of it."""
        for path, text in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return lint(self.root)[1]

    def assert_rules(self, files, *rules):
        """The findings in these files are exactly those of the rules named."""
        findings = self.lint(files)
        self.assertEqual([f.rule for f in findings], list(rules), findings)
        return findings
