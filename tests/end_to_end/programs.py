"""The real programs under test: started in a temporary folder, spoken to over real HTTP, stopped by
their process id. Every wait has an end, and all of them are waits for an event, never for a time.
"""

import contextlib
import http.client
import json
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("CAIRN_BIN", ROOT / "build" / "release" / "bin"))

# How long anything may take before the test gives up. A loaded machine is slow; none is this slow.
PATIENCE_S = 60
TMF641 = "/tmf-api/serviceOrdering/v4/serviceOrder"

# A simulated catalog of single-step products: `plain` answers at once, by the order's own script.
PLAIN_CATALOG = """
products:
  plain: {actions: {add: {decomposition: [plain-work]}}}
  slow: {actions: {add: {decomposition: [slow-work]}}}
  checked:
    parameters: {msisdn: {type: string, mandatory: true, pattern: '[0-9]+'}}
    actions: {add: {decomposition: [plain-work]}}
technicalProductOrders:
  plain-work:
    process: {workOrder: work, cartridge: network, input: {simulate: $simulate, note: $note}}
  slow-work:
    process: {workOrder: wait, cartridge: network}
cartridges:
  network: {type: simulated, operations: {wait: {latency: 20s}}}
"""


class Reply:
    """An answer: status, headers by lower-case name, body as text and, where it is JSON, parsed."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.text = body.decode("utf-8", errors="replace")
        content_type = self.headers.get("content-type", "")
        is_json = "json" in content_type and "ndjson" not in content_type  # which is many of them
        self.json = json.loads(body) if is_json and body else None

    def __repr__(self):
        return f"{self.status} {self.text[:2000]}"


class Client:
    """One HTTP connection, made again when the server has closed it."""

    def __init__(self, host, port, timeout_s=PATIENCE_S):
        self._connection = http.client.HTTPConnection(host, port, timeout=timeout_s)

    def close(self):
        self._connection.close()

    def ask(self, method, path, body=None, **headers):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            names.setdefault("Content-Type", "application/json")
        self._connection.request(method, path, body=body, headers=names)
        response = self._connection.getresponse()
        return Reply(response.status, response.getheaders(), response.read())

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, body, **headers)


class Program:
    """A process that says in the first line of its output that it is ready, and where."""

    def __init__(self, arguments, ready, log, environment=None):
        self.log_path = log
        self._log = open(log, "ab")
        self.process = subprocess.Popen(
            [str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self._log, cwd=ROOT, env={**os.environ, **(environment or {})})
        self.first_line = self._read_line()
        if not self.first_line.startswith(ready + " http://"):
            code = self.stop(signal.SIGKILL)
            raise AssertionError(f"no ready line but {self.first_line!r}, exit code {code}\n"
                                 + self.log())
        self.host, port = self.first_line.split("http://")[1].rsplit(":", 1)
        self.port = int(port)

    def _read_line(self):
        line = b""
        descriptor = self.process.stdout.fileno()
        end = time.monotonic() + PATIENCE_S
        while not line.endswith(b"\n"):
            if not select.select([descriptor], [], [], max(0.0, end - time.monotonic()))[0]:
                break
            piece = os.read(descriptor, 1)
            if not piece:
                break
            line += piece
        return line.decode().rstrip("\n")

    def log(self):
        return self.log_path.read_text(errors="replace")

    def client(self, timeout_s=PATIENCE_S):
        return Client(self.host, self.port, timeout_s)

    def stop(self, number=signal.SIGTERM):
        """Sends the signal and returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        self._log.close()
        return code


class EndToEndTest(unittest.TestCase):
    """Gives each test a folder of its own, and stops what it started."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cairn-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.data = self.folder / "data"
        self._logs = 0

    def write_catalog(self, text, name="catalog"):
        path = self.folder / name
        path.mkdir(exist_ok=True)
        (path / "catalog.yaml").write_text(text)
        return path

    def start(self, catalog, *options, **environment):
        """Starts cairnd on the test's data directory and a free port."""
        if isinstance(catalog, str):
            catalog = self.write_catalog(catalog)
        self._logs += 1
        node = Program(
            [BIN / "cairnd", "--data-dir", self.data, "--catalog", catalog, "--listen",
             "127.0.0.1:0", "--segment-bytes", "4MiB", *options],
            "cairnd ready", self.folder / f"cairnd-{self._logs}.log", environment)
        self.addCleanup(self._stop_at_end, node)
        return node

    def start_target(self, *options):
        target = Program([BIN / "ledger_target", "--listen", "127.0.0.1:0", *options],
                         "ledger_target ready", self.folder / "target.log")
        self.addCleanup(self._stop_at_end, target)
        return target

    @staticmethod
    def _stop_at_end(program):
        if program.process.poll() is None:
            program.stop(signal.SIGKILL)

    def client_of(self, program, timeout_s=PATIENCE_S):
        client = program.client(timeout_s)
        self.addCleanup(client.close)
        return client

    def submit(self, client, order, **headers):
        """Submits an order that must be accepted, and returns its id."""
        reply = client.post("/v1/orders", order, **headers)
        self.assertEqual(reply.status, 201, reply)
        self.assertRegex(reply.json["id"], r"^so-[0-9a-z]+$")
        return reply.json["id"]

    def read(self, client, order_id):
        reply = client.get(f"/v1/orders/{order_id}")
        self.assertEqual(reply.status, 200, reply)
        return reply.json

    def wait_until(self, client, order_id, is_reached, what):
        """Follows the order, one change after the other, until it is as wanted."""
        end = time.monotonic() + PATIENCE_S
        order = self.read(client, order_id)
        while not is_reached(order):
            if time.monotonic() > end:
                self.fail(f"{order_id} is not {what}: {json.dumps(order)[:3000]}")
            order = client.get(
                f"/v1/orders/{order_id}?wait=10s&version={order['version']}").json
        return order

    def settle(self, client, order_id):
        """The order once it is Held or has ended."""
        ends = {"Held", "Completed", "Failed"}
        return self.wait_until(client, order_id, lambda o: o["state"] in ends, "settled")

    def run_order(self, client, order):
        return self.settle(client, self.submit(client, order))


def product(order, product_id):
    """One product order of an order, by its id."""
    return next(p for p in order["productOrders"] if p["id"] == product_id)


def work_orders(order, product_id=None):
    """All work orders of an order, or of one of its product orders."""
    return [work for p in order["productOrders"] if product_id in (None, p["id"])
            for technical in p["technicalOrders"] for work in technical["workOrders"]]


def one_work_order(order, product_id):
    (work,) = work_orders(order, product_id)
    return work


def item(product_id, name="plain", depends_on=(), **parameters):
    """A product order for a submission."""
    entry = {"id": product_id, "product": name, "action": "add"}
    if depends_on:
        entry["dependsOn"] = list(depends_on)
    if parameters:
        entry["parameters"] = parameters
    return entry


def run_cli(node, *arguments):
    """Runs the command line against a node: (exit code, standard output, standard error)."""
    done = subprocess.run(
        [str(BIN / "cairn"), "--url", f"http://{node.host}:{node.port}", *map(str, arguments)],
        capture_output=True, text=True, timeout=PATIENCE_S, cwd=ROOT, check=False)
    return done.returncode, done.stdout, done.stderr


@contextlib.contextmanager
def measured(seconds):
    """Appends how long the block took to a list."""
    begin = time.monotonic()
    yield
    seconds.append(time.monotonic() - begin)
