"""The last line of `make test`: how many tests passed and failed, counted from ctest's reports.

    python3 tools/test_totals.py [--failed-stage NAME]... [PRESET.junit.xml...]

Reads the files that `ctest --output-junit` writes. A test passed when ctest ran it and it
succeeded. Everything else failed: one that was skipped, disabled or not built has proved nothing.
A stage that failed without any failed test in its report (a build that broke, a filter that
matched nothing) counts as one failure, so that a broken run never ends with "0 failed".

Ends with 1 unless at least one test passed and nothing failed.
"""

import argparse
import pathlib
import sys
import xml.etree.ElementTree


def outcomes(report):
    """(name, whether it passed, what ctest says) for each test in a report."""
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        status = case.get("status")
        passed = status == "run" and case.find("failure") is None and case.find("skipped") is None
        yield case.get("name"), passed, status


def totals(reports, failed_stages):
    """(passed, a line for each failure) over all reports and stages."""
    passed, failures = 0, []
    explained = set()
    for report in reports:
        preset = pathlib.Path(report).name.split(".")[0]
        for name, good, status in outcomes(report):
            if good:
                passed += 1
            elif status == "fail":
                failures.append(f"failed: {preset}: {name}")
                explained.add(f"test {preset}")
            else:
                failures.append(f"did not run ({status}): {preset}: {name}")
    for stage in failed_stages:
        if stage.split(":")[0] not in explained:
            failures.append(f"failed: the stage `{stage}`")
    if passed == 0 and not failures:
        failures.append("failed: no test was run")
    return passed, failures


def main():
    parser = argparse.ArgumentParser(description="Sums the outcomes in ctest's reports.")
    parser.add_argument("--failed-stage", action="append", default=[])
    parser.add_argument("reports", nargs="*")
    arguments = parser.parse_args()
    passed, failures = totals(arguments.reports, arguments.failed_stage)
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
