"""HTTP/1.1 as RFC 9110 and 9112 have it: framing, keep-alive, interim answers, half-close."""
import socket
import threading
import time

from kit import GatewayTest, eventually, ok

GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"


class KeepAlive(GatewayTest):
    def test_one_connection_many_requests(self):
        origin = self.origin(lambda r: ok(r.target))
        gateway = self.gateway(origin)
        client = gateway.connect()
        for i in range(50):
            self.assertEqual(client.get(f"/{i}").body, f"/{i}".encode())
        self.assertEqual(origin.accepted, 1)

    def test_close_is_obeyed(self):
        gateway = self.gateway(self.origin())
        client = gateway.connect()
        self.assertEqual(client.get("/", "Connection: close\r\n").get("Connection"), "close")
        self.assertTrue(client.is_clean_end())

    def test_http_1_0_closes(self):
        gateway = self.gateway(self.origin())
        client = gateway.connect().send("GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(client.answer().get("Connection"), "close")
        self.assertTrue(client.is_clean_end())

    def test_http_1_0_keep_alive(self):
        gateway = self.gateway(self.origin())
        client = gateway.connect()
        for _ in range(3):
            answer = client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer()
            self.assertEqual((answer.get("Connection"), answer.body), ("keep-alive", b"hello"))

    def test_pipelined_requests_are_answered_in_order(self):
        origin = self.origin(lambda r: ok(r.target))
        client = self.gateway(origin).connect()
        client.send("".join(f"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n" for i in range(200)))
        self.assertEqual([client.answer().body for _ in range(200)], [f"/{i}".encode() for i in range(200)])

    def test_pipelined_bodies(self):
        origin = self.origin(lambda r: ok(r.body))
        client = self.gateway(origin).connect()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nthree" + GET)
        self.assertEqual([client.answer().body for _ in range(4)], [b"one", b"two", b"three", b""])

    def test_pipelining_with_local_answers(self):
        gateway = self.gateway(self.origin(), routes={"ping": {"match": "/ping", "respond": {"body": "pong"}}})
        client = gateway.connect().send("GET /ping HTTP/1.1\r\nHost: a\r\n\r\n" * 20 + GET)
        self.assertEqual([client.answer().body for _ in range(21)], [b"pong"] * 20 + [b"hello"])

    def test_a_request_byte_by_byte(self):
        origin = self.origin(lambda r: ok(r.body))
        client = self.gateway(origin).connect()
        for c in b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n":
            client.send(bytes([c]))
        self.assertEqual(client.answer().body, b"hello")

    def test_close_behind_a_pipeline(self):
        client = self.gateway(self.origin()).connect()
        client.send(GET + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + GET)
        self.assertEqual(client.answer().status, 200)
        self.assertEqual(client.answer().get("Connection"), "close")
        self.assertTrue(client.is_closed())

    def test_requests_per_connection(self):
        gateway = self.gateway(self.origin(), listener={"limits": {"requests_per_connection": 2}})
        client = gateway.connect()
        self.assertIsNone(client.get().get("Connection"))
        self.assertEqual(client.get().get("Connection"), "close")
        self.assertTrue(client.is_clean_end())

    def test_half_close_is_answered(self):
        release = threading.Event()
        def slow(_):
            release.wait(20)
            return ok()
        origin = self.origin(slow)
        client = self.gateway(origin).connect().send(GET).half_close()
        origin.wait_for(1)
        release.set()
        self.assertEqual(client.answer().body, b"hello")
        self.assertTrue(client.is_clean_end())

    def test_half_close_behind_a_pipeline(self):
        client = self.gateway(self.origin()).connect().send(GET * 5).half_close()
        self.assertEqual([client.answer().status for _ in range(5)], [200] * 5)
        self.assertTrue(client.is_clean_end())

    def test_unix_socket_listener(self):
        path = self.directory() + "/main.sock"
        gateway = self.gateway(self.origin(), listener={"bind": ["unix:" + path]})
        from kit import Client
        with Client(path) as client:
            self.assertEqual(client.get().body, b"hello")

    def test_ipv6_and_several_addresses(self):
        from kit import Client, Port
        ports = [Port(), Port("::1")]
        for port in ports:
            self.addCleanup(port.close)
        origin = self.origin()
        self.gateway(origin, listener={"bind": [str(p) for p in ports]})
        for host, port in zip(("127.0.0.1", "::1"), ports):
            with Client((host, port.number)) as client:
                self.assertEqual(client.get().body, b"hello")
        self.assertEqual(origin.last.get("X-Forwarded-For"), "::1")
        self.assertIn('for="[::1]"', origin.last.get("Forwarded"))


class Bodies(GatewayTest):
    def test_chunked_both_ways_with_trailers(self):
        def answer(connection):
            request = connection.request()
            connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                            f"{len(request.body):x}\r\n".encode() + request.body +
                            b"\r\n0\r\nX-Sum: 1\r\nETag: \"x\"\r\nContent-Length: 7\r\nSet-Cookie: a=b\r\n"
                            b"Transfer-Encoding: chunked\r\nLocation: /x\r\n\r\n")
            connection.wait_for_end()
        origin = self.origin(handler=answer)
        client = self.gateway(origin).connect()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Check: 1\r\nContent-Length: 3\r\nHost: evil\r\n"
                    "Authorization: Basic x\r\nX-Forwarded-For: 6.6.6.6\r\nx_forwarded_for: 6.6.6.6\r\n"
                    "Transfer-Encoding: chunked\r\nCookie: a\r\n\r\n")
        got = client.answer("POST")
        self.assertEqual((got.status, got.body, got.trailers), (200, b"abcde", ["X-Sum: 1", 'ETag: "x"']))
        self.assertEqual((origin.last.body, origin.last.trailers), (b"abcde", ["X-Check: 1"]))

    def test_body_is_streamed_up(self):
        """Each piece is with the origin before the next one is sent."""
        pieces = []
        def watch(connection):
            connection.head()
            for _ in range(3):
                connection.reader.until(b"\r\n")
                pieces.append(connection.reader.until(b"\r\n"))
            connection.send(ok())
        client = self.gateway(self.origin(handler=watch)).connect()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for i in range(3):
            client.send(f"3\r\nab{i}\r\n")
            eventually(lambda: len(pieces) == i + 1, "the piece arrives")
        self.assertEqual(pieces, [b"ab0\r\n", b"ab1\r\n", b"ab2\r\n"])

    def test_answers_are_flushed_as_they_come(self):
        steps = threading.Semaphore(0)
        def events(connection):
            connection.request()
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for i in range(3):
                steps.acquire(timeout=20)
                connection.send(f"9\r\ndata: {i}\n\n\r\n")
            connection.send("0\r\n\r\n")
        client = self.gateway(self.origin(handler=events)).connect().send(GET)
        self.assertEqual(client.head().get("Content-Type"), "text/event-stream")
        for i in range(3):
            steps.release()
            self.assertEqual(client.reader.exactly(14), f"9\r\ndata: {i}\n\n\r\n".encode())

    def test_large_bodies_echo(self):
        body = bytes(range(256)) * 4096
        origin = self.origin(lambda r: ok(r.body))
        client = self.gateway(origin, defaults={"max_body": "10MiB"}).connect()
        for _ in range(3):
            client.send(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            self.assertTrue(client.answer("POST").body == body)
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(body), 10000):
            piece = body[at:at + 10000]
            client.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        client.send(b"0\r\n\r\n")
        self.assertTrue(client.answer("POST").body == body)
        self.assertEqual(origin.accepted, 1)

    def test_get_with_a_body(self):
        origin = self.origin(lambda r: ok(r.body))
        client = self.gateway(origin).connect()
        client.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        self.assertEqual(client.answer().body, b"abc")

    def test_head_has_no_body_and_the_connection_goes_on(self):
        origin = self.origin(lambda r: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" if r.method == "HEAD" else ok())
        client = self.gateway(origin).connect()
        self.assertEqual(client.get(method="HEAD").get("Content-Length"), "5")
        self.assertEqual(client.get().body, b"hello")
        self.assertEqual(origin.accepted, 1)

    def test_early_answer_while_the_body_is_still_coming(self):
        def early(connection):
            connection.head()
            connection.send(ok("no", status="403 Forbidden"))
            connection.wait_for_end()
        gateway = self.gateway(self.origin(handler=early))
        client = gateway.connect()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome")
        answer = client.answer("POST")
        self.assertEqual((answer.status, answer.body, answer.get("Connection")), (403, b"no", "close"))
        self.assertTrue(client.is_clean_end())

    def test_early_answer_with_a_large_body_is_not_lost_to_a_reset(self):
        def early(connection):
            connection.head()
            connection.send(ok("no", status="403 Forbidden"))
            connection.wait_for_end()
        gateway = self.gateway(self.origin(handler=early), defaults={"max_body": "100MiB"})
        client = gateway.connect()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
        client.send(b"x" * 150000)
        self.assertEqual(client.answer("POST").status, 403)

    def test_early_answer_of_an_upstream_that_closes_without_reading(self):
        """Its reset must not hide what it said before."""
        def early(connection):
            connection.head()
            connection.send(ok("too large", "Connection: close", status="413 Content Too Large"))
            connection.close()
        gateway = self.gateway(self.origin(handler=early), defaults={"max_body": "off"})
        for _ in range(10):
            client = gateway.connect().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n")
            try:
                for _ in range(20):
                    client.send(b"x" * 1_000_000)
            except ConnectionError:
                pass
            answer = client.answer()
            self.assertEqual((answer.status, answer.body), (413, b"too large"))

    def test_very_many_very_small_chunks(self):
        client = self.gateway(self.origin(lambda r: ok(r.body))).connect()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n")
        self.assertEqual(client.answer().body, b"x" * 50_000)

    def test_answer_that_runs_while_the_body_is_still_coming(self):
        """Both directions at once, as a streaming call has it."""
        def both(connection):
            connection.head()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while (line := connection.reader.until(b"\r\n")) != b"0\r\n":
                connection.send(line + connection.reader.exactly(int(line, 16) + 2))
            connection.send("0\r\n\r\n")
        client = self.gateway(self.origin(handler=both)).connect()
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.assertEqual(client.head().line, "HTTP/1.1 200 OK")
        for i in range(5):
            client.send(f"2\r\n{i:02}\r\n")
            self.assertEqual(client.reader.exactly(7), f"2\r\n{i:02}\r\n".encode())
        client.send("0\r\n\r\n")
        self.assertEqual(client.reader.exactly(5), b"0\r\n\r\n")


class Methods(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.holder = cls("test_connect_is_501")
        cls.addClassCleanup(cls.holder.doCleanups)
        cls.seen = cls.holder.origin()
        cls.running = cls.holder.gateway(cls.seen)

    def test_connect_is_501(self):
        client = self.running.connect().send("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")
        answer = client.answer()
        self.assertEqual((answer.status, answer.get("Connection")), (501, "close"))
        self.assertTrue(client.is_clean_end())

    def test_trace_is_405(self):
        client = self.running.connect()
        answer = client.get(method="TRACE")
        self.assertEqual(answer.status, 405)
        self.assertNotIn("TRACE", answer.get("Allow"))
        self.assertIn("GET", answer.get("Allow"))
        self.assertEqual(client.get().status, 200)

    def test_options_asterisk(self):
        client = self.running.connect()
        answer = client.get("*", method="OPTIONS")
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertIn("GET", answer.get("Allow"))
        self.assertEqual(client.send("OPTIONS http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n").answer().status, 204)
        self.assertEqual(client.get().status, 200)

    def test_other_options_go_on(self):
        self.assertEqual(self.running.get("/x", method="OPTIONS").body, b"hello")
        self.assertEqual(self.seen.last.line, "OPTIONS /x HTTP/1.1")

    def test_methods_are_case_sensitive(self):
        self.assertEqual(self.running.get("/x", method="get").status, 200)
        self.assertEqual(self.seen.last.line, "get /x HTTP/1.1")

    def test_method_that_is_too_long(self):
        self.assertEqual(self.running.get(method="A" * 65).status, 501)


class Interim(GatewayTest):
    def test_103_is_passed_on(self):
        def hint(connection):
            connection.request()
            connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
            connection.send("HTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\n")
            connection.send(ok())
        client = self.gateway(self.origin(handler=hint)).connect().send(GET)
        links = [client.answer(interim=True) for _ in range(2)]
        self.assertEqual([(a.status, a.get("Link")) for a in links], [(103, "</a.css>"), (103, "</b.css>")])
        self.assertEqual(client.answer(interim=True).body, b"hello")

    def test_103_before_the_answer_is_there(self):
        release = threading.Event()
        def hint(connection):
            connection.request()
            connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
            release.wait(20)
            connection.send(ok())
        client = self.gateway(self.origin(handler=hint)).connect().send(GET)
        self.assertEqual(client.answer(interim=True).status, 103)
        release.set()
        self.assertEqual(client.answer().body, b"hello")

    def test_103_is_not_for_http_1_0(self):
        def hint(connection):
            connection.request()
            connection.send(b"HTTP/1.1 103 Early Hints\r\n\r\n" + ok())
        client = self.gateway(self.origin(handler=hint)).connect().send("GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(client.answer(interim=True).status, 200)

    def test_100_of_an_upstream_that_nobody_asked_for(self):
        def hint(connection):
            connection.request()
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n" + ok())
        client = self.gateway(self.origin(handler=hint)).connect().send(GET)
        self.assertEqual(client.answer().body, b"hello")

    EXPECTING = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"

    def test_expect_is_forwarded_and_the_100_comes_back(self):
        told = threading.Event()
        def careful(connection):
            request = connection.head()
            told.wait(20)
            connection.send("HTTP/1.1 100 Continue\r\n\r\n")
            connection.body(request)
            connection.send(ok(request.body))
        origin = self.origin(handler=careful)
        client = self.gateway(origin).connect().send(self.EXPECTING)
        origin.wait_for(1)
        self.assertEqual(origin.last.get("Expect"), "100-continue")
        client.sock.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            client.sock.recv(1)
        client.sock.settimeout(20)
        told.set()
        self.assertEqual(client.answer(interim=True).status, 100)
        client.send("hello")
        self.assertEqual(client.answer(interim=True).body, b"hello")

    def test_expect_refused_by_the_upstream(self):
        def refuse(connection):
            connection.head()
            connection.send(ok("too large", status="413 Content Too Large"))
            connection.wait_for_end()
        client = self.gateway(self.origin(handler=refuse)).connect().send(self.EXPECTING)
        answer = client.answer(interim=True)
        self.assertEqual((answer.status, answer.body), (413, b"too large"))
        self.assertTrue(client.is_clean_end())

    def test_expect_is_dropped_when_the_body_is_here(self):
        origin = self.origin(lambda r: ok(r.body))
        client = self.gateway(origin).connect().send(self.EXPECTING + "hello")
        answer = client.answer(interim=True)
        self.assertEqual((answer.status, answer.body), (200, b"hello"))
        self.assertIsNone(origin.last.get("Expect"))

    def test_patience_ends_after_a_second(self):
        def deaf(connection):
            request = connection.head()
            connection.body(request)
            connection.send(ok(request.body))
        client = self.gateway(self.origin(handler=deaf)).connect()
        began = time.monotonic()
        client.send(self.EXPECTING)
        self.assertEqual(client.answer(interim=True).status, 100)
        self.assertGreater(time.monotonic() - began, 0.9)
        client.send("hello")
        self.assertEqual(client.answer(interim=True).body, b"hello")

    def test_a_client_that_does_not_wait(self):
        origin = self.origin(lambda r: ok(r.body))
        client = self.gateway(origin).connect().send(self.EXPECTING)
        origin.wait_for(1)
        client.send("hello")
        self.assertEqual(client.answer().body, b"hello")

    def test_unknown_expectation_is_417(self):
        gateway = self.gateway(self.origin())
        self.assertEqual(gateway.get("/", "Expect: more\r\n").status, 417)

    def test_expect_on_a_local_answer(self):
        gateway = self.gateway(routes={"ping": {"match": "/**", "respond": {"status": 403, "body": "no"}}})
        client = gateway.connect().send(self.EXPECTING)
        answer = client.answer(interim=True)
        self.assertEqual((answer.status, answer.get("Connection")), (403, "close"))


class Upgrades(GatewayTest):
    ASK = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"
    SWITCH = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: y\r\n\r\n"

    def tunnel(self, connection, first=b""):
        connection.head()
        connection.send(self.SWITCH.encode() + first)
        while data := connection.reader.buffer or connection.sock.recv(65536):
            connection.reader.buffer = b""
            connection.send(data.upper())

    def test_tunnel(self):
        origin = self.origin(handler=self.tunnel)
        client = self.gateway(origin).connect().send(self.ASK)
        answer = client.answer()
        self.assertEqual((answer.status, answer.get("Upgrade"), answer.get("Sec-WebSocket-Accept")),
                         (101, "websocket", "y"))
        self.assertEqual(answer.get("Connection").lower(), "upgrade")
        self.assertEqual((origin.last.get("Connection").lower(), origin.last.get("Upgrade"),
                          origin.last.get("Sec-WebSocket-Key")), ("upgrade", "websocket", "x"))
        for word in (b"one", b"two", b"\x81\x00\xff" * 1000):
            client.send(word)
            self.assertEqual(client.reader.exactly(len(word)), word.upper())

    def test_bytes_that_arrive_with_the_handshake(self):
        origin = self.origin(handler=lambda c: self.tunnel(c, b"welcome"))
        client = self.gateway(origin).connect().send(self.ASK.encode() + b"early")
        self.assertEqual(client.answer().status, 101)
        self.assertEqual(client.reader.exactly(12), b"welcomeEARLY")

    def test_ends_are_passed_on(self):
        origin = self.origin(handler=self.tunnel)
        client = self.gateway(origin).connect().send(self.ASK)
        self.assertEqual(client.answer().status, 101)
        client.send("bye").half_close()
        self.assertEqual(client.reader.rest(), b"BYE")

    def test_end_of_the_upstream_is_passed_on(self):
        def leave(connection):
            connection.head()
            connection.send(self.SWITCH.encode() + b"bye")
        client = self.gateway(self.origin(handler=leave)).connect().send(self.ASK)
        self.assertEqual(client.answer().status, 101)
        self.assertEqual(client.reader.rest(), b"bye")

    def test_much_data_both_ways(self):
        size = 4 << 20
        client = self.gateway(self.origin(handler=self.tunnel)).connect().send(self.ASK)
        self.assertEqual(client.answer().status, 101)
        sender = threading.Thread(target=client.send, args=(b"a" * size,))
        sender.start()
        self.assertTrue(client.reader.exactly(size) == b"A" * size)
        sender.join()

    def test_no_tunnel_without_101(self):
        """What was sent behind the handshake is the next request, not a tunnel's."""
        origin = self.origin(lambda r: ok(r.target))
        client = self.gateway(origin).connect()
        client.send(self.ASK + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual([client.answer().body, client.answer().body], [b"/chat", b"/next"])
        self.assertEqual(origin.last.get("X-Forwarded-For"), "127.0.0.1")

    def test_refused_upgrade_then_smuggled_bytes_are_judged(self):
        origin = self.origin(lambda r: ok(r.target))
        client = self.gateway(origin).connect()
        client.send(self.ASK + "GET /next HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        self.assertEqual(client.answer().status, 200)
        self.assertEqual(client.answer().status, 400)
        self.assertEqual(origin.targets(), ["/chat"])

    def test_101_that_nobody_asked_for_is_502(self):
        origin = self.origin(handler=lambda c: (c.head(), c.send(self.SWITCH), c.wait_for_end()))
        self.assertEqual(self.gateway(origin).get().status, 502)

    def test_upgrade_without_connection_is_stripped(self):
        origin = self.origin()
        self.gateway(origin).get("/", "Upgrade: websocket\r\n")
        self.assertIsNone(origin.last.get("Upgrade"))

    def test_h2c_is_stripped(self):
        origin = self.origin()
        gateway = self.gateway(origin)
        for fields in ("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
                       "Connection: upgrade\r\nUpgrade: H2C\r\n", "Connection: upgrade\r\nUpgrade: HTTP/2.0\r\n"):
            with self.subTest(fields):
                self.assertEqual(gateway.get("/", fields).status, 200)
                for name in ("Upgrade", "HTTP2-Settings", "Connection"):
                    self.assertIsNone(origin.last.get(name))

    def test_h2c_next_to_websocket(self):
        origin = self.origin()
        self.gateway(origin).get("/", "Connection: upgrade\r\nUpgrade: h2c, websocket\r\n")
        self.assertEqual(origin.last.get("Upgrade"), "websocket")

    def test_upgrade_with_a_body_is_no_upgrade(self):
        origin = self.origin(lambda r: ok(r.body))
        gateway = self.gateway(origin)
        answer = gateway.exchange("POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                                  "Content-Length: 3\r\n\r\nabc")
        self.assertEqual(answer.body, b"abc")
        self.assertIsNone(origin.last.get("Upgrade"))

    def test_http_1_0_cannot_upgrade(self):
        origin = self.origin()
        self.gateway(origin).exchange("GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        self.assertIsNone(origin.last.get("Upgrade"))

    def test_tunnel_time_out(self):
        gateway = self.gateway(self.origin(handler=self.tunnel), route={"timeouts": {"tunnel": "200ms"}})
        client = gateway.connect().send(self.ASK)
        self.assertEqual(client.answer().status, 101)
        self.assertTrue(client.is_closed())

    def test_tunnel_outlives_the_other_deadlines(self):
        gateway = self.gateway(self.origin(handler=self.tunnel), listener={"timeouts": {"idle": "200ms", "body": "200ms", "head": "200ms"}},
                               route={"timeout": "200ms", "timeouts": {"idle": "200ms", "total": "300ms"}})
        client = gateway.connect().send(self.ASK)
        self.assertEqual(client.answer().status, 101)
        client.sock.settimeout(0.8)
        with self.assertRaises(TimeoutError):
            client.sock.recv(1)
        client.sock.settimeout(20)
        client.send("still here")
        self.assertEqual(client.reader.exactly(10), b"STILL HERE")


if __name__ == "__main__":
    import unittest
    unittest.main()
