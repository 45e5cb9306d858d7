"""Events: streams that resume where they broke off, and listeners of the TMF641 hub that are told
of everything at least once, also when the node is killed in the middle.
"""

import collections
import http.client
import http.server
import json
import signal
import threading
import time
import unittest

from programs import PATIENCE_S, EndToEndTest, item
from tmf641_check import CheckedClient, errors_of

HUB = "/tmf-api/serviceOrdering/v4/hub"
CATALOG = """
products:
  plain: {actions: {add: {decomposition: [plain-work]}}}
technicalProductOrders:
  plain-work:
    process: {workOrder: work, cartridge: network, input: {simulate: $simulate}}
cartridges:
  network: {type: simulated}
"""


class Stream:
    """Reads server-sent events off one connection."""

    def __init__(self, node, target="/v1/events", last_id=None):
        self._connection = http.client.HTTPConnection(node.host, node.port, timeout=PATIENCE_S)
        headers = {"Last-Event-ID": last_id} if last_id else {}
        self._connection.request("GET", target, headers=headers)
        self._reply = self._connection.getresponse()
        self.status = self._reply.status
        self.type = self._reply.headers["Content-Type"]

    def next(self):
        """The next event, as a dictionary of its fields; None at the end."""
        event = {}
        while True:
            line = self._reply.readline().decode()
            if not line:
                return None
            line = line.rstrip("\n")
            if not line and ("data" in event):
                return event
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                event[name] = value

    def until(self, done):
        """Events up to and with the first for which `done` holds."""
        events = []
        while not events or not done(events[-1]):
            event = self.next()
            if event is None:
                break
            events.append({**event, "data": json.loads(event["data"])})
        return events

    def close(self):
        self._connection.close()


class Listener:
    """A server of a listener's own: what it was told, and how it is to answer."""

    def __init__(self):
        self.told = []
        self.status = 204
        self.lock = threading.Lock()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with listener.lock:
                    status = listener.status
                    if status < 300:
                        listener.told.append(body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/listener"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def answer(self, status):
        with self.lock:
            self.status = status

    def ended(self):
        """The orders of which it was told that they ended."""
        with self.lock:
            return {e["event"]["serviceOrder"]["id"] for e in self.told
                    if e["eventType"] == "ServiceOrderStateChangeEvent"
                    and e["event"]["serviceOrder"]["state"] == "completed"}

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class Events(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.node = self.start(CATALOG)
        self.listener = Listener()
        self.addCleanup(self.listener.stop)

    def submit_one(self):
        reply = self.client_of(self.node).post("/v1/orders", {"productOrders": [item("A")]})
        self.assertEqual(reply.status, 201, reply)
        return reply.json["id"]

    def register(self, **members):
        reply = self.client_of(self.node).post(HUB, {"callback": self.listener.url, **members})
        self.assertEqual(reply.status, 201, reply)
        self.assertEqual([], errors_of(reply.json, "EventSubscription"))
        return reply.json["id"]

    def wait_for(self, done, what):
        end = time.monotonic() + PATIENCE_S
        while not done():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.01)

    def test_a_stream_resumes_over_a_restart_without_a_gap(self):
        stream = Stream(self.node)
        self.assertEqual((stream.status, stream.type), (200, "text/event-stream"))
        first, second = self.submit_one(), self.submit_one()
        ended = set()

        def both(event):
            if event["data"]["state"] == "Completed":
                ended.add(event["data"]["order"])
            return ended == {first, second}

        events = stream.until(both)
        for event in events:
            self.assertEqual(event["id"], event["data"]["id"])
            self.assertEqual(event["event"], "order")
        of_first = [e["data"] for e in events if e["data"]["order"] == first]
        history = self.client_of(self.node).get(f"/v1/orders/{first}/history").json["items"]
        self.assertEqual([(e["event"], e["at"], e["detail"]) for e in of_first],
                         [(h["event"], h["at"], h["detail"]) for h in history])
        middle = len(events) // 2
        self.node.stop(signal.SIGKILL)
        self.assertIsNone(stream.next())
        stream.close()

        self.node = self.start(CATALOG)
        again = Stream(self.node, last_id=events[middle]["id"])
        rest = again.until(lambda e: e["id"] == events[-1]["id"])
        self.assertEqual(rest, events[middle + 1:])
        third = self.submit_one()
        more = again.until(lambda e: e["data"]["state"] == "Completed")
        self.assertEqual({e["data"]["order"] for e in more}, {third})
        again.close()

        alone = Stream(self.node, f"/v1/orders/{second}/events", last_id=events[0]["id"])
        seen = alone.until(lambda e: e["data"]["state"] == "Completed")
        self.assertEqual({e["data"]["order"] for e in seen}, {second})
        alone.close()

    def test_a_place_that_is_not_kept_is_reset(self):
        order_id = self.submit_one()
        stream = Stream(self.node, "/v1/events?after=0:9007199254740991")
        event = stream.next()
        self.assertEqual(event["event"], "reset")
        self.assertEqual(json.loads(stream.next()["data"])["order"], order_id)
        stream.close()

    def test_a_listener_is_told_what_the_specification_has(self):
        self.register()
        order_id = self.submit_one()
        self.wait_for(lambda: order_id in self.listener.ended(), "the end was not told")
        told = self.listener.told
        self.assertEqual([t["eventType"] for t in told],
                         ["ServiceOrderCreateEvent"] + ["ServiceOrderStateChangeEvent"] * 2)
        self.assertEqual([t["event"]["serviceOrder"]["state"] for t in told],
                         ["acknowledged", "inProgress", "completed"])
        for event in told:
            self.assertEqual([], errors_of(event, event["eventType"]))
        self.assertEqual(len({t["eventId"] for t in told}), 3)

    def test_a_query_chooses_and_a_deletion_ends_it(self):
        listener_id = self.register(
            query="eventType=ServiceOrderStateChangeEvent&event.serviceOrder.state=completed")
        order_id = self.submit_one()
        self.wait_for(lambda: order_id in self.listener.ended(), "the end was not told")
        self.assertEqual(len(self.listener.told), 1)
        client = self.client_of(self.node)
        self.assertEqual([h["id"] for h in client.get(HUB).json], [listener_id])
        self.assertEqual(client.ask("DELETE", f"{HUB}/{listener_id}").status, 204)
        self.assertEqual(client.get(HUB).json, [])
        self.assertEqual(client.ask("DELETE", f"{HUB}/{listener_id}").status, 404)
        checked = CheckedClient(self, client)
        self.assertEqual(checked.post(HUB, {"callback": "nowhere"}).status, 400)

    def test_nothing_is_lost_when_listener_and_node_fail(self):
        self.register(query="eventType=ServiceOrderStateChangeEvent")
        orders = set()
        for _ in range(3):
            self.listener.answer(503)
            orders |= {self.submit_one() for _ in range(20)}
            self.listener.answer(204)
            before = len(self.listener.told)
            self.wait_for(lambda seen=before: len(self.listener.told) > seen, "nothing was told")
            # In the middle of what is to be told.
            self.node.stop(signal.SIGKILL)
            self.node = self.start(CATALOG)
        self.wait_for(lambda: self.listener.ended() >= orders, "something was lost")
        by_id = collections.defaultdict(list)
        for event in self.listener.told:
            by_id[event["eventId"]].append(event)
        for copies in by_id.values():
            self.assertTrue(all(copy == copies[0] for copy in copies))


if __name__ == "__main__":
    unittest.main()
