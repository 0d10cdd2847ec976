"""What becomes of requests when upstreams misbehave."""
import threading
import time

from kit import GatewayTest, Origin, Port, eventually, ok

CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Faults(GatewayTest):
    def behind(self, handler, **options):
        self.source = self.origin(handler=handler)
        return self.gateway(self.source, **options)

    def assert_problem(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.get("Content-Type"), "application/problem+json")
        self.assertIn(f'"status":{status}'.encode(), answer.body)

    # ---- before the answer

    def test_refused(self):
        port = Port()
        self.addCleanup(port.close)
        gateway = self.gateway(f"http://{port}")
        client = gateway.connect()
        self.assert_problem(client.get(), 502)
        line = gateway.logged(status=502)
        self.assertEqual((line["flags"], line["source"], line["upstream"]), ("UF", "gateway", "origin"))
        self.assertEqual(client.get("/again").status, 502)

    def test_unix_socket_that_is_not_there(self):
        gateway = self.gateway("unix:" + self.directory() + "/nobody.sock")
        self.assert_problem(gateway.get(), 502)

    def test_refused_by_one_goes_to_the_other(self):
        port = Port()
        self.addCleanup(port.close)
        origin = self.origin()
        gateway = self.gateway(f"http://{port}", origin, upstream={"balance": "round_robin"})
        for _ in range(6):
            self.assertEqual(gateway.get().status, 200)
        self.assertTrue(any(line["attempts"] == 2 for line in gateway.logged(6)))

    def test_post_goes_to_the_other_too_when_nothing_was_sent(self):
        port = Port()
        self.addCleanup(port.close)
        origin = self.origin(lambda r: ok(r.body))
        gateway = self.gateway(f"http://{port}", origin, upstream={"balance": "round_robin"})
        for _ in range(4):
            answer = gateway.exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            self.assertEqual((answer.status, answer.body), (200, b"abc"))
        self.assertEqual(len(origin.requests), 4)

    def test_connect_time_out(self):
        """A listening socket whose queue is full answers nothing."""
        import socket
        listening = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.addCleanup(listening.close)
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listening.getsockname())
            fillers.append(filler)
            self.addCleanup(filler.close)
        gateway = self.gateway(f"http://127.0.0.1:{listening.getsockname()[1]}",
                               upstream={"connect_timeout": "150ms"}, route={"timeout": "10s"})
        began = time.monotonic()
        answer = gateway.get()
        self.assert_problem(answer, 504)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(gateway.logged(status=504)["flags"], "UF,UT")

    def test_closed_before_the_answer(self):
        gateway = self.behind(lambda c: c.head())
        self.assert_problem(gateway.get(), 502)
        self.assertEqual(gateway.logged(status=502)["flags"], "UC")
        self.assertEqual(len(self.source.requests), 1)

    def test_reset_before_the_answer(self):
        gateway = self.behind(lambda c: (c.head(), c.reset()))
        self.assert_problem(gateway.get(), 502)
        self.assertEqual(gateway.logged(status=502)["flags"], "UC")
        self.assertEqual(len(self.source.requests), 1)

    def test_head_that_ends_early(self):
        gateway = self.behind(lambda c: (c.head(), c.send("HTTP/1.1 200 OK\r\nContent-Le")))
        self.assert_problem(gateway.get(), 502)

    def test_slow_head_is_504(self):
        gateway = self.behind(lambda c: (c.head(), c.wait_for_end()), route={"timeout": "150ms"})
        client = gateway.connect()
        began = time.monotonic()
        self.assert_problem(client.get(), 504)
        self.assertGreater(time.monotonic() - began, 0.14)
        self.assertIn("UT", gateway.logged(status=504)["flags"])
        self.assertEqual(client.get("/2").status, 504)

    def test_head_that_trickles_is_504(self):
        def trickle(connection):
            connection.head()
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200:
                connection.send(bytes([byte]))
                time.sleep(0.01)
        gateway = self.behind(trickle, route={"timeout": "200ms"})
        self.assert_problem(gateway.get(), 504)

    BROKEN_ANSWERS = {
        "garbage": b"\x00\x01\x02\x03 nonsense\r\n\r\n",
        "another protocol": b"SSH-2.0-OpenSSH\r\n\r\n",
        "http/0.9": b"<html>hello</html>\r\n\r\n",
        "wrong version": b"HTTP/2.0 200 OK\r\n\r\n",
        "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        "status of four digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        "status that is no number": b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
        "status below 100": b"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
        "bare lf": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "bare lf after a field": b"HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
        "bare cr": b"HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n",
        "nul": b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
        "control character": b"HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n",
        "obs-fold": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        "space before the colon": b"HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n",
        "line without a colon": b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n",
        "empty name": b"HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 0\r\n\r\n",
        "length twice": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "length disagrees": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "length as a list": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
        "length with a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
        "length overflows": b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\nhello",
        "length and transfer-encoding": CHUNKED.encode()[:-2] + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
        "transfer-encoding gzip": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        "transfer-encoding gzip, chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding twice": CHUNKED.encode()[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding on http/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "head that is huge": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2_000_000 + b"\r\n\r\n",
        "fields without number": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
    }

    def test_broken_answers_are_502_and_their_connection_is_never_used_again(self):
        current, used_again = {}, []
        def say(connection):
            while connection.request():
                raw = current["answer"]
                connection.send(raw)
                if raw != ok() and connection.request():
                    used_again.append(raw)
        gateway = self.behind(say)
        for name, raw in self.BROKEN_ANSWERS.items():
            with self.subTest(name):
                current["answer"] = raw
                self.assert_problem(gateway.get(), 502)
                current["answer"] = ok()
                for _ in range(4):
                    self.assertEqual(gateway.get().status, 200)
        self.assertEqual(used_again, [])
        self.assertIn("UPE", {line.get("flags") for line in gateway.logged(10, status=502)})

    def test_stray_bytes_behind_an_answer(self):
        """Response splitting upstream: what was not asked for answers nobody."""
        gateway = self.behind(lambda c: [c.send(ok(r.target) + ok("stray")) for r in iter(c.request, None)])
        client = gateway.connect()
        for i in range(5):
            self.assertEqual(client.get(f"/{i}").body, f"/{i}".encode())
        self.assertEqual(self.source.accepted, 5)

    def test_stray_bytes_on_an_idle_connection(self):
        said = threading.Event()
        def say(connection):
            connection.request()
            connection.send(ok())
            said.wait(20)
            connection.send(ok("stray"))
            connection.wait_for_end()
        gateway = self.behind(say)
        self.assertEqual(gateway.get().status, 200)
        said.set()
        eventually(lambda: gateway.endpoint()["connections"] == 0, "the connection is given up")
        self.assertEqual(gateway.get().body, b"hello")
        self.assertEqual(self.source.accepted, 2)

    # ---- in the body

    def truncated(self, raw, end="close", request="GET / HTTP/1.1\r\nHost: a\r\n\r\n", **options):
        def say(connection):
            connection.head()
            connection.send(raw)
            {"close": connection.close, "reset": connection.reset, "stall": connection.wait_for_end}[end]()
        gateway = self.behind(say, **options)
        client = gateway.connect().send(request)
        self.assertEqual(client.head().line, "HTTP/1.1 200 OK")
        try:
            rest = client.reader.rest()
        except ConnectionResetError:
            rest = b"reset"
        self.line = gateway.logged()
        return rest

    def test_body_that_ends_early_is_cut(self):
        rest = self.truncated("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")
        self.assertIn(rest, (b"hello", b"reset"))
        self.assertEqual((self.line["status"], self.line["flags"]), (200, "UC"))

    def test_chunked_body_that_ends_early_is_cut(self):
        rest = self.truncated(CHUNKED + "5\r\nhello\r\n")
        self.assertFalse(rest.endswith(b"0\r\n\r\n"))

    def test_body_reset_is_cut(self):
        rest = self.truncated("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello", "reset")
        self.assertIn(rest, (b"hello", b"", b"reset"))

    def test_broken_chunks_are_cut(self):
        for body in ("5\r\nhello\r\nxyz\r\n", "+5\r\nhello\r\n0\r\n\r\n", "5\r\nhelloo\r\n0\r\n\r\n", "0\r\nX : a\r\n\r\n"):
            with self.subTest(body):
                self.assertFalse(self.truncated(CHUNKED + body, "stall").endswith(b"0\r\n\r\n"))
                self.assertIn("UPE", self.line["flags"])

    def test_until_close_for_http_1_0_that_breaks_is_a_reset(self):
        rest = self.truncated(CHUNKED + "5\r\nhello\r\n", "reset", "GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(rest, b"reset")

    def test_slow_body_ends_at_the_idle_time_out(self):
        rest = self.truncated("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello", "stall",
                              route={"timeouts": {"idle": "150ms"}})
        self.assertIn(rest, (b"hello", b"reset"))
        self.assertEqual((self.line["flags"], self.line["cause"]), ("UT", "upstream_idle"))

    def test_total_time_out(self):
        def trickle(connection):
            connection.head()
            connection.send(CHUNKED)
            for _ in range(1000):
                connection.send("1\r\nx\r\n")
                time.sleep(0.02)
        gateway = self.behind(trickle, route={"timeouts": {"idle": "10s", "total": "300ms"}})
        client = gateway.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        client.head()
        try:
            self.assertFalse(client.reader.rest().endswith(b"0\r\n\r\n"))
        except ConnectionResetError:
            pass
        self.assertEqual(gateway.logged()["cause"], "total_timeout")

    def test_slow_but_steady_body_is_no_time_out(self):
        def steady(connection):
            connection.head()
            connection.send(CHUNKED)
            for _ in range(8):
                connection.send("1\r\nx\r\n")
                time.sleep(0.1)
            connection.send("0\r\n\r\n")
        gateway = self.behind(steady, route={"timeout": "300ms", "timeouts": {"idle": "400ms"}})
        self.assertEqual(gateway.get().body, b"x" * 8)

    # ---- connections that are used again

    def reused(self, method, broken, body=""):
        """A first request that goes well; the second one's connection breaks while it is on its way."""
        def say(connection):
            if connection.number > 1:
                return connection.origin._serve(connection)
            connection.request()
            connection.send(ok())
            connection.request()
            broken(connection)
        gateway = self.behind(say)
        client = gateway.connect()
        self.assertEqual(client.get("/first").status, 200)
        fields = f"Content-Length: {len(body)}\r\n" if body else ""
        client.send(f"{method} /second HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
        return client.answer()

    def test_one_free_retry_for_get(self):
        self.assertEqual(self.reused("GET", lambda c: c.close()).status, 200)
        self.assertEqual(self.source.targets(), ["/first", "/second", "/second"])

    def test_one_free_retry_after_a_reset(self):
        self.assertEqual(self.reused("GET", lambda c: c.reset()).status, 200)

    def test_free_retry_for_put_with_a_small_body(self):
        self.assertEqual(self.reused("PUT", lambda c: c.close(), "abc").status, 200)
        self.assertEqual(self.source.last.body, b"abc")

    def test_no_retry_for_a_post_that_was_sent(self):
        self.assertEqual(self.reused("POST", lambda c: c.close(), "abc").status, 502)
        self.assertEqual(self.source.targets(), ["/first", "/second"])

    def test_no_retry_for_patch(self):
        self.assertEqual(self.reused("PATCH", lambda c: c.reset(), "abc").status, 502)
        self.assertEqual(self.source.targets(), ["/first", "/second"])

    def test_no_retry_once_a_byte_of_the_answer_came(self):
        answer = self.reused("GET", lambda c: (c.send("HTTP/1.1 2"), c.close()))
        self.assertEqual(answer.status, 502)
        self.assertEqual(self.source.targets(), ["/first", "/second"])

    def test_the_retry_is_free_only_once(self):
        def say(connection):
            connection.request()
            if connection.number <= 2:
                connection.send(ok())
                connection.request()
            connection.close()
        gateway = self.behind(say, workers=1)
        clients = [gateway.connect() for _ in range(2)]
        for client in clients:
            client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
        for client in clients:
            client.answer()
        answer = clients[0].get("/second")
        self.assertEqual(answer.status, 502)
        self.assertLessEqual(self.source.targets().count("/second"), 2)

    def test_a_connection_closed_while_idle_is_not_used(self):
        def once(connection):
            connection.request()
            connection.send(ok())
        gateway = self.behind(once)
        client = gateway.connect()
        for i in range(20):
            answer = client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx").answer()
            self.assertEqual(answer.status, 200)
            eventually(lambda: gateway.endpoint()["connections"] == 0, "the end is seen")

    def test_connection_close_of_the_upstream_is_obeyed(self):
        gateway = self.behind(lambda c: [c.send(ok("hello", "Connection: close")) for _ in iter(c.request, None)])
        client = gateway.connect()
        for _ in range(3):
            self.assertIsNone(client.get().get("Connection"))
        self.assertEqual(self.source.accepted, 3)

    def test_an_answer_that_is_left_unread_spoils_the_connection(self):
        """The client goes away in the middle; the next one must not see the rest."""
        def long(connection):
            while request := connection.request():
                if request.target == "/long":
                    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 100000)
                    connection.wait_for_end()
                    return
                connection.send(ok())
        gateway = self.behind(long)
        client = gateway.connect().send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        client.head()
        client.reset()
        line = gateway.logged()
        self.assertIn("DC", line["flags"])
        eventually(lambda: gateway.endpoint()["connections"] == 0, "the upstream's connection is closed")
        self.assertEqual(gateway.get().body, b"hello")
        self.assertEqual(self.source.accepted, 2)

    def test_client_that_leaves_before_the_answer_is_499(self):
        gateway = self.behind(lambda c: (c.head(), c.wait_for_end()), route={"timeout": "20s"})
        client = gateway.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.source.wait_for(1)
        client.reset()
        line = gateway.logged(status=499)
        self.assertEqual(line["flags"], "DC")
        self.assertEqual(gateway.metric("sluice_requests_total", code="499"), 1)
        eventually(lambda: gateway.endpoint()["connections"] == 0, "the upstream's connection is closed")

    def test_idle_connections_are_closed_in_time(self):
        gateway = self.behind(None, upstream={"pool": {"idle_timeout": "100ms"}})
        self.assertEqual(gateway.get().status, 200)
        self.assertEqual(self.source.accepted, 1)
        eventually(lambda: gateway.endpoint()["connections"] == 0, "the idle connection is closed")

    def test_max_idle_zero_keeps_nothing(self):
        gateway = self.behind(None, upstream={"pool": {"max_idle": 0}})
        client = gateway.connect()
        for _ in range(3):
            client.get()
        self.assertEqual(self.source.accepted, 3)

    def test_max_connections(self):
        release = threading.Event()
        def hold(connection):
            for _ in iter(connection.request, None):
                release.wait(20)
                connection.send(ok())
        gateway = self.behind(hold, upstream={"pool": {"max_connections": 2}}, route={"timeout": "20s"}, workers=1)
        held = [gateway.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(2)]
        self.source.wait_for(2)
        answer = gateway.get()
        self.assert_problem(answer, 503)
        self.assertIsNotNone(answer.get("Retry-After"))
        self.assertEqual(gateway.logged(status=503)["flags"], "UO")
        release.set()
        self.assertEqual([c.answer().status for c in held], [200, 200])
        self.assertEqual(gateway.get().status, 200)
        self.assertEqual(self.source.accepted, 2)

    def test_idle_connections_of_one_worker_do_not_starve_another(self):
        gateway = self.behind(None, upstream={"pool": {"max_connections": 1}}, workers=4)
        self.assertEqual([gateway.get().status for _ in range(20)], [200] * 20)


class Health(GatewayTest):
    CHECK = {"path": "/healthz", "interval": "150ms", "timeout": "150ms", "rise": 2, "fall": 2}

    def checked(self, port):
        """An origin whose checks pass while `self.well`."""
        def answer(request):
            if request.target == "/healthz":
                return ok(status="200 OK" if self.well else "503 Service Unavailable")
            return ok("served")
        self.well = True
        origin = Origin(answer, port=port)
        self.addCleanup(origin.close)
        return origin

    def test_all_unhealthy_is_503_at_once(self):
        port = Port()
        self.addCleanup(port.close)
        gateway = self.gateway(f"http://{port}", upstream={"health": self.CHECK})
        eventually(lambda: not gateway.endpoint()["healthy"], "the endpoint is found unhealthy")
        before = gateway.metric("sluice_upstream_requests_total")
        began = time.monotonic()
        answer = gateway.get()
        self.assertLess(time.monotonic() - began, 2)
        self.assertEqual((answer.status, answer.get("Retry-After")), (503, "1"))
        self.assertEqual(gateway.logged(status=503)["flags"], "UH")
        self.assertEqual(gateway.metric("sluice_endpoint_healthy", upstream="origin"), 0)
        self.assertEqual(gateway.metric("sluice_upstream_requests_total"), before)

    def test_an_endpoint_leaves_and_returns(self):
        port = Port()
        self.addCleanup(port.close)
        flapping = self.checked(port)
        steady = self.origin()
        gateway = self.gateway(flapping, steady, upstream={"health": self.CHECK, "balance": "round_robin"})
        def healthy(expected):
            return lambda: gateway.endpoint()["healthy"] is expected
        for _ in range(2):
            self.well = False
            eventually(healthy(False), "it leaves")
            before = [t for t in flapping.targets() if t != "/healthz"]
            self.assertEqual({gateway.get().body for _ in range(10)}, {b"hello"})
            self.assertEqual([t for t in flapping.targets() if t != "/healthz"], before)
            self.well = True
            eventually(healthy(True), "it returns")
            self.assertEqual({gateway.get().body for _ in range(10)}, {b"hello", b"served"})
        self.assertIn("endpoint.unhealthy", gateway.stderr())
        self.assertIn("endpoint.healthy", gateway.stderr())

    def test_a_process_dies_and_comes_back(self):
        port = Port()
        self.addCleanup(port.close)
        first = self.checked(port)
        gateway = self.gateway(first, upstream={"health": self.CHECK})
        self.assertEqual(gateway.get().body, b"served")
        first.close()
        eventually(lambda: not gateway.endpoint()["healthy"], "it is gone")
        self.assertEqual(gateway.get().status, 503)
        self.checked(port)
        eventually(lambda: gateway.endpoint()["healthy"], "it is back")
        self.assertEqual(gateway.get().body, b"served")

    def test_tcp_checks(self):
        port = Port()
        self.addCleanup(port.close)
        gateway = self.gateway(f"http://{port}", upstream={"health": {
            "type": "tcp", "interval": "100ms", "timeout": "100ms", "rise": 1, "fall": 1}})
        eventually(lambda: not gateway.endpoint()["healthy"], "nobody listens")
        self.checked(port)
        eventually(lambda: gateway.endpoint()["healthy"], "somebody listens")
        self.assertEqual(gateway.get().body, b"served")

    def test_slow_checks_fail(self):
        def slow(connection):
            while request := connection.request():
                if request.target == "/healthz":
                    connection.wait_for_end()
                    return
                connection.send(ok())
        gateway = self.gateway(self.origin(handler=slow), upstream={"health": {**self.CHECK, "timeout": "50ms"}})
        eventually(lambda: not gateway.endpoint()["healthy"], "the checks time out")

    def test_expected_status(self):
        origin = self.origin(lambda r: ok(status="404 Not Found"))
        gateway = self.gateway(origin, upstream={"health": {**self.CHECK, "expect": "404"}})
        origin.wait_for(4)
        self.assertTrue(gateway.endpoint()["healthy"])
        self.assertIn("/healthz", origin.targets())

    def test_no_failures_while_endpoints_flap(self):
        """Constant traffic: an endpoint that announces its leaving loses nothing."""
        ports = [Port() for _ in range(2)]
        for port in ports:
            self.addCleanup(port.close)
        flapping, steady = self.checked(ports[0]), self.origin()
        gateway = self.gateway(flapping, steady, upstream={"health": self.CHECK})
        failures, stop = [], threading.Event()
        def ask():
            with gateway.connect() as client:
                while not stop.is_set():
                    if (status := client.get().status) != 200:
                        failures.append(status)
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for well in (False, True) * 3:
                self.well = well
                eventually(lambda: gateway.endpoint()["healthy"] is well, "the flap is seen")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])

    def test_discovery_by_dns(self):
        origin = self.origin()
        gateway = self.gateway(listener={}, upstreams={"origin": {"discover": {
            "dns": "localhost", "port": origin.port, "refresh": "200ms"}}}, routes={"all": {"match": "/**", "to": "origin"}})
        eventually(lambda: gateway.get().status == 200, "the name is resolved")
        self.assertEqual(gateway.status()["upstreams"]["origin"]["discovery"]["kind"], "dns")


class Balancing(GatewayTest):
    def counts(self, origins):
        return [len(o.requests) for o in origins]

    def test_round_robin_by_weight(self):
        origins = [self.origin(), self.origin()]
        endpoints = [{"url": origins[0].url, "weight": 3}, origins[1].url]
        gateway = self.gateway(*endpoints, upstream={"balance": "round_robin"}, workers=1)
        client = gateway.connect()
        for _ in range(40):
            client.get()
        self.assertEqual(self.counts(origins), [30, 10])

    def test_all_policies_use_all_endpoints(self):
        for balance in ("round_robin", "least_request", "random"):
            with self.subTest(balance):
                origins = [self.origin() for _ in range(3)]
                client = self.gateway(*origins, upstream={"balance": balance}, workers=1).connect()
                for _ in range(100):
                    self.assertEqual(client.get().status, 200)
                self.assertGreater(min(self.counts(origins)), 5)

    def test_least_request_avoids_the_busy_one(self):
        release = threading.Event()
        self.addCleanup(release.set)
        def slow(_):
            release.wait(20)
            return ok("slow")
        busy, free = self.origin(slow), self.origin()
        gateway = self.gateway(busy, free, upstream={"balance": "least_request"}, workers=1, route={"timeout": "30s"})
        waiting = []
        while not busy.requests:
            waiting.append(gateway.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
            eventually(lambda: len(busy.requests) + len(free.requests) >= len(waiting), "it arrives")
        self.assertEqual({gateway.get().body for _ in range(20)}, {b"hello"})
        release.set()


if __name__ == "__main__":
    import unittest
    unittest.main()
