"""What must hold after a crash test has settled: the node's orders, read over HTTP, against what
the clients saw acknowledged and against the target's ledger. Every finding is a pair of a rule and
a detail; no finding is the only way to pass.
"""

import bisect
import calendar
import collections
import json
import time

import workload

REPEATED = "sent after its answer was recorded"
SETTLE_S_MAX = 180
WHERE_KEPT = ("flow", "module")  # told only while the order is in its flow
QUIET_S = 0.3  # longer than any latency of the target


class Reader:
    """GETs on a node that is not being killed. Anything but an answer is an error."""

    def __init__(self, connection):
        self._connection = connection

    def get(self, path: str):
        answer = self._connection.call("GET", path)
        if answer is None:
            raise ConnectionError(f"GET {path}: the connection broke")
        return answer[0], answer[2]

    def list_orders(self) -> list:
        items, cursor = [], ""
        while True:
            status, page = self.get(f"/v1/orders?limit=1000{cursor}")
            if status != 200:
                raise ConnectionError(f"the list of orders: {status} {page}")
            items += page["items"]
            if "next" not in page:
                return items
            cursor = f"&cursor={page['next']}"

    def unsettled(self) -> list:
        found = []
        for state in ("New", "Running", "Waiting"):
            status, page = self.get(f"/v1/orders?state={state}&limit=5")
            if status != 200:
                raise ConnectionError(f"the list of orders: {status} {page}")
            found += [f"{item['id']} {item['state']}" for item in page["items"]]
        return found


def settle(reader: Reader, target) -> list:
    """Waits until every order has ended or is Held, and the target hears nothing more."""
    deadline = time.monotonic() + SETTLE_S_MAX
    left = reader.unsettled()
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = reader.unsettled()
    if left:
        return [("an order does not end", ", ".join(left))]
    calls = target.summary()["calls"]
    time.sleep(QUIET_S)
    more = target.summary()["calls"] - calls
    return [("work was sent after every order had settled", f"{more} calls")] if more else []


def nanos(text: str) -> int:
    """RFC 3339 in UTC to nanoseconds since 1970, as precise as it is written."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 10**9 + int(fraction.ljust(9, "0") or 0)


class Ledger:
    """What really happened at the target, by idempotency key."""

    def __init__(self, path: str):
        self.calls = collections.defaultdict(list)  # key: times in nanoseconds
        self.effects = collections.Counter()
        self.call_count = 0
        with open(path, encoding="utf-8") as lines:
            for text in lines:
                line = json.loads(text)
                if line["event"] == "call":
                    self.call_count += 1
                    self.calls[line.get("key", "")].append(line["at"])
                elif line["effect"]:
                    self.effects[line["key"]] += 1


Run = collections.namedtuple("Run", "sent answered outcomes")


def runs_of(order: dict) -> dict:
    """The attempts of an order's work orders, by the idempotency key that they went out with."""
    runs = collections.defaultdict(lambda: Run([], [], []))
    for product in order["productOrders"]:
        for technical in product["technicalOrders"]:
            for work in technical["workOrders"]:
                for attempt in work["attempts"]:
                    run = runs[f"{work['id']}-r{attempt['run']}"]
                    run.sent.append(nanos(attempt["sentAt"]))
                    answered = attempt.get("answeredAt")
                    run.answered.append(nanos(answered) if answered else None)
                    run.outcomes.append(attempt.get("outcome"))
    return runs


def life_of(at: int, lives: list) -> int:
    """The index of the node's life in which a call was made; -1: before the first."""
    return bisect.bisect_right(lives, at) - 1


def repeats(times: list, run: Run, lives: list) -> int:
    """How many of a key's calls repeat work that was already known to be over.

    In one life the node may call once for each attempt that it has decided, and that had no
    recorded answer when this life began: a kill leaves open whether the target has heard the first
    call, so the next life repeats it. What the order tells is what was recorded for good: an answer
    that a kill took away before it was durable is not there, and the one that replaced it is of a
    later life. Lives are told apart by the moments at which the processes were started, so neither
    the order of two moments in one life nor the precision of recorded times matters.
    """
    too_many = 0
    for life, calls in collections.Counter(life_of(at, lives) for at in times).items():
        begin = lives[life] if life >= 0 else 0
        end = lives[life + 1] if life + 1 < len(lives) else 2**63
        open_attempts = sum(sent < end and (answered is None or answered >= begin)
                            for sent, answered in zip(run.sent, run.answered))
        too_many += max(0, calls - open_attempts)
    return too_many


def check_ledger(orders: dict, ledger: Ledger, lives: list) -> list:
    findings = []
    known = {}
    for order in orders.values():
        for key, run in runs_of(order).items():
            known[key] = (order["id"], run)
    for key, times in ledger.calls.items():
        if key not in known:
            findings.append(("a call of no order", f"{key}: called {len(times)} times"))
            continue
        order_id, run = known[key]
        too_many = repeats(times, run, lives)
        if too_many:
            findings.append((REPEATED, f"{order_id} {key}: {too_many} of the calls at {times}; "
                                       f"sent {run.sent}, answered {run.answered}"))
    for key, (order_id, run) in known.items():
        if key not in ledger.calls and any(run.outcomes):
            findings.append(("an answer without a call", f"{order_id} {key}: {run.outcomes}"))
        if "ok" in run.outcomes and not ledger.effects[key]:
            findings.append(("completed without its effect", f"{order_id} {key}"))
        if "ok" not in run.outcomes and ledger.effects[key]:
            findings.append(("an effect that the order does not know", f"{order_id} {key}"))
    for key, count in ledger.effects.items():
        if count > 1:
            findings.append(("an effect happened twice", f"{key}: {count} times"))
    return findings


def check_sequence(order: dict, ledger: Ledger) -> list:
    """A slice begins when the one before it is answered (the products here are in sequence)."""
    ends = {}
    begins = {}
    for product in order["productOrders"]:
        for technical in product["technicalOrders"]:
            for work in technical["workOrders"]:
                slice_number = technical["slice"]
                for attempt in work["attempts"]:
                    if attempt.get("answeredAt"):
                        ends[slice_number] = max(ends.get(slice_number, 0),
                                                 nanos(attempt["answeredAt"]))
                    first = min(ledger.calls.get(f"{work['id']}-r{attempt['run']}", [2**63]))
                    begins[slice_number] = min(begins.get(slice_number, 2**63), first)
    return [("a slice began too early", f"{order['id']} slice {number}")
            for number, at in begins.items() if number - 1 in ends and at < ends[number - 1]]


def check_orders(reader: Reader, asked_orders: list, orders: dict, ledger: Ledger) -> tuple:
    """Every acknowledged order against its script. Fills `orders`, by id, with all that were
    read. Gives the findings, and the ids of those that are lost."""
    findings, lost = [], []
    for asked in asked_orders:
        status, order = reader.get(f"/v1/orders/{asked.id}")
        if status == 404:
            lost.append((asked.id, f"{asked.key}: acknowledged, and 404 at the end"))
            continue
        if status != 200:
            findings.append(("a read failed", f"{asked.id}: {status} {order}"))
            continue
        orders[asked.id] = order
        if order.get("externalId") != asked.key:
            lost.append((asked.id, f"{asked.key}: the id has {order.get('externalId')} now"))
            continue
        wrong = workload.what_is_wrong(asked.kind, order, asked)
        if wrong:
            findings.append((f"not as scripted: {asked.kind.name}", f"{asked.id}: {wrong}"))
        if asked.kind.name.startswith("slices"):
            findings += check_sequence(order, ledger)
    return findings, lost


def check_once(listed: list, asked_orders: list) -> list:
    """Each logical order exists once, and none exists that nobody ordered."""
    findings = []
    keys = collections.Counter(item.get("externalId") for item in listed)
    wanted = {asked.key for asked in asked_orders}
    for key, count in keys.items():
        if count > 1:
            findings.append(("one key, several orders", f"{key}: {count}"))
        if key not in wanted:
            findings.append(("an order that nobody was told of", f"{key}"))
    listed_ids = {item["id"] for item in listed}
    if len(listed_ids) != len(listed):
        findings.append(("an order stands twice in the list",
                         f"{len(listed)} items, {len(listed_ids)} ids"))
    for asked in asked_orders:
        if asked.id not in listed_ids:
            findings.append(("an order is missing in the list", f"{asked.id} {asked.key}"))
    return findings


def canonical(listed: list) -> dict:
    return {item["id"]: {name: item.get(name) for name in
                         ("externalId", "state", "port", "run", "submittedAt", "endedAt")}
            for item in listed}


def check_details_unchanged(reader: Reader, orders: dict, sample: list) -> list:
    """The same for all that is told of some orders. Where an order is kept is left out of it."""
    findings = []
    for order_id in sample:
        status, order = reader.get(f"/v1/orders/{order_id}")
        if status != 200:
            findings.append(("a read failed", f"{order_id}: {status} {order}"))
            continue
        was = {name: value for name, value in orders[order_id].items() if name not in WHERE_KEPT}
        order = {name: value for name, value in order.items() if name not in WHERE_KEPT}
        if was != order:
            names = sorted(name for name in was.keys() | order.keys()
                           if was.get(name) != order.get(name))
            findings.append(("a restart at rest changed an order",
                             f"{order_id}: {', '.join(names)}"))
    return findings


def check_unchanged(before: list, after: list) -> list:
    """A restart of a node at rest changes nothing."""
    was, is_now = canonical(before), canonical(after)
    return [("a restart at rest changed an order", f"{order_id}: {was.get(order_id)} became "
                                                   f"{is_now.get(order_id)}")
            for order_id in sorted(was.keys() | is_now.keys())
            if was.get(order_id) != is_now.get(order_id)]
