"""What the clients of a crash test order, and how each order must end.

The catalog calls one ledger target in several ways; each kind of order below is a script: its
products, and a function that looks at the order after everything has settled and tells what is
wrong with it. Nothing here depends on where the kills fell, except where the text says so.
"""

import collections
import random

CATALOG = """\
products:
  single:
    parameters: {{item: {{type: string, mandatory: true}}}}
    actions: {{add: {{decomposition: [do-one]}}}}
  sequence:
    actions: {{add: {{decomposition: [do-sequence]}}}}
  slices:
    actions: {{add: {{decomposition: [open, left, right, close], inSequence: true}}}}
  refused:
    actions: {{add: {{decomposition: [do-refused]}}}}
  retried:
    actions: {{add: {{decomposition: [do-retried]}}}}
  held-once:
    actions: {{add: {{decomposition: [do-once]}}}}
  held-always:
    actions: {{add: {{decomposition: [do-down]}}}}

technicalProductOrders:
  do-one:
    process: {{workOrder: do, cartridge: plain, input: {{item: $item}}}}
  do-sequence:
    process:
      sequence:
        - {{workOrder: first, cartridge: plain, operation: do, input: {{item: $item}}}}
        - {{workOrder: second, cartridge: plain, operation: do, input: {{item: $item}}}}
        - {{workOrder: third, cartridge: plain, operation: do, input: {{item: $item}}}}
  open:
    process: {{workOrder: open, cartridge: plain, operation: do, input: {{item: $item}}}}
  left:
    process:
      parallel: &four
        - {{workOrder: one, cartridge: plain, operation: do, input: {{item: $item}}}}
        - {{workOrder: two, cartridge: plain, operation: do, input: {{item: $item}}}}
        - {{workOrder: three, cartridge: plain, operation: do, input: {{item: $item}}}}
        - {{workOrder: four, cartridge: plain, operation: do, input: {{item: $item}}}}
  right:
    process: {{parallel: *four}}
  close:
    process: {{workOrder: close, cartridge: plain, operation: do, input: {{item: $item}}}}
  do-refused:
    process:
      sequence:
        - {{workOrder: do, cartridge: plain, input: {{item: $item}}}}
        - {{workOrder: refuse, cartridge: plain, input: {{item: $item}}}}
        - {{workOrder: never, cartridge: plain, operation: do, input: {{item: $item}}}}
  do-retried:
    process: {{workOrder: flaky, cartridge: patient, input: {{item: $item}}}}
  do-once:
    process: {{workOrder: once, cartridge: plain, input: {{item: $item}}}}
  do-down:
    process: {{workOrder: down, cartridge: plain, input: {{item: $item}}}}

cartridges:
  plain:
    type: http
    url: {url}
    concurrency: 200
    attempts: 1
    operations:
      do: {{path: /ok/do}}
      refuse: {{path: /fail/functional/refuse}}
      once: {{path: /flaky/1/once}}
      down: {{path: /fail/technical/down}}
  patient:
    type: http
    url: {url}
    concurrency: 200
    attempts: 3
    retryDelay: 20ms
    operations:
      flaky: {{path: /flaky/2/flaky}}
"""

# A kind of order. `products`: (id, product, ids it depends on). `holds`: it may end Held.
Kind = collections.namedtuple("Kind", "name products dataset settings holds weight")

KINDS = [
    Kind("slices 1-4-4-1", [("a", "slices", [])], {}, {}, False, 4),
    Kind("slices, two products", [("a", "sequence", []), ("b", "slices", ["a"])],
         {"pop::EXECUTION_POLICY": "Slicing"}, {}, False, 1),
    Kind("dependency tree",
         [("a", "single", []), ("b", "sequence", ["a"]), ("c", "retried", ["a"]),
          ("d", "single", ["b", "c"])],
         {"pop::EXECUTION_POLICY": "Dependency Tree"}, {}, False, 3),
    Kind("sequence", [("a", "sequence", [])], {}, {}, False, 3),
    Kind("refused", [("a", "refused", []), ("b", "single", ["a"]), ("c", "single", [])],
         {}, {}, False, 2),
    Kind("retried", [("a", "retried", []), ("b", "retried", [])], {}, {}, False, 2),
    Kind("held once", [("a", "held-once", []), ("b", "single", ["a"])], {}, {}, True, 2),
    Kind("held always", [("a", "held-always", []), ("b", "sequence", [])], {}, {}, True, 2),
]


def choose_kind(chance: random.Random) -> Kind:
    return chance.choices(KINDS, weights=[kind.weight for kind in KINDS])[0]


def body_of(kind: Kind, key: str) -> dict:
    """The order of a kind. `key` names the logical order, and is its externalId."""
    return {
        "externalId": key,
        "customer": "crash-test",
        "dataset": kind.dataset,
        "settings": kind.settings,
        "productOrders": [
            {"id": name, "product": product, "action": "add", "dependsOn": depends_on,
             "parameters": {"item": f"{key}/{name}"}}
            for name, product, depends_on in kind.products],
    }


def work_order_states(order: dict) -> dict:
    """The states of the work orders of each product order, by its id."""
    return {product["id"]: [work["state"] for technical in product["technicalOrders"]
                            for work in technical["workOrders"]]
            for product in order["productOrders"]}


WORK_ORDERS = {"single": 1, "sequence": 3, "slices": 10, "retried": 1, "held-once": 1,
               "held-always": 1, "refused": 3}


def all_completed(kind: Kind) -> dict:
    return {name: ["Completed"] * WORK_ORDERS[product] for name, product, _ in kind.products}


def what_is_wrong(kind: Kind, order: dict, asked) -> str:
    """Empty when the settled order is as its script says. `asked` has the resubmissions and
    givings up that a client tried, and those that were acknowledged to it."""
    state, run = order["state"], order["run"]
    works = work_order_states(order)
    if not asked.resubmitted <= run - 1 <= asked.resubmissions:
        return (f"run {run}, but {asked.resubmitted} resubmissions were acknowledged and "
                f"{asked.resubmissions} tried")
    if state == "Held" and any(work in ("Sent", "Waiting") for each in works.values()
                               for work in each):
        return "it is Held while a work order is under way"
    expected_state, expected = "Completed", all_completed(kind)
    if kind.name == "refused":
        expected_state = "Failed"
        expected = {"a": ["Completed", "FunctionalError", "NotExecuted"], "b": ["NotExecuted"],
                    "c": ["Completed"]}
    elif kind.name == "held once" and not asked.resubmitted and state != "Completed":
        # Completed without a resubmission: a kill took the technical answer away before it was
        # recorded, so the call was repeated, and the second call succeeds.
        if run == 1:
            expected_state, expected = "Held", {"a": ["TechnicalError"], "b": ["Pending"]}
    elif kind.name == "held always":
        expected_state = "Held"
        expected = {"a": ["TechnicalError"], "b": ["Completed"] * 3}
        if asked.given_up or (asked.givings_up and state == "Failed"):
            expected_state = "Failed"
    if state != expected_state:
        return f"it is {state}, not {expected_state}"
    if works != expected:
        return f"its work orders are {works}, not {expected}"
    return ""
