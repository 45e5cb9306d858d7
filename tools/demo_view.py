"""How `tools/demo` looks: on a terminal a picture that is drawn again in place, elsewhere plain
lines as things happen. 80 columns, no colours where NO_COLOR is set or the output is no terminal.
"""

import os
import shutil
import sys
import time

COLUMNS = 79
BAR_CELLS = 18
EVENTS_SHOWN = 9
PLAIN_LINE_EVERY_S = 2.0

# How an order stands: (sign, sign in ASCII, colour).
SIGNS = {
    None: ("·", ".", "2"),
    "New": ("▸", ">", "36"),
    "Running": ("▸", ">", "36"),
    "Waiting": ("▸", ">", "36"),
    "Completed": ("✔", "C", "32"),
    "Failed": ("✘", "F", "31"),
    "Held": ("‖", "H", "33"),
}


class View:
    def __init__(self, title: str):
        self.is_live = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._colours = self.is_live and "NO_COLOR" not in os.environ
        self._unicode = "utf" in (sys.stdout.encoding or "").lower()
        self._title = title
        self._events = []
        self._began = time.monotonic()
        self._lines_drawn = 0
        self._plain_line_at = 0.0
        if self.is_live:
            sys.stdout.write("\x1b[?25l")  # no cursor while the picture is being drawn
        else:
            print(title, flush=True)

    def elapsed(self) -> float:
        return time.monotonic() - self._began

    def colour(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours else text

    def glyph(self, fancy: str, plain: str) -> str:
        return fancy if self._unicode else plain

    def rule(self) -> str:
        return self.colour("2", self.glyph("─", "-") * COLUMNS)

    def event(self, text: str, code: str = "0"):
        self._events.append((self.elapsed(), text, code))
        if not self.is_live:
            print(f"{self.elapsed():5.1f} s  {text}", flush=True)

    def sign(self, state) -> str:
        fancy, plain, code = SIGNS.get(state, ("?", "?", "35"))
        return self.colour(code, self.glyph(fancy, plain))

    def bar(self, done: int, total: int) -> str:
        full = BAR_CELLS * done // total if total else 0
        return (self.colour("32", self.glyph("█", "#") * full) +
                self.colour("2", self.glyph("░", ".") * (BAR_CELLS - full)))

    def draw(self, node_line: str, node_is_up: bool, rows: list):
        """`rows`: (name, states of its orders, work orders done, work orders in all)."""
        if not self.is_live:
            self._draw_plain(rows)
            return
        dot = self.colour("32;1" if node_is_up else "31;1", self.glyph("●", "*"))
        lines = [self.colour("1", self._title), self.rule(),
                 f" {dot} {node_line:<66}{self.elapsed():6.1f} s", ""]
        lines.append(self.colour("2", f" {'orders':<21}{'each of them':<21}{'work orders':<20}"))
        for name, states, done, total in rows:
            signs = "".join(self.sign(state) for state in states) + " " * (20 - len(states))
            lines.append(f" {name:<21}{signs} {self.bar(done, total)} {done:>4} of {total}")
        legend = "  ".join(f"{self.sign(state)} {text}" for state, text in
                           [(None, "to come"), ("Running", "under way"), ("Completed", "completed"),
                            ("Failed", "failed"), ("Held", "held")])
        lines += ["", " " + legend, self.rule()]
        shown = self._events[-EVENTS_SHOWN:]
        for at, text, code in shown:
            lines.append(f" {self.colour('2', f'{at:5.1f} s')}  {self.colour(code, text[:68])}")
        lines += [""] * (EVENTS_SHOWN - len(shown))
        self._redraw(lines)

    def _redraw(self, lines: list):
        height = shutil.get_terminal_size().lines
        lines = lines[-(height - 1):]  # what scrolls away cannot be drawn over
        text = f"\x1b[{self._lines_drawn}A" if self._lines_drawn else ""
        text += "".join(f"\x1b[2K{line}\n" for line in lines)
        self._lines_drawn = len(lines)
        sys.stdout.write("\r" + text)
        sys.stdout.flush()

    def _draw_plain(self, rows: list):
        if self.elapsed() < self._plain_line_at:
            return
        self._plain_line_at = self.elapsed() + PLAIN_LINE_EVERY_S
        states = [state for _, each, _, _ in rows for state in each]
        done = sum(row[2] for row in rows)
        total = sum(row[3] for row in rows)
        print(f"{self.elapsed():5.1f} s  {done} of {total} work orders; "
              f"{states.count('Completed')} completed, {states.count('Failed')} failed, "
              f"{states.count('Held')} held", flush=True)

    def close(self):
        if self.is_live:
            sys.stdout.write("\x1b[?25h")
            sys.stdout.flush()

    def table(self, rows: list, notes: list):
        """`rows`: (name, seen, expected). Each is a check, and has a mark."""
        print()
        print(self.colour("1", f" {'at the end':<54}{'seen':>8}{'expected':>10}"))
        print(self.rule())
        for name, seen, expected in rows:
            right = seen == expected
            mark = self.glyph("✔", "ok") if right else self.glyph("✘", "WRONG")
            print(f" {name:<54}{seen:>8}{expected:>10}  "
                  f"{self.colour('32' if right else '31;1', mark)}")
        print(self.rule())
        for note in notes:
            print(f" {note}")
