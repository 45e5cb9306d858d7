"""Asks the compiled core itself: which outside functions does it need?

    python3 tools/lint/symbols.py [--nm nm] ARCHIVE...

The word list in core.py reads what we wrote; this reads what came out, inlined library code
included. It prints each undefined symbol of the archives that reads a clock, a random source, the
environment or a file, or starts a thread, and then ends with 1.
"""

import argparse
import pathlib
import re
import subprocess
import sys

BANNED_SYMBOLS = (
    (r"std::chrono::.*\b(?:system|steady)_clock::now", "a clock"),
    (r"(?:time|gettimeofday|clock_gettime|localtime(?:_r)?|gmtime(?:_r)?)$", "a clock"),
    (r"std::random_device::", "a random source"),
    (r"(?:s?rand|rand_r|random|getrandom|arc4random)$", "a random source"),
    (r"std::thread::", "a thread"),
    (r"pthread_(?:create|mutex_lock|cond_wait)$", "a thread"),
    (r"(?:secure_)?getenv$", "the environment"),
    (r"std::basic_(?:filebuf|[io]?fstream)\b", "a file"),
    (r"std::filesystem::", "a file"),
    (r"(?:fopen(?:64)?|open(?:64)?|mmap(?:64)?|socket)$", "a file or a socket"),
)

_BANNED = tuple((re.compile(pattern), what) for pattern, what in BANNED_SYMBOLS)


def undefined_symbols(nm, archive):
    """(object file, demangled name) of everything that the archive needs from elsewhere."""
    output = subprocess.run(
        [nm, "-uC", archive], check=True, capture_output=True, text=True
    ).stdout
    member = "?"
    for line in output.splitlines():
        if line.endswith(".o:"):
            member = line[:-1]
        elif match := re.match(r"\s+[UwvW]\s+(.*)$", line):
            name = re.sub(r"@.*$", "", match.group(1))
            name = re.sub(r"^(?:vtable|typeinfo|VTT) for ", "", name)
            yield member, name.replace("std::__cxx11::", "std::")


def findings(nm, archive):
    """What the archive needs and may not, as (object file, symbol, what it touches)."""
    for member, name in undefined_symbols(nm, archive):
        for pattern, what in _BANNED:
            if pattern.match(name):
                yield member, name, what


def main():
    parser = argparse.ArgumentParser(description="Checks what the core's archive calls.")
    parser.add_argument("--nm", default="nm")
    parser.add_argument("archives", nargs="+")
    arguments = parser.parse_args()
    broken = 0
    for archive in arguments.archives:
        for member, name, what in findings(arguments.nm, archive):
            print(f"{pathlib.Path(archive).name}({member}): `{name}` touches {what}")
            broken += 1
        count = sum(1 for _ in undefined_symbols(arguments.nm, archive))
        print(f"{pathlib.Path(archive).name}: {count} outside symbols, {broken} banned")
        if count == 0:
            print("an archive that needs nothing from outside is not our core")
            broken += 1
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
