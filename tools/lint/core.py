"""What the deterministic core may not touch.

The same log must give the same state on every machine and in every run. So src/engine has no
clock, no thread, no file, no environment, no random source, no floating point, and no container
whose order depends on a hash. Each rule names what to use instead. Unit tests of the core obey the
same rules: a test that reads a clock is a test that fails on a slow day.
"""

import re

from cpp_text import without_comments

CLOCK = "time is an argument: take the command's time (base/time.h)"
THREAD = "the core runs on one thread and never waits; the runtime owns threads and queues"
FILES = "the core sees no file or socket: say what you want as an effect, an adapter does it"
RANDOM = "ids come from counters in the state, jitter from a hash of id and attempt (base/random.h)"
ENVIRONMENT = "configuration comes in by the constructor, as plain data"
FLOATS = "use int64 with a named unit; quantities are decimal int64 x 10^-6"
UNORDERED = "hash order differs by platform: use std::map, std::set or a sorted vector"
PRINTING = "return text or an event; the edges print"

BANNED_INCLUDES = {
    "chrono": CLOCK, "ctime": CLOCK, "time.h": CLOCK, "sys/time.h": CLOCK,
    "thread": THREAD, "mutex": THREAD, "shared_mutex": THREAD, "condition_variable": THREAD,
    "future": THREAD, "atomic": THREAD, "pthread.h": THREAD, "semaphore": THREAD,
    "stop_token": THREAD,
    "fstream": FILES, "filesystem": FILES, "unistd.h": FILES, "fcntl.h": FILES,
    "sys/socket.h": FILES, "curl/curl.h": FILES, "sqlite3.h": FILES,
    "iostream": PRINTING, "cstdio": PRINTING, "stdio.h": PRINTING,
    "random": RANDOM,
    "unordered_map": UNORDERED, "unordered_set": UNORDERED,
}

BANNED_WORDS = (
    (r"\b(?:system|steady|high_resolution|utc)_clock\b", CLOCK),
    (r"\b(?:clock_gettime|gettimeofday|localtime|gmtime|strftime)\b", CLOCK),
    (r"(?<![\w.>])time\s*\(\s*(?:nullptr|NULL|0|&\s*\w+)\s*\)", CLOCK),
    (r"\bstd::(?:jthread|thread|mutex|shared_mutex|condition_variable|async|atomic)\b", THREAD),
    (r"\bthread_local\b", THREAD),
    (r"\bsleep_(?:for|until)\b", THREAD),
    (r"\bstd::(?:[io]?fstream|filesystem)\b", FILES),
    (r"\b(?:fopen|mmap)\s*\(", FILES),
    (r"\bstd::(?:cout|cerr|clog|cin)\b", PRINTING),
    (r"\b(?:printf|fprintf|puts)\s*\(", PRINTING),
    (r"\b(?:random_device|mt19937(?:_64)?|default_random_engine)\b", RANDOM),
    (r"(?<![\w.>])s?rand\s*\(", RANDOM),
    (r"\b(?:secure_)?getenv\b", ENVIRONMENT),
    (r"\b(?:float|double)\b", FLOATS),
    (r"\bunordered_\w+", UNORDERED),
)

_BANNED = tuple((re.compile(pattern), reason) for pattern, reason in BANNED_WORDS)
_SYSTEM_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*<([^>]+)>", re.MULTILINE)
_BOOST_IO = re.compile(r"boost/(?:asio|beast|process|thread|filesystem|interprocess)\b")


def check_core(tree):
    """Rules core-include and core-word, over src/engine."""
    for file in tree.files:
        if not file.path.startswith("src/engine/") or not file.is_cpp:
            continue
        code = without_comments(file.text)
        for match in _SYSTEM_INCLUDE.finditer(code):
            header = match.group(1)
            reason = BANNED_INCLUDES.get(header) or (FILES if _BOOST_IO.match(header) else None)
            if reason:
                line = code.count("\n", 0, match.start(1)) + 1
                yield file.finding(line, "core-include", f"<{header}> in the core: {reason}")
        code = _blank_includes(code)
        for pattern, reason in _BANNED:
            for match in pattern.finditer(code):
                line = code.count("\n", 0, match.start()) + 1
                word = match.group().strip()
                yield file.finding(line, "core-word", f"`{word}` in the core: {reason}")


def _blank_includes(code):
    """So that a banned include is reported once, not as a banned word as well."""
    return _SYSTEM_INCLUDE.sub(lambda m: " " * len(m.group()), code)
