"""Every limit and every deadline of a listener, exceeded by one or by time."""
import threading
import time

from kit import GatewayTest, eventually, ok

BASE = "GET / HTTP/1.1\r\nHost: a\r\n"


class Limits(GatewayTest):
    def limited(self, route=None, origin=None, timeouts=None, **limits):
        self.source = origin or self.origin(lambda r: ok(r.body))
        listener = {"limits": limits} if limits else {}
        if timeouts:
            listener["timeouts"] = timeouts
        return self.gateway(self.source, listener=listener, route=route)

    def assert_refused(self, client, status, method="GET"):
        answer = client.answer(method)
        self.assertEqual((answer.status, answer.get("Connection")), (status, "close"), answer)
        self.assertIn(b'"status":%d' % status, answer.body)
        self.assertTrue(client.is_closed())

    def test_head(self):
        gateway = self.limited(head="2KiB", target="1KiB")
        exact = BASE + "X: " + "x" * (2048 - len(BASE) - 3 - 4) + "\r\n\r\n"
        self.assertEqual(len(exact), 2048)
        self.assertEqual(gateway.exchange(exact).status, 200)
        over = exact.replace("X: ", "X: x")
        self.assert_refused(gateway.connect().send(over), 431)
        self.assertEqual(len(self.source.requests), 1)

    def test_head_without_an_end(self):
        gateway = self.limited(head="2KiB", target="1KiB")
        client = gateway.connect().send(BASE)
        try:
            for _ in range(100):
                client.send("X: " + "x" * 100 + "\r\n")
        except ConnectionError:
            pass
        self.assert_refused(client, 431)

    def test_head_default(self):
        gateway = self.limited()
        self.assertEqual(gateway.exchange(BASE + "X: " + "x" * 32000 + "\r\n\r\n").status, 200)
        self.assert_refused(gateway.connect().send(BASE + "X: " + "x" * 33000 + "\r\n\r\n"), 431)

    def test_target(self):
        gateway = self.limited(target="200B")
        self.assertEqual(gateway.get("/" + "x" * 199).status, 200)
        self.assert_refused(gateway.connect().send(f"GET /{'x' * 200} HTTP/1.1\r\nHost: a\r\n\r\n"), 414)
        self.assertEqual(len(self.source.requests), 1)

    def test_target_without_an_end(self):
        gateway = self.limited(target="200B")
        self.assert_refused(gateway.connect().send("GET /" + "x" * 1000), 414)

    def test_fields(self):
        gateway = self.limited(fields=5)
        self.assertEqual(gateway.exchange(BASE + "X: y\r\n" * 4 + "\r\n").status, 200)
        self.assert_refused(gateway.connect().send(BASE + "X: y\r\n" * 5 + "\r\n"), 431)
        self.assertEqual(len(self.source.requests), 1)

    def test_trailer_fields(self):
        gateway = self.limited(fields=5)
        def post(count):
            return ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n" +
                    "X: y\r\n" * count + "\r\n")
        self.assertEqual(gateway.exchange(post(5)).status, 200)
        self.assert_refused(gateway.connect().send(post(6)), 400)

    def test_body_by_content_length(self):
        gateway = self.limited({"max_body": "1000B"})
        post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n"
        self.assertEqual(gateway.exchange(post.format(1000) + "x" * 1000).body, b"x" * 1000)
        self.assert_refused(gateway.connect().send(post.format(1001)), 413)
        self.assert_refused(gateway.connect().send(post.format(1001) + "x" * 1000), 413)
        self.assert_refused(gateway.connect().send(post.format(10 ** 15)), 413)
        self.assertEqual(gateway.exchange(post.format(1001) + "x" * 1001).status, 413)
        self.assertEqual(len(self.source.requests), 1)

    def test_body_in_chunks(self):
        gateway = self.limited({"max_body": "1000B"})
        post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        exact = post + "1f4\r\n" + "x" * 500 + "\r\n1f4\r\n" + "x" * 500 + "\r\n"
        self.assertEqual(gateway.exchange(exact + "0\r\n\r\n").body, b"x" * 1000)
        self.assertEqual(gateway.exchange(exact + "1\r\nx\r\n0\r\n\r\n").status, 413)
        self.assert_refused(gateway.connect().send(exact + "1\r\nx\r\n"), 413)
        whole = [r for r in self.source.requests if r.body]
        self.assertEqual(len(whole), 1)

    def test_body_in_chunks_that_comes_later(self):
        gateway = self.limited({"max_body": "1000B"})
        client = gateway.connect().send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.source.wait_for(1)
        client.send("7d0\r\n" + "x" * 2000 + "\r\n")
        self.assert_refused(client, 413)
        self.assertEqual(self.source.last.body, b"")

    def test_body_default_is_one_mebibyte(self):
        gateway = self.limited()
        post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n"
        self.assertEqual(len(gateway.exchange(post.format(1 << 20) + "x" * (1 << 20)).body), 1 << 20)
        self.assert_refused(gateway.connect().send(post.format((1 << 20) + 1)), 413)

    def test_body_off(self):
        gateway = self.limited({"max_body": "off"})
        size = 3 << 20
        self.assertEqual(len(gateway.exchange(
            f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n" + "x" * size).body), size)

    def test_body_with_expect_is_refused_before_it_is_sent(self):
        gateway = self.limited({"max_body": "10B"})
        client = gateway.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n")
        answer = client.answer(interim=True)
        self.assertEqual((answer.status, answer.get("Connection")), (413, "close"))

    def refused_at_accept(self, gateway, limit):
        client = gateway.connect()
        try:
            client.send(BASE + "\r\n")
        except ConnectionError:
            pass
        self.assertTrue(client.is_closed())
        eventually(lambda: gateway.metric("sluice_connections_refused_total", listener="main", limit=limit) >= 1,
                   "the refusal is counted")

    def test_connections(self):
        gateway = self.limited(connections=3)
        clients = [gateway.connect() for _ in range(3)]
        for client in clients:
            self.assertEqual(client.get().status, 200)
        self.refused_at_accept(gateway, "connections")
        clients[0].close()
        eventually(lambda: gateway.metric("sluice_connections", listener="main") == 2, "one has gone")
        self.assertEqual(gateway.get().status, 200)
        self.assertEqual(clients[1].get().status, 200)

    def test_connections_per_ip(self):
        from kit import Client
        gateway = self.limited(connections_per_ip=2)
        clients = [gateway.connect() for _ in range(2)]
        for client in clients:
            self.assertEqual(client.get().status, 200)
        self.refused_at_accept(gateway, "connections_per_ip")
        with Client(("127.0.0.1", gateway.port()), source=("127.0.0.2", 0)) as other:
            self.assertEqual(other.get().status, 200)
        clients[0].close()
        eventually(lambda: gateway.metric("sluice_connections", listener="main") == 1, "one has gone")
        self.assertEqual(gateway.get().status, 200)

    # ---- deadlines

    def assert_between(self, took, least, most):
        self.assertGreaterEqual(took, least)
        self.assertLess(took, most)

    def test_head_deadline(self):
        gateway = self.limited(timeouts={"head": "300ms"})
        began = time.monotonic()
        client = gateway.connect().send("GET / HTTP/1.1\r\nHost: a\r\nX: ")
        self.assert_refused(client, 408)
        self.assert_between(time.monotonic() - began, 0.28, 5)
        self.assertEqual(self.source.requests, [])

    def test_slow_loris_is_cut_at_its_deadline(self):
        gateway = self.limited(timeouts={"head": "400ms"})
        client = gateway.connect().send(BASE)
        began = time.monotonic()
        status = []
        reader = threading.Thread(target=lambda: status.append(client.answer().status))
        reader.start()
        try:
            while reader.is_alive() and time.monotonic() - began < 10:
                client.send("X: y\r\n")
                reader.join(0.02)
        except ConnectionError:
            pass
        reader.join(10)
        self.assertEqual(status, [408])
        self.assert_between(time.monotonic() - began, 0.38, 5)

    def test_head_deadline_on_a_kept_connection(self):
        gateway = self.limited(timeouts={"head": "300ms", "idle": "20s"})
        client = gateway.connect()
        self.assertEqual(client.get().status, 200)
        self.assert_refused(client.send("GET / HT"), 408)

    def test_a_connection_that_says_nothing_is_closed_without_a_word(self):
        gateway = self.limited(timeouts={"head": "200ms", "idle": "200ms"})
        self.assertTrue(gateway.connect().is_clean_end())

    def test_idle_deadline(self):
        gateway = self.limited(timeouts={"idle": "250ms"})
        client = gateway.connect()
        self.assertEqual(client.get().status, 200)
        began = time.monotonic()
        self.assertTrue(client.is_clean_end())
        self.assert_between(time.monotonic() - began, 0.2, 5)

    def test_idle_deadline_starts_anew(self):
        gateway = self.limited(timeouts={"idle": "600ms"})
        client = gateway.connect()
        for _ in range(4):
            self.assertEqual(client.get().status, 200)
            time.sleep(0.2)
        self.assertEqual(client.get().status, 200)

    def test_body_deadline(self):
        gateway = self.limited({"timeout": "20s"}, timeouts={"body": "300ms"})
        for framing in ("Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"):
            with self.subTest(framing):
                began = time.monotonic()
                client = gateway.connect().send("POST / HTTP/1.1\r\nHost: a\r\n" + framing)
                self.assert_refused(client, 408)
                self.assert_between(time.monotonic() - began, 0.28, 5)

    def test_body_rate(self):
        """Never silent for long, but far below the rate."""
        gateway = self.limited({"timeout": "20s"}, timeouts={"body": "500ms", "body_rate": "10KiB/s"})
        client = gateway.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        status = []
        reader = threading.Thread(target=lambda: status.append(client.answer().status))
        reader.start()
        began = time.monotonic()
        try:
            while reader.is_alive() and time.monotonic() - began < 10:
                client.send("x")
                reader.join(0.02)
        except ConnectionError:
            pass
        reader.join(10)
        self.assertEqual(status, [408])
        self.assert_between(time.monotonic() - began, 0.45, 5)

    def test_body_above_the_rate_goes_through(self):
        gateway = self.limited({"timeout": "20s"}, timeouts={"body": "300ms", "body_rate": "100B/s"})
        client = gateway.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(10):
            client.send("x" * 100)
            time.sleep(0.05)
        self.assertEqual(len(client.answer().body), 1000)

    def test_route_timeout_starts_anew_with_each_piece_of_the_body(self):
        gateway = self.limited({"timeout": "500ms"})
        client = gateway.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
        for _ in range(10):
            client.send("x")
            time.sleep(0.12)
        self.assertEqual(client.answer().body, b"x" * 10)

    def test_write_deadline(self):
        """A client that asks for much and takes none of it."""
        def flood(connection):
            connection.request()
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            piece = b"x" * 65536
            while True:
                connection.send(piece)
        gateway = self.limited({"timeouts": {"idle": "60s"}}, self.origin(handler=flood), timeouts={"write": "300ms"})
        client = gateway.connect().send(BASE + "\r\n")
        line = gateway.logged(route="all")
        self.assertLess(line["bytes_sent"], 100_000_000)
        eventually(lambda: gateway.metric("sluice_connections", listener="main") == 0, "the connection is cut")
        eventually(lambda: gateway.endpoint()["connections"] == 0, "the upstream's too")
        client.close()

    def test_slow_reader_is_no_write_deadline(self):
        size = 8 << 20
        gateway = self.limited(origin=self.origin(ok(b"x" * size)), timeouts={"write": "500ms"})
        client = gateway.connect().send(BASE + "\r\n")
        client.head()
        taken = len(client.reader.buffer)
        began = time.monotonic()
        while taken < size:
            got = len(client.sock.recv(256 * 1024))
            self.assertGreater(got, 0)
            taken += got
            if time.monotonic() - began < 1.5:
                time.sleep(0.05)
        self.assertEqual(taken, size)


if __name__ == "__main__":
    import unittest
    unittest.main()
