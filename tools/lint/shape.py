"""The shape of a file: sizes, blanks, how a header begins, what a thing may be called."""

import re

from cpp_text import functions, without_comments
from tree import Finding

FILE_LINES_MAX = 599
FUNCTION_LINES_MAX = 69
LINE_CHARS_MAX = 100

# Words that say nothing about what a file is for.
EMPTY_NAMES = {
    "common", "helper", "helpers", "impl", "manager", "managers", "misc", "util", "utils",
}

# Written in halves, so that this file obeys its own rule.
_LATER = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX")) + r")\b")
_USING_NAMESPACE = re.compile(r"\busing\s+namespace\b")
_PRAGMA_ONCE = re.compile(r"^#pragma once$", re.MULTILINE)


def check_sizes(tree):
    """Rules file-length, function-length and line-width."""
    for file in tree.files:
        if not file.is_code:
            continue
        count = len(file.lines) - (file.lines[-1] == "")
        if count > FILE_LINES_MAX:
            message = f"{count} lines; at most {FILE_LINES_MAX}: give one of its subjects a file"
            yield file.finding(1, "file-length", message)
        for number, line in enumerate(file.lines, 1):
            if len(line) > LINE_CHARS_MAX and not _unbreakable(line):
                message = f"{len(line)} characters; at most {LINE_CHARS_MAX}"
                yield file.finding(number, "line-width", message)
        if not file.is_cpp:
            continue
        for function in functions(file.text):
            if function.lines > FUNCTION_LINES_MAX:
                message = (
                    f"{function.name} has {function.lines} lines; at most {FUNCTION_LINES_MAX}: "
                    "name its phases as functions"
                )
                yield file.finding(function.first_line, "function-length", message)


def _unbreakable(line):
    """An include or a web address cannot be broken over two lines."""
    return line.startswith("#include ") or re.search(r"https?://\S{60,}", line) is not None


def check_blanks(tree):
    """Rules tab, trailing-blank and newline-at-end, over every text of ours."""
    for file in tree.files:
        if not file.is_text:
            continue
        for number, line in enumerate(file.lines, 1):
            if "\t" in line and file.name != "Makefile":
                yield file.finding(number, "tab", "indent and align with blanks")
            if line != line.rstrip():
                yield file.finding(number, "trailing-blank", "remove the blanks at the line's end")
        if file.text and not file.text.endswith("\n"):
            yield file.finding(len(file.lines), "newline-at-end", "end the last line")
        elif file.text.endswith("\n\n"):
            yield file.finding(len(file.lines), "newline-at-end", "end with one newline, not more")


def check_headers(tree):
    """Rules pragma-once, leading-comment and using-namespace."""
    for file in tree.files:
        if not file.is_header:
            continue
        if not _PRAGMA_ONCE.search(without_comments(file.text)):
            yield file.finding(1, "pragma-once", "a header needs `#pragma once`")
        opening = [line for line in file.lines if line.strip() and line != "#pragma once"][:1]
        if not opening or not opening[0].startswith(("//", "/*")):
            message = "a header begins with a comment that tells a stranger what it is"
            yield file.finding(1, "leading-comment", message)
        code = without_comments(file.text)
        for match in _USING_NAMESPACE.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            message = "a header must not open a namespace for everyone who includes it"
            yield file.finding(line, "using-namespace", message)


def check_words(tree):
    """Rules left-for-later and empty-name."""
    for file in tree.files:
        if not file.is_text:
            continue
        for number, line in enumerate(file.lines, 1):
            if match := _LATER.search(line):
                message = f"`{match.group(1)}`: do it, or write it down where work is planned"
                yield file.finding(number, "left-for-later", message)
    for path in sorted(tree.paths):
        words = set(re.split(r"[/_.\-]+", path.lower()))
        if empty := sorted(words & EMPTY_NAMES):
            message = f"`{empty[0]}` names nothing: call it after what is in it"
            yield Finding(path, 1, "empty-name", message)
