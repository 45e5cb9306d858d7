"""The orders of `tools/demo`, each with the end that its script gives it, and the rules by which
the target systems answer them. What is expected of the whole is summed up from here.
"""

import collections
import json
import pathlib

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"
TMF641 = "/tmf-api/serviceOrdering/v4/serviceOrder"

# `sent`: how many of its work orders are sent at least once; `total`: how many it has.
# `resubmit`: the operator sends it on when it is Held, before it comes to its `end`.
Order = collections.namedtuple("Order", "group key path body end resubmit sent total")


def example(name: str, key: str) -> dict:
    body = json.loads((EXAMPLES / "orders" / name).read_text(encoding="utf-8"))
    body["externalId"] = key
    return body


def mobile_number(number: int) -> str:
    return f"+4477009{number:05}"


def mobile_line(number: int, **more) -> Order:
    key = f"line-{number:02}"
    body = example("mobile-line.json", key)
    body["productOrders"][0]["parameters"]["msisdn"] = mobile_number(number)
    fields = {"end": "Completed", "resubmit": False, "sent": 6, "total": 6, **more}
    return Order("mobile lines", key, "/v1/orders", body, **fields)


def simple(group: str, file: str, key: str, end: str, sent: int, total: int, **more) -> Order:
    path = TMF641 if file.startswith("tmf641") else "/v1/orders"
    resubmit = more.get("resubmit", False)
    return Order(group, key, path, example(file, key), end, resubmit, sent, total)


def bench(key: str) -> Order:
    body = {"externalId": key, "customer": "C-4",
            "productOrders": [{"id": "all", "product": "bench", "parameters": {"key": key}}]}
    return Order("slices 1-4-4-1", key, "/v1/orders", body, "Completed", False, 10, 10)


# Lines for which a target does something special (target_rules).
REFUSED = (3, 11)  # voicemail is refused for good
FLAKY = (5, 9)  # the data plan fails twice, then works: the third attempt succeeds
BROKEN = (4, 8, 12)  # the data plan fails until the target is repaired
RESUBMITTED = (4, 8)  # these are then sent on by the operator


def all_orders() -> list:
    lines = []
    for number in range(1, 17):
        if number in REFUSED:
            # The welcome message waits for what was refused, and is never sent.
            lines.append(mobile_line(number, end="Failed", sent=5))
        elif number in BROKEN:
            again = number in RESUBMITTED
            lines.append(mobile_line(number, end="Completed" if again else "Held",
                                     resubmit=again, sent=6 if again else 5))
        else:
            lines.append(mobile_line(number))
    others = [simple("product rules", "rule-example.json", f"rules-{n}", "Completed", 5, 5)
              for n in range(1, 6)]
    others += [simple("TMF641 sample", "tmf641-sample.json", f"tmf-{n}", "Completed", 6, 6)
               for n in range(1, 5)]
    others += [bench(f"slices-{n}") for n in range(1, 5)]
    others += [simple("functional failures", "functional-failure.json", f"refused-{n}", "Failed",
                      3, 5) for n in range(1, 5)]
    others += [simple("technical failures", "technical-failure.json", f"broken-{n}",
                      "Completed" if n <= 3 else "Held", 3, 3, resubmit=n <= 3)
               for n in range(1, 6)]
    return interleaved(lines, others)


def interleaved(first: list, second: list) -> list:
    """One of each in turn, so that every kind is under way when the node is killed."""
    mixed = []
    for place in range(max(len(first), len(second))):
        mixed += first[place:place + 1] + second[place:place + 1]
    return mixed


def target_rules(escaped) -> list:
    """How the target of the lines treats some of them. `escaped` puts a number into a path."""
    rules = [{"path": f"/ok/voicemail/{escaped(mobile_number(n))}", "answer": 422} for n in REFUSED]
    rules += [{"path": f"/ok/plans/{escaped(mobile_number(n))}", "answer": 200, "failFirst": 2}
              for n in FLAKY]
    rules += [{"path": f"/ok/plans/{escaped(mobile_number(n))}", "answer": 503} for n in BROKEN]
    return rules


def repairs(escaped) -> list:
    return [{"path": f"/ok/plans/{escaped(mobile_number(n))}", "answer": 200} for n in BROKEN]
