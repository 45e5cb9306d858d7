"""The house rules, as one quick test: `python3 tools/lint [--root DIR]`.

Prints one line for each broken rule (path:line: [rule] what to do) and ends with 1 if there is any.
It needs Python only, no build and no git, and reads the whole tree in about a second.
"""

import argparse
import pathlib
import sys

from house_rules import lint


def main():
    parser = argparse.ArgumentParser(prog="tools/lint", description="Checks the house rules.")
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2])
    tree, findings = lint(parser.parse_args().root)
    for finding in findings:
        print(finding)
    if not tree.files:
        print("lint: no file to look at: is the root right?")
        return 1
    print(f"lint: {len(tree.files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
