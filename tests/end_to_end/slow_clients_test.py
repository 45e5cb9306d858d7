"""Clients that are silent, slow or gone: each is cut off in its time, and nobody waits for them."""

import socket
import time
import unittest

from programs import PATIENCE_S, PLAIN_CATALOG, EndToEndTest, item


class SlowClients(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.node = self.start(PLAIN_CATALOG)
        self.client = self.client_of(self.node)

    def connect(self, first_bytes=b""):
        peer = socket.create_connection((self.node.host, self.node.port), timeout=PATIENCE_S)
        self.addCleanup(peer.close)
        if first_bytes:
            peer.sendall(first_bytes)
        return peer

    @staticmethod
    def read_to_end(peer):
        received = b""
        while piece := peer.recv(65536):
            received += piece
        return received

    def wait_until_alone(self):
        """Until the only connection is that of this test's own client."""
        end = time.monotonic() + PATIENCE_S
        while "cairn_http_connections 1\n" not in self.client.get("/metrics").text:
            self.assertLess(time.monotonic(), end)

    def test_those_that_never_finish_a_request_are_cut_off(self):
        head = b"POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        silent = [self.connect() for _ in range(20)]
        in_header = self.connect(b"POST /v1/orders HTTP/1.1\r\nHos")
        in_body = self.connect(head + b"Content-Length: 100\r\n\r\n{")
        in_chunk = self.connect(head + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{")
        # They hold nobody up meanwhile.
        self.assertEqual(self.run_order(self.client, {"productOrders": [item("A")]})["state"],
                         "Completed")
        for peer in (in_header, in_body, in_chunk):
            self.assertIn(b" 408 ", self.read_to_end(peer).split(b"\r\n")[0])
        for peer in silent:
            self.assertIn(self.read_to_end(peer).split(b"\r\n")[0],
                          (b"", b"HTTP/1.1 408 Request Timeout"))
        self.wait_until_alone()

    def test_clients_that_go_away_leave_nothing_behind(self):
        order_id = self.submit(self.client, {"productOrders": [item("A", "slow")]})
        wait = f"GET /v1/orders/{order_id}?wait=5m HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        for peer in [self.connect(wait) for _ in range(50)]:
            peer.close()
        self.wait_until_alone()

    def test_what_is_no_http_is_refused(self):
        for text in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
                     b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 10_000, b"A" * 100_000,
                     b"POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"):
            with self.subTest(text=text[:30]):
                peer = self.connect()
                try:
                    peer.sendall(text)
                    peer.shutdown(socket.SHUT_WR)
                    first = self.read_to_end(peer).split(b"\r\n")[0]
                except OSError:  # cut off while it was still sending
                    first = b""
                self.assertTrue(first == b"" or b" 4" in first or b" 5" in first, first)
        self.assertEqual(self.client.get("/healthz").status, 200)


if __name__ == "__main__":
    unittest.main()
