"""The clients of a crash test. Each orders without a pause, and after a lost connection says the
same again with the same Idempotency-Key until it is answered. What was acknowledged is noted, and
so is every answer that cannot be right.
"""

import http.client
import json
import random
import socket
import threading
import time

import workload

REQUEST_S_MAX = 30
BUSY_PAUSE_S = 0.02


class Asked:
    """One logical order: what a client tried with it and what was acknowledged."""

    __slots__ = ("key", "kind", "id", "resubmissions", "resubmitted", "givings_up", "given_up")

    def __init__(self, key: str, kind):
        self.key = key
        self.kind = kind
        self.id = None  # of the acknowledgement
        self.resubmissions = 0  # tried
        self.resubmitted = 0  # acknowledged
        self.givings_up = 0
        self.given_up = 0


class Connection:
    """HTTP to whichever node is up. `call` gives (status, headers, body), or None when the
    connection broke, after which nobody knows whether the request was served."""

    def __init__(self, node):
        self._node = node
        self._address = None
        self._http = None

    def call(self, method: str, path: str, body=None, key=None):
        try:
            if not self.send_only(method, path, body, key):
                return None
            answer = self._http.getresponse()
            text = answer.read()
            return answer.status, answer.headers, json.loads(text) if text else None
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            time.sleep(0.001)
            return None

    def send_only(self, method: str, path: str, body=None, key=None) -> bool:
        """Sends a request whose answer is not read; False when no node will be up any more."""
        address = self._node.address()
        if address is None:
            return False
        if address != self._address or self._http is None:
            self.close()
            self._http = http.client.HTTPConnection(*address, timeout=REQUEST_S_MAX)
            self._http.connect()
            self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._address = address
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        self._http.request(method, path, json.dumps(body) if body is not None else None, headers)
        return True

    def close(self):
        if self._http is not None:
            self._http.close()
        self._http = None


class Client(threading.Thread):
    def __init__(self, number: int, seed: int, node, orders_per_s: float):
        super().__init__(name=f"client-{number}", daemon=True)
        self.asked = []  # every Asked with an acknowledgement, or with an unknown end
        self.wrong = []  # (what, detail)
        self.lost = []  # (id, detail): acknowledged, and the node did not know it
        self.submissions = 0  # requests, with the repeats
        self._prefix = f"s{seed}-c{number}-"
        self._chance = random.Random(f"{seed}/{number}")
        self._node = node
        self._connection = Connection(node)
        self._pause_s = 1 / orders_per_s
        self._held = []  # orders of kinds that hold
        self._stopping = threading.Event()

    def stop(self):
        self._stopping.set()

    def run(self):
        number = 0
        while not self._stopping.is_set():
            begun = time.monotonic()
            number += 1
            self._order(f"{self._prefix}{number}")
            if self._held and self._chance.random() < 0.2:
                self._act_on_held(self._chance.choice(self._held))
            if self.asked and self._chance.random() < 0.05:
                self._look_at(self._chance.choice(self.asked))
            # A steady pace: what the node is measured by is not how fast Python is.
            self._stopping.wait(max(0.0, begun + self._pause_s - time.monotonic()))
        self._connection.close()

    def _order(self, key: str):
        asked = Asked(key, workload.choose_kind(self._chance))
        # Whoever doubts an answer may ask again: it must be the same order.
        times = 2 if self._chance.random() < 0.05 else 1
        for _ in range(times):
            if not self._submit(asked):
                break
        if asked.id is not None:
            self.asked.append(asked)
            if asked.kind.holds:
                self._held.append(asked)

    def _submit(self, asked: Asked) -> bool:
        body = workload.body_of(asked.kind, asked.key)
        while not self._node.finished:
            self.submissions += 1
            answer = self._connection.call("POST", "/v1/orders", body, asked.key)
            if answer is None:
                continue
            status, _, order = answer
            if status == 503:
                time.sleep(BUSY_PAUSE_S)
                continue
            if status != 201:
                self.wrong.append(("an order was refused", f"{asked.key}: {status} {order}"))
                return False
            if asked.id not in (None, order["id"]):
                self.wrong.append(("one key, two orders",
                                   f"{asked.key}: {asked.id}, {order['id']}"))
            asked.id = order["id"]
            return True
        return False

    def _act_on_held(self, asked: Asked):
        give_up = asked.kind.name == "held always" and self._chance.random() < 0.3
        # Counted before it is tried: a broken connection leaves open whether it was done.
        if give_up:
            asked.givings_up += 1
        else:
            asked.resubmissions += 1
        verb = "giveUp" if give_up else "resubmit"
        answer = self._connection.call("POST", f"/v1/orders/{asked.id}/{verb}",
                                       {"description": "crash test"})
        if answer is None:
            return
        status, _, detail = answer
        if status == 200:
            if give_up:
                asked.given_up += 1
            else:
                asked.resubmitted += 1
            return
        if give_up:
            asked.givings_up -= 1
        else:
            asked.resubmissions -= 1
        if status == 404:
            self.lost.append((asked.id, f"{verb} of {asked.key}: 404"))
        elif status not in (409, 503):  # 409: it is not Held, or not yet
            self.wrong.append((f"{verb} failed", f"{asked.id}: {status} {detail}"))

    def _look_at(self, asked: Asked):
        answer = self._connection.call("GET", f"/v1/orders/{asked.id}")
        if answer is None or answer[0] == 503:
            return
        status, _, order = answer
        if status == 404:
            self.lost.append((asked.id, f"GET of {asked.key}: 404"))
        elif status != 200:
            self.wrong.append(("a read failed", f"{asked.id}: {status} {order}"))
        elif order.get("externalId") != asked.key:
            self.lost.append((asked.id, f"the id has the order {order.get('externalId')} now, "
                                        f"not {asked.key}"))
