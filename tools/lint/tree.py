"""The files that the house rules look at, and how a broken rule is reported.

A tree is walked on disk, not asked from git: the rules hold in an unpacked archive and in the small
planted trees of the linter's own tests as well.
"""

import dataclasses
import os
import pathlib

# Folders without a line of ours: build output, run-time data, version control, installed modules.
SKIPPED_FOLDERS = {".git", ".cache", "__pycache__", "node_modules"}
SKIPPED_AT_ROOT = {"build", "data"}

CPP_SUFFIXES = {".c", ".cc", ".h"}
CODE_SUFFIXES = CPP_SUFFIXES | {
    ".cmake", ".js", ".lua", ".mjs", ".proto", ".py", ".sh", ".ts",
}
CODE_NAMES = {"CMakeLists.txt", "Makefile"}
TEXT_SUFFIXES = CODE_SUFFIXES | {".md", ".yaml", ".yml", ".json", ".html", ".css", ".txt", ".xml"}
TEXT_NAMES = {".clang-format", ".clang-tidy", ".gitignore"}

# Somebody else's words, or bytes that a test compares: their lines are not ours to format.
FOREIGN = {"LICENSE"}
FOREIGN_FOLDERS = ("tests/golden/", "fuzz/corpus/")


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    """One place where a rule is broken; the message names the rule and what to do instead."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


class SourceFile:
    """One file of the tree: its path from the root with forward slashes, and its text."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        self.name = path.rsplit("/", 1)[-1]
        self.suffix = pathlib.PurePosixPath(path).suffix
        self.is_cpp = self.suffix in CPP_SUFFIXES
        self.is_header = self.suffix == ".h"
        self.is_test = self.name.endswith("_test.cc")
        script = "." not in self.name and text.startswith("#!")
        self.is_code = self.suffix in CODE_SUFFIXES or self.name in CODE_NAMES or script
        self.is_text = self.is_code or self.suffix in TEXT_SUFFIXES or self.name in TEXT_NAMES

    def finding(self, line, rule, message):
        return Finding(self.path, line, rule, message)


class Tree:
    """All files under a root, read once."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.paths = set()
        self.folders = set()
        self.files = []
        for folder, names, file_names in os.walk(self.root):
            relative = pathlib.Path(folder).relative_to(self.root).as_posix()
            at_root = relative == "."
            names[:] = sorted(
                n for n in names
                if n not in SKIPPED_FOLDERS and not (at_root and n in SKIPPED_AT_ROOT)
            )
            prefix = "" if at_root else relative + "/"
            self.folders.update(prefix + n for n in names)
            for name in sorted(file_names):
                self._add(prefix + name)

    def _add(self, path):
        self.paths.add(path)
        if path in FOREIGN or path.startswith(FOREIGN_FOLDERS):
            return
        try:
            data = (self.root / path).read_bytes()
        except FileNotFoundError:
            return  # an editor's or a compiler's temporary file that went away while we walked
        if b"\0" in data[:4096]:
            return
        self.files.append(SourceFile(path, data.decode("utf-8", errors="replace")))

    def exists(self, path):
        return path in self.paths or path in self.folders
