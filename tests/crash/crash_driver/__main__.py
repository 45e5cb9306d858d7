"""crash_driver: kills a real cairnd over and over, with clients that order all the while, and then
asks whether anything that was acknowledged is lost, and whether anything was done twice.

    python3 tests/crash/crash_driver --cairnd build/release/bin/cairnd \\
        --ledger-target build/release/bin/ledger_target --kills 50 --mode sigkill --seed 7

In the mode power-loss the node runs under the shim of power_loss_model.h, and after each kill its
data directory becomes what it had synced. Prints a table; ends with 1 and the seed after any
finding. docs/testing.md tells more.
"""

import argparse
import collections
import os
import random
import shutil
import sys
import tempfile
import time

import clients
import processes
import verdict
import workload

EARLY_KILLS = 0.2  # this part of the kills falls into the start, before the node is ready
AFTER_READY_S = (0.02, 0.4)
LOST = "an acknowledged order is lost"
ORDERS_COMPARED = 500  # in every detail, across a restart at rest
FINDINGS_SHOWN = 5  # of each rule


class CrashTest:
    def __init__(self, options, folder: str):
        self.options = options
        self.folder = folder
        self.chance = random.Random(options.seed)
        self.findings = []
        self.lost = {}  # id: detail
        self.kills = 0
        self.early_kills = 0
        self.figures = {}
        self.target = processes.LedgerTarget(options.ledger_target, folder, "ledger", "0..50",
                                             options.seed)
        catalog = os.path.join(folder, "catalog")
        os.mkdir(catalog)
        with open(os.path.join(catalog, "crash.yaml"), "w", encoding="utf-8") as file:
            file.write(workload.CATALOG.format(url=self.target.url))
        shim = os.path.abspath(options.shim) if options.mode == "power-loss" else ""
        # Without a sync the archive outlives the journal, which a node refuses; let it go on, so
        # that what is found is the loss itself.
        further = ("--accept-archive-ahead",) if options.expect_loss else ()
        self.node = processes.Node(options.cairnd, folder, catalog, shim, options.segment_bytes,
                                   further)
        self.clients = [clients.Client(number, options.seed, self.node,
                                       options.rate / options.clients)
                        for number in range(options.clients)]

    def run(self):
        try:
            for client in self.clients:
                client.start()
            self.kill_over_and_over()
            self.node.spawn()
            self.node.wait_ready()
            for client in self.clients:
                client.stop()
            for client in self.clients:
                client.join()
            self.judge()
        except (processes.StartFailure, ConnectionError) as error:
            self.findings.append(("the node is not there", str(error)))
        finally:
            self.node.finish()
            self.node.stop()
            self.target.stop()

    def kill_over_and_over(self):
        for _ in range(self.options.kills):
            self.node.spawn()
            if self.chance.random() < EARLY_KILLS:
                self.node.wait_first_log_line()
                time.sleep(self.node.recovery_s(self.chance))
                self.early_kills += 1
            else:
                self.node.wait_ready()
                time.sleep(self.chance.uniform(*AFTER_READY_S))
            self.node.kill()
            # The target has read all that the dead node sent when it answers this.
            self.target.summary()
            self.kills += 1
            if self.kills % 25 == 0:
                print(f"{self.kills} kills, {sum(len(c.asked) for c in self.clients)} orders, "
                      f"{self.node.ready_after_s[-1]:.2f} s to start", flush=True)
            if self.options.expect_loss and any(client.lost for client in self.clients):
                return

    def judge(self):
        asked = [asked for client in self.clients for asked in client.asked]
        for client in self.clients:
            self.findings += client.wrong
            self.lost.update(client.lost)
        connection = clients.Connection(self.node)
        reader = verdict.Reader(connection)
        begun = time.monotonic()
        self.findings += verdict.settle(reader, self.target)
        self.figures["seconds to settle"] = f"{time.monotonic() - begun:.1f}"
        ledger = verdict.Ledger(self.target.ledger_path)
        listed = reader.list_orders()
        orders = {}
        findings, lost = verdict.check_orders(reader, asked, orders, ledger)
        self.findings += findings
        self.lost.update(lost)
        self.findings += verdict.check_once(listed, asked)
        self.findings += verdict.check_ledger(orders, ledger, self.node.lives)
        summary = self.target.summary()
        if summary["keysWithSeveralEffects"]:
            self.findings.append(("an effect happened twice", f"{summary}"))
        self.count(asked, listed, summary)
        connection.close()
        self.restart_at_rest(listed, orders, summary["calls"])

    def restart_at_rest(self, listed: list, orders: dict, calls: int):
        """One more kill, and then a stop as an operator does it, change nothing."""
        sample = self.chance.sample(sorted(orders), min(ORDERS_COMPARED, len(orders)))
        for end in (self.node.kill, self.node.stop_gracefully):
            end()
            self.node.spawn()
            self.node.wait_ready()
            time.sleep(verdict.QUIET_S)
            connection = clients.Connection(self.node)
            reader = verdict.Reader(connection)
            self.findings += verdict.check_unchanged(listed, reader.list_orders())
            self.findings += verdict.check_details_unchanged(reader, orders, sample)
            connection.close()
            more = self.target.summary()["calls"] - calls
            if more:
                self.findings.append(("a restart at rest sent work", f"{more} calls"))

    def count(self, asked: list, listed: list, summary: dict):
        states = collections.Counter(item["state"] for item in listed)
        self.figures.update({
            "submissions sent": sum(client.submissions for client in self.clients),
            "orders acknowledged": len(asked),
            "orders in the node": len(listed),
            **{f"  {state}": count for state, count in sorted(states.items())},
            "resubmissions acknowledged": sum(each.resubmitted for each in asked),
            "orders given up": sum(each.given_up for each in asked),
            "work orders sent (keys)": summary["keys"],
            "calls at the target": summary["calls"],
            "  repeats that were deduplicated": summary["duplicateCalls"],
            "effects": summary["effects"],
        })

    def report(self) -> bool:
        """Prints the table; whether the run ended as it must."""
        by_rule = collections.defaultdict(list)
        for rule, detail in self.findings:
            by_rule[rule].append(detail)
        for order_id, detail in self.lost.items():
            by_rule[LOST].append(f"{order_id}: {detail}")
        starts = self.node.ready_after_s
        rows = {
            "mode, seed": f"{self.options.mode}, {self.options.seed}",
            "kills": f"{self.kills}, {self.early_kills} of them at once after a start began",
            "seconds to start": f"{min(starts, default=0):.2f} to {max(starts, default=0):.2f}",
            **self.figures,
            "acknowledged orders lost": len(self.lost),
            "sent after the answer was recorded":
                len(by_rule[verdict.REPEATED]),
            "findings in all": sum(len(details) for details in by_rule.values()),
        }
        print()
        for name, value in rows.items():
            print(f"{name:<36}{value}")
        for rule, details in by_rule.items():
            if self.options.expect_loss and rule != LOST:
                continue  # what else is wrong follows from the loss
            for detail in details[:FINDINGS_SHOWN]:
                print(f"FOUND {rule}: {detail}")
            if len(details) > FINDINGS_SHOWN:
                print(f"FOUND {rule}: {len(details) - FINDINGS_SHOWN} more")
        if self.options.expect_loss:
            print("acknowledged orders were lost, as they must be without a sync" if self.lost
                  else "NOT FOUND: a node without a sync must lose acknowledged orders")
            return bool(self.lost)
        return rows["findings in all"] == 0 and self.kills == self.options.kills


def parse_arguments():
    parser = argparse.ArgumentParser(prog="crash_driver", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cairnd", required=True, metavar="PATH")
    parser.add_argument("--ledger-target", required=True, metavar="PATH")
    parser.add_argument("--shim", metavar="PATH", help="libcairn_power_loss.so, for power-loss")
    parser.add_argument("--mode", choices=["sigkill", "power-loss"], default="sigkill")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rate", type=float, default=300, help="orders a second, of all clients")
    parser.add_argument("--segment-bytes", type=int, default=1 << 20)
    parser.add_argument("--seed", type=int, help="absent: a fresh one, which is printed")
    parser.add_argument("--dir", help="where the files go; absent: a temporary folder")
    parser.add_argument("--expect-loss", action="store_true",
                        help="pass only if acknowledged orders are lost (for a planted bug)")
    options = parser.parse_args()
    if options.mode == "power-loss" and not options.shim:
        parser.error("--mode power-loss needs --shim")
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 31)
    return options


def main() -> int:
    options = parse_arguments()
    if options.dir:
        os.makedirs(options.dir, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="cairn_crash_", dir=options.dir)
    test = CrashTest(options, folder)
    test.run()
    if test.report():
        shutil.rmtree(folder)
        return 0
    print(f"FAILED with --seed {options.seed}; the files are in {folder}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
