"""Shows that the verdict of a crash test can be guilty: each rule meets a violation of it."""

import copy
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import clients  # noqa: E402
import verdict  # noqa: E402
import workload  # noqa: E402

SECOND = 10**9
START = verdict.nanos("2026-01-31T12:00:00Z")
LIVES = [START, START + 10 * SECOND]  # the node was started twice
KIND = next(kind for kind in workload.KINDS if kind.name == "sequence")


def at(seconds: float) -> int:
    return START + int(seconds * SECOND)


def stamp(seconds: float) -> str:
    return f"2026-01-31T12:00:{seconds:09.6f}Z"


def attempt(sent: float, answered: float, outcome: str, number: int = 1) -> dict:
    return {"run": 1, "n": number, "sentAt": stamp(sent), "answeredAt": stamp(answered),
            "outcome": outcome}


def completed_order() -> dict:
    works = [{"id": f"wo-1-{n}", "state": "Completed", "attempts": [attempt(n + 1, n + 1.5, "ok")]}
             for n in range(3)]
    return {"id": "so-1", "externalId": "k", "state": "Completed", "run": 1, "productOrders": [
        {"id": "a", "technicalOrders": [{"slice": 0, "workOrders": works}]}]}


def ledger_of(calls: list, effects: list) -> verdict.Ledger:
    """`calls`: (key, seconds); `effects`: keys."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        for key, seconds in calls:
            file.write(json.dumps({"event": "call", "at": at(seconds), "key": key}) + "\n")
        for key in effects:
            file.write(json.dumps({"event": "answer", "key": key, "effect": True}) + "\n")
        file.flush()
        return verdict.Ledger(file.name)


KEYS = [f"wo-1-{n}-r1" for n in range(3)]
CALLS = [(key, n + 1.1) for n, key in enumerate(KEYS)]


def rules(calls: list, effects: list, order=None) -> list:
    orders = {"so-1": order or completed_order()}
    return sorted({rule for rule, _ in
                   verdict.check_ledger(orders, ledger_of(calls, effects), LIVES)})


class LedgerTest(unittest.TestCase):
    def test_one_call_and_one_effect_for_each_work_order_is_right(self):
        self.assertEqual(rules(CALLS, KEYS), [])

    def test_a_second_call_in_one_life_is_a_repeat(self):
        self.assertEqual(rules(CALLS + [(KEYS[0], 1.2)], KEYS), [verdict.REPEATED])

    def test_a_call_after_a_restart_is_a_repeat_when_the_answer_was_recorded(self):
        self.assertEqual(rules(CALLS + [(KEYS[0], 11)], KEYS), [verdict.REPEATED])

    def test_a_call_after_a_restart_is_none_when_the_answer_was_lost(self):
        order = completed_order()
        work = order["productOrders"][0]["technicalOrders"][0]["workOrders"][2]
        work["attempts"] = [attempt(9, 12, "ok")]
        self.assertEqual(rules(CALLS + [(KEYS[2], 11)], KEYS, order), [])
        self.assertEqual(rules(CALLS + [(KEYS[2], 11), (KEYS[2], 11.5)], KEYS, order),
                         [verdict.REPEATED])

    def test_each_attempt_may_call_once(self):
        order = completed_order()
        work = order["productOrders"][0]["technicalOrders"][0]["workOrders"][0]
        work["attempts"] = [attempt(1, 1.2, "technical"), attempt(1.3, 1.5, "ok", 2)]
        self.assertEqual(rules(CALLS + [(KEYS[0], 1.4)], KEYS, order), [])
        self.assertEqual(rules(CALLS + [(KEYS[0], 1.4), (KEYS[0], 1.45)], KEYS, order),
                         [verdict.REPEATED])

    def test_calls_effects_and_orders_must_tell_the_same(self):
        self.assertEqual(rules(CALLS + [("wo-9-0-r1", 3)], KEYS), ["a call of no order"])
        self.assertEqual(rules(CALLS, KEYS[1:]), ["completed without its effect"])
        self.assertEqual(rules(CALLS, KEYS + KEYS[:1]), ["an effect happened twice"])
        self.assertEqual(rules(CALLS[1:], KEYS), ["an answer without a call"])
        order = completed_order()
        order["productOrders"][0]["technicalOrders"][0]["workOrders"][0]["attempts"][0][
            "outcome"] = "functional"
        self.assertEqual(rules(CALLS, KEYS, order), ["an effect that the order does not know"])

    def test_a_slice_must_wait_for_the_one_before_it(self):
        order = completed_order()
        technical = order["productOrders"][0]["technicalOrders"][0]
        second = {"slice": 1, "workOrders": [technical["workOrders"].pop()]}
        order["productOrders"][0]["technicalOrders"].append(second)
        self.assertEqual(verdict.check_sequence(order, ledger_of(CALLS, KEYS)), [])
        early = CALLS[:2] + [(KEYS[2], 2.2)]
        self.assertEqual(len(verdict.check_sequence(order, ledger_of(early, KEYS))), 1)


class FakeReader:
    def __init__(self, answers: dict):
        self._answers = answers

    def get(self, path: str):
        return self._answers.get(path, (404, None))


class OrdersTest(unittest.TestCase):
    def setUp(self):
        self.asked = clients.Asked("k", KIND)
        self.asked.id = "so-1"

    def check(self, order):
        answers = {"/v1/orders/so-1": (200, order)} if order else {}
        return verdict.check_orders(FakeReader(answers), [self.asked], {}, ledger_of([], []))

    def test_the_order_as_scripted_is_right(self):
        self.assertEqual(self.check(completed_order()), ([], []))

    def test_an_order_that_is_gone_is_lost_and_so_is_one_whose_id_has_another(self):
        self.assertEqual(len(self.check(None)[1]), 1)
        self.assertEqual(len(self.check({**completed_order(), "externalId": "other"})[1]), 1)

    def test_another_end_or_another_work_order_state_is_found(self):
        self.assertEqual(len(self.check({**completed_order(), "state": "Failed"})[0]), 1)
        order = completed_order()
        order["productOrders"][0]["technicalOrders"][0]["workOrders"][1]["state"] = "Pending"
        self.assertEqual(len(self.check(order)[0]), 1)

    def test_a_resubmission_must_not_be_forgotten_and_none_made_up(self):
        self.asked.resubmissions = self.asked.resubmitted = 1
        self.assertEqual(len(self.check(completed_order())[0]), 1)
        self.asked.resubmissions = self.asked.resubmitted = 0
        self.assertEqual(len(self.check({**completed_order(), "run": 2})[0]), 1)

    def test_each_key_has_one_order(self):
        item = {"id": "so-1", "externalId": "k", "state": "Completed"}
        self.assertEqual(verdict.check_once([item], [self.asked]), [])
        self.assertEqual(len(verdict.check_once([item, {**item, "id": "so-2"}], [self.asked])), 1)
        self.assertEqual(len(verdict.check_once([item, item], [self.asked])), 2)
        self.assertEqual(len(verdict.check_once([], [self.asked])), 1)
        self.assertEqual(len(verdict.check_once([item, {"id": "so-3", "externalId": "x"}],
                                                [self.asked])), 1)

    def test_a_restart_at_rest_changes_nothing(self):
        items = [{"id": "so-1", "externalId": "k", "state": "Held", "run": 1}]
        after = copy.deepcopy(items)
        self.assertEqual(verdict.check_unchanged(items, after), [])
        after[0]["state"] = "Running"
        self.assertEqual(len(verdict.check_unchanged(items, after)), 1)
        self.assertEqual(len(verdict.check_unchanged(items, [])), 1)

    def test_a_restart_at_rest_changes_no_detail(self):
        reader = FakeReader({"/v1/orders/so-1": (200, completed_order())})
        was = {"so-1": {**completed_order(), "flow": "default"}, "so-2": completed_order()}
        self.assertEqual(verdict.check_details_unchanged(reader, was, ["so-1"]), [])
        self.assertEqual(len(verdict.check_details_unchanged(reader, was, ["so-2"])), 1)
        was["so-1"]["version"] = 9
        self.assertEqual(len(verdict.check_details_unchanged(reader, was, ["so-1"])), 1)


if __name__ == "__main__":
    unittest.main()
