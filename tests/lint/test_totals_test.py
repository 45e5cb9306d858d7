"""The last line of `make test`, against reports that the real ctest writes."""

import pathlib
import subprocess
import tempfile
import unittest

import planted_tree  # noqa: F401  (finds the project)

SCRIPT = planted_tree.ROOT / "tools" / "test_totals.py"

PASSES = 'add_test(NAME good COMMAND "true")\n'
FAILS = 'add_test(NAME bad COMMAND "false")\n'
HANGS = ('add_test(NAME late COMMAND "sleep" "60")\n'
         "set_tests_properties(late PROPERTIES TIMEOUT 1)\n")
SKIPS = ('add_test(NAME skipped COMMAND "sh" "-c" "exit 77")\n'
         "set_tests_properties(skipped PROPERTIES SKIP_RETURN_CODE 77)\n")
DISABLED = ('add_test(NAME off COMMAND "true")\n'
            "set_tests_properties(off PROPERTIES DISABLED ON)\n")
MISSING = 'add_test(NAME unbuilt COMMAND "/nowhere/program")\n'


class TestTotalsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def report(self, preset, tests):
        """The report of the real ctest over these tests."""
        build = self.folder / preset
        build.mkdir()
        (build / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(p NONE)\nenable_testing()\n" + tests
        )
        subprocess.run(["cmake", "-B", "b", "-S", "."], cwd=build, capture_output=True, check=True)
        path = self.folder / f"{preset}.junit.xml"
        subprocess.run(
            ["ctest", "--test-dir", "b", "--output-junit", path], cwd=build, capture_output=True
        )
        return str(path)

    def totals(self, *arguments):
        """The exit status and the lines of the script."""
        ran = subprocess.run(
            ["python3", "-B", str(SCRIPT), *arguments], capture_output=True, text=True
        )
        return ran.returncode, ran.stdout.splitlines()

    def test_reports_are_summed(self):
        reports = self.report("asan", PASSES), self.report("release", PASSES)
        self.assertEqual(self.totals(*reports), (0, ["2 passed, 0 failed"]))

    def test_whatever_did_not_run_and_succeed_has_failed(self):
        report = self.report("asan", PASSES + FAILS + HANGS + SKIPS + DISABLED + MISSING)
        status, lines = self.totals("--failed-stage", "test asan: unit", report)
        self.assertEqual(status, 1)
        self.assertEqual(lines[-1], "1 passed, 5 failed")
        self.assertEqual(len(lines), 6)
        self.assertIn("failed: asan: bad", lines)

    def test_a_stage_without_a_failed_test_counts(self):
        report = self.report("asan", PASSES)
        status, lines = self.totals(report, "--failed-stage", "build release")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("failed: the stage `build release`", lines)

    def test_a_skipped_test_does_not_hide_a_broken_stage(self):
        report = self.report("asan", SKIPS)
        status, lines = self.totals(report, "--failed-stage", "test asan: unit")
        self.assertEqual((status, lines[-1]), (1, "0 passed, 2 failed"))

    def test_nothing_at_all_is_a_failure(self):
        self.assertEqual(self.totals()[0], 1)
        self.assertEqual(self.totals()[1][-1], "0 passed, 1 failed")


if __name__ == "__main__":
    unittest.main()
