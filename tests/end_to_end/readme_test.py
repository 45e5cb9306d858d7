"""README.md tells the truth: its tour is run line by line against the real programs, and what they
say must be what the page shows.

A fenced block that follows the line `<!-- run -->` is run, all of them in one shell and in order.
`$ ` begins a command; the lines below it must come in its output, in this order. `...` in a line
stands for any text, a line of `...` alone for any lines, and runs of blanks count as one. Where no
line `...` stands between two lines, nothing comes between them.
"""

import os
import re
import select
import socket
import subprocess
import tempfile
import time
import unittest

from programs import BIN, PATIENCE_S, ROOT

README = ROOT / "README.md"
_BLOCK = re.compile(r"^<!-- run -->\n```(?:console|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY_LINES = "..."


def steps(text):
    """The commands of all marked blocks, each with the lines that it should print."""
    found = []
    for block in _BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif not found:
                raise ValueError(f"output without a command: {line!r}")
            else:
                found[-1][1].append(line)
    return found


def _squeezed(line):
    return " ".join(line.split())


def _line_pattern(line):
    pieces = [re.escape(piece) for piece in _squeezed(line).split("...")]
    return re.compile(".*".join(pieces).replace(r"\ .*", r"(?:\ .*)?"))


def first_mismatch(expected, printed):
    """The first expected line that is not there where it should be, or None."""
    lines = [_squeezed(line) for line in printed]
    at, anywhere = 0, False
    for line in expected:
        if line.strip() == ANY_LINES:
            anywhere = True
            continue
        pattern = _line_pattern(line)
        places = range(at, len(lines) if anywhere else min(at + 1, len(lines)))
        place = next((i for i in places if pattern.fullmatch(lines[i])), None)
        if place is None:
            return line
        at, anywhere = place + 1, False
    if expected and not anywhere and at < len(lines):
        return f"nothing after {expected[-1]!r}, but there is {printed[at]!r}"
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Shell:
    """One bash that is given commands and asked for what they print, errors included."""

    END = "-- end of the command --"

    def __init__(self, environment):
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd=ROOT, env=environment, start_new_session=True)
        os.set_blocking(self.process.stdout.fileno(), False)
        self._rest = b""

    def run(self, command, expected):
        """What the command printed. A command in the background is waited for until it has printed
        what is expected of it."""
        in_background = command.rstrip().endswith("&")
        self.process.stdin.write(f"{command}\necho '{self.END}'\n".encode())
        self.process.stdin.flush()
        printed, is_over = [], False
        end = time.monotonic() + PATIENCE_S
        while not is_over or (in_background and first_mismatch(expected, printed)):
            if not self._wait_for_output(end):
                break
            for line in self._lines():
                if line == self.END:
                    is_over = True
                else:
                    printed.append(line)
        if not is_over:
            raise AssertionError(f"no end of: {command}\n" + "\n".join(printed))
        return printed

    def _wait_for_output(self, end):
        left = max(0.0, end - time.monotonic())
        return bool(select.select([self.process.stdout], [], [], left)[0])

    def _lines(self):
        piece = self.process.stdout.read()
        if not piece:
            raise AssertionError("the shell has ended")
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return [line.decode() for line in lines]

    def close(self):
        """Ends the shell and what it has started, which is all that is in its session."""
        # Started by us, as a session of its own: its process group is its own id.
        os.killpg(self.process.pid, 9)
        self.process.wait(PATIENCE_S)
        self.process.stdin.close()
        self.process.stdout.close()


class Readme(unittest.TestCase):
    def test_the_tour_is_real(self):
        folder = tempfile.TemporaryDirectory(prefix="cairn-readme-")
        self.addCleanup(folder.cleanup)
        address = f"127.0.0.1:{free_port()}"
        # The page uses the default address and the release build; here both are somebody else's.
        here = {"127.0.0.1:8080": address, "$PWD/build/release/bin": str(BIN)}
        shell = Shell({**os.environ, "TMPDIR": folder.name, "CAIRN_LISTEN": address,
                       "CAIRN_URL": f"http://{address}", "LC_ALL": "C.UTF-8"})
        self.addCleanup(shell.close)
        tour = steps(README.read_text())
        self.assertGreaterEqual(len(tour), 10)
        for command, expected in tour:
            for there, replaced in here.items():
                command = command.replace(there, replaced)
                expected = [line.replace(there, replaced) for line in expected]
            printed = shell.run(command, expected)
            # What bash says of a job that was killed depends on its version.
            printed = [line for line in printed if not re.match(r"bash: line \d+:", line)]
            wrong = first_mismatch(expected, printed)
            self.assertIsNone(wrong, f"$ {command}\n" + "\n".join(printed))

    def test_its_make_targets_exist(self):
        makefile = (ROOT / "Makefile").read_text()
        text = README.read_text()
        code = "\n".join(body for _, body in _FENCE.findall(text))
        named = set(re.findall(r"^make (\w+)", code, re.MULTILINE))
        named |= set(re.findall(r"`make (\w+)`", text))
        self.assertGreaterEqual(named, {"demo", "test"})
        for target in named:
            self.assertRegex(makefile, rf"(?m)^{target}:")


class TheCheckItself(unittest.TestCase):
    def test_finds_the_steps(self):
        text = "<!-- run -->\n```console\n$ a\nx\n$ b\n```\n\n```console\n$ not run\n```\n"
        self.assertEqual(steps(text), [("a", ["x"]), ("b", [])])

    def test_takes_what_is_shown(self):
        printed = ["one  two", "three", "four"]
        for expected in ([], ["one two", "three", "four"], ["one ...", "..."], ["...", "four"],
                         ["one two ...", "three", "..."]):
            self.assertIsNone(first_mismatch(expected, printed), expected)

    def test_finds_what_is_not_true(self):
        printed = ["one  two", "three", "four"]
        for expected in (["two"], ["one", "..."], ["one two", "four"], ["...", "five"],
                         ["...", "four", "three"], ["one two", "three"]):
            self.assertIsNotNone(first_mismatch(expected, printed), expected)


if __name__ == "__main__":
    unittest.main()
