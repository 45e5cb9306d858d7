"""The processes of a crash test: the ledger target, which lives through everything, and the node
under test, which is killed and started again; in power loss mode what it had not synced is gone.
"""

import json
import os
import random
import select
import shutil
import signal
import subprocess
import threading
import time
import urllib.request

START_S_MAX = 60
STOP_S_MAX = 30


class StartFailure(Exception):
    """The node ended, or said nothing, before it was ready."""


def read_line(stream, deadline: float) -> str:
    """The next line of an unbuffered pipe; empty at its end or past the deadline."""
    line = b""
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            return ""
        byte = os.read(stream.fileno(), 1)
        if not byte:
            return ""
        line += byte
    return line.decode()


class LedgerTarget:
    """A target that deduplicates. Its ledger is FOLDER/NAME.jsonl; `latency_ms` is "MIN..MAX"."""

    def __init__(self, program: str, folder: str, name: str, latency_ms: str, seed: int):
        self.ledger_path = os.path.join(folder, name + ".jsonl")
        self.process = subprocess.Popen(
            [program, "--listen", "127.0.0.1:0", "--ledger", self.ledger_path, "--latency",
             latency_ms, "--seed", str(seed), "--deduplicate", "--item-field", "item"],
            stdout=subprocess.PIPE, bufsize=0)
        line = read_line(self.process.stdout, time.monotonic() + START_S_MAX)
        if not line.startswith("ledger_target ready "):
            self.stop()
            raise StartFailure("the ledger target did not start")
        self.url = line.split()[-1]

    def summary(self) -> dict:
        with urllib.request.urlopen(self.url + "/_ledger/summary", timeout=30) as answer:
            return json.load(answer)

    def set_behaviour(self, rule: dict):
        """Adds a rule, or replaces the one of the same path (behaviours.h)."""
        request = urllib.request.Request(self.url + "/_ledger/behaviour", json.dumps(rule).encode())
        urllib.request.urlopen(request, timeout=30).close()

    def stop(self):
        self.process.kill()
        self.process.wait()


class Node:
    """cairnd on one data directory. Clients wait for `address()`; one thread starts and kills."""

    def __init__(self, program: str, folder: str, catalog: str, shim: str, segment_bytes: int,
                 options: tuple = ()):
        self.program = program
        self.options = options  # further ones of cairnd
        self.live = os.path.join(folder, "data")
        self.shadow = os.path.join(folder, "shadow")
        self.log_path = os.path.join(folder, "cairnd.log")
        self.catalog = catalog
        self.shim = shim  # empty: kills only
        self.segment_bytes = segment_bytes
        self.process = None
        self.lives = []  # when each was started, in nanoseconds since 1970
        self.ready_after_s = []
        self._changed = threading.Condition()
        self._address = None
        self.finished = False

    def spawn(self):
        environment = dict(os.environ)
        if self.shim:
            environment.update(LD_PRELOAD=self.shim, CAIRN_POWER_LOSS_LIVE=self.live,
                               CAIRN_POWER_LOSS_SHADOW=self.shadow)
        self.lives.append(time.time_ns())
        self._spawned = time.monotonic()
        self._log_start = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "--data-dir", self.live, "--listen", "127.0.0.1:0", "--catalog",
                 self.catalog, "--segment-bytes", str(self.segment_bytes), *self.options],
                stdout=subprocess.PIPE, stderr=log, env=environment, bufsize=0)

    def wait_ready(self):
        line = read_line(self.process.stdout, time.monotonic() + START_S_MAX)
        if not line.startswith("cairnd ready http://"):
            code = self.process.poll()
            raise StartFailure(f"no ready line (exit code {code}): {self.log_tail()}")
        self.ready_after_s.append(time.monotonic() - self._spawned)
        host, port = line.split("http://")[1].strip().rsplit(":", 1)
        with self._changed:
            self._address = (host, int(port))
            self._changed.notify_all()

    def wait_first_log_line(self):
        """The process runs its own code by now: the shim has finished its copy of the disk."""
        deadline = time.monotonic() + START_S_MAX
        while os.path.getsize(self.log_path) == self._log_start:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise StartFailure(f"ended before its first log line: {self.process.poll()}")
            time.sleep(0.0005)

    def kill(self):
        """SIGKILL; then, in power loss mode, back to what had been synced."""
        ended_as = self.process.poll()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._end_life()
        if ended_as is not None:
            raise StartFailure(f"it ended by itself with {ended_as}: {self.log_tail()}")

    def _end_life(self):
        with self._changed:
            self._address = None
        self.process.stdout.close()
        if self.shim:
            shutil.rmtree(self.live)
            os.rename(self.shadow, self.live)

    def stop_gracefully(self):
        """SIGTERM, as an operator stops it; in power loss mode the power fails right after."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired as error:
            raise StartFailure(f"it did not stop within {STOP_S_MAX} s") from error
        if code != 0:
            raise StartFailure(f"it stopped with the exit code {code}: {self.log_tail()}")
        self._end_life()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def finish(self):
        """No further start: clients that wait for one give up."""
        with self._changed:
            self.finished = True
            self._changed.notify_all()

    def address(self):
        """Waits for a node that is ready; None when there will be none."""
        with self._changed:
            while self._address is None and not self.finished:
                self._changed.wait()
            return self._address

    def log_tail(self) -> str:
        with open(self.log_path, "rb") as log:
            log.seek(max(self._log_start, os.path.getsize(self.log_path) - 2000))
            return log.read().decode(errors="replace").strip()

    def recovery_s(self, chance: random.Random) -> float:
        """A random moment of a start, judged by the last ones."""
        last = self.ready_after_s[-5:] or [0.1]
        return chance.uniform(0, sum(last) / len(last))
