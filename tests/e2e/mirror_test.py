"""Copies of requests: config/mirror.yaml in front of real servers, one of which is stopped, slow or gone."""
import signal
import statistics
import subprocess
import time

from kit import Client, GatewayTest, Port, binary, ok


class Mirror(GatewayTest):
    def setUp(self):
        self.main, self.shadow = self.origin(ok("main")), self.origin(ok("shadow"))
        self.gw = self.example("mirror", self.main, UPSTREAM_NEXT=self.shadow.url)

    def results(self, route="orders"):
        kinds = ("well", "badly", "too_large", "too_many", "cut")
        counted = {k: int(self.gw.metric("sluice_mirror_requests_total", route=route, result=k)) for k in kinds}
        return {k: n for k, n in counted.items() if n}

    def wait_for(self, route="orders", **results):
        self.gw.eventually(lambda: self.results(route) == results, f"{results} of {route}, not {self.results(route)}")


class Copies(Mirror):
    def test_both_are_asked_the_same(self):
        self.assertEqual(self.gw.get("/orders/7?a=1", "X-Tenant: north\r\n").body, b"main")
        self.shadow.wait_for(1)
        for field in ("Host", "X-Tenant", "Via", "X-Forwarded-For", "X-Request-ID", "Forwarded"):
            self.assertEqual(self.shadow.last.get(field), self.main.last.get(field), field)
        self.assertEqual((self.shadow.last.method, self.shadow.last.target), ("GET", "/orders/7?a=1"))
        self.wait_for(well=1)

    def test_without_credentials_unless_they_may_go(self):
        fields = "Authorization: Bearer secret\r\nCookie: session=secret\r\n"
        self.gw.get("/orders/7", fields)
        self.shadow.wait_for(1)
        self.assertNotIn(b"secret", self.shadow.last.raw)
        self.assertIn(b"secret", self.main.last.raw)
        self.gw.exchange(f"POST /search HTTP/1.1\r\nHost: a\r\n{fields}Content-Length: 2\r\n\r\n{{}}")
        self.shadow.wait_for(2)
        self.assertEqual(self.shadow.last.get("Authorization"), "Bearer secret")
        self.assertEqual(self.shadow.last.get("Cookie"), "session=secret")

    def test_what_changes_something_is_copied_only_where_its_method_is_named(self):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            self.gw.exchange(f"{method} /orders/7 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{{}}", method=method)
        self.gw.get("/orders/8")
        self.shadow.wait_for(1)
        self.wait_for(well=1)
        self.assertEqual(self.shadow.targets(), ["/orders/8"])

    def test_a_body_is_copied_whole_or_not_at_all(self):
        def search(body):
            chunked = "".join(f"{len(body[i:i + 100]):x}\r\n{body[i:i + 100]}\r\n" for i in range(0, len(body), 100))
            self.gw.exchange(f"POST /search HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}0\r\n\r\n")
            self.gw.exchange(f"POST /search HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        search("a" * 1024)
        self.wait_for("search", well=2)
        self.assertEqual([r.body for r in self.shadow.requests], [b"a" * 1024] * 2)
        search("a" * 1025)
        self.wait_for("search", well=2, too_large=2)
        self.assertEqual([len(r.body) for r in self.main.requests], [1024, 1024, 1025, 1025])
        self.assertEqual(len(self.shadow.requests), 2)

    def test_a_share(self):
        with self.gw.connect() as client:
            for i in range(600):
                client.get(f"/reports/{i}")
        self.gw.eventually(lambda: self.gw.metric("sluice_mirror_in_flight", route="reports") == 0, "all are done")
        self.assertTrue(25 <= len(self.shadow.requests) <= 110, len(self.shadow.requests))

    def test_its_answer_is_nobodys(self):
        self.shadow.answer = ok("no", "Set-Cookie: a=b", status="500 Oops")
        for _ in range(20):
            answer = self.gw.get("/orders/7")
            self.assertEqual((answer.status, answer.body, answer.get("Set-Cookie")), (200, b"main", None))
        self.wait_for(badly=20)
        self.gw.logged(20, route="orders")
        self.assertEqual(len(self.gw.log_lines()), 20, "copies have no access record")
        self.assertEqual(self.gw.metric("sluice_upstream_requests_total", upstream="orders"), 20)
        self.assertEqual(self.gw.metric("sluice_upstream_requests_total", upstream="orders-next"), 0)

    def test_one_that_is_gone_costs_nobody_anything(self):
        self.shadow.close()
        for _ in range(20):
            self.assertEqual(self.gw.get("/orders/7").body, b"main")
        self.wait_for(badly=20)

    def test_it_goes_on_when_its_client_has_left(self):
        self.main.answer = lambda request: time.sleep(0.2) or ok("late")
        self.shadow.answer = lambda request: time.sleep(0.3) or ok("later")
        client = self.gw.connect()
        client.send("GET /orders/7 HTTP/1.1\r\nHost: a\r\n\r\n")
        self.shadow.wait_for(1)
        client.reset()
        self.wait_for(well=1)


class Stopped(GatewayTest):
    """The mirror is a process that is stopped: it takes connections, and never says a word."""

    def setUp(self):
        self.port = Port()
        self.echo = subprocess.Popen([binary(), "echo", "--bind", str(self.port)], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        self.addCleanup(self.end_echo)

        def answers():
            try:
                with Client(("127.0.0.1", self.port.number), 5) as client:
                    return client.get("/healthz").status == 200
            except OSError:
                return False
        self.main = self.origin(ok("main"))
        self.gw = self.example("mirror", self.main, UPSTREAM_NEXT=f"http://{self.port}")
        self.gw.eventually(answers, "the mirror answers")

    def end_echo(self):
        self.echo.send_signal(signal.SIGKILL)
        self.echo.wait()
        self.port.close()

    def asked(self, count):
        """How long each of so many requests took, sorted."""
        took = []
        with self.gw.connect() as client:
            for _ in range(count):
                began = time.monotonic()
                self.assertEqual(client.get("/orders/7").body, b"main")
                took.append(time.monotonic() - began)
        return sorted(took)

    def count(self, result):
        return self.gw.metric("sluice_mirror_requests_total", route="orders", result=result)

    def test_it_slows_nobody_down(self):
        healthy = self.asked(300)
        self.gw.eventually(lambda: self.count("well") + self.count("too_many") == 300, "all copies were answered")
        self.echo.send_signal(signal.SIGSTOP)
        stopped = self.asked(300)
        # Anybody who waited for it would wait for the route's 5 s.
        self.assertLess(stopped[-1], 1, "the slowest of them")
        self.assertLess(statistics.median(stopped), 4 * statistics.median(healthy) + 0.005)
        self.assertLessEqual(self.gw.metric("sluice_mirror_in_flight", route="orders"), 100)
        self.assertGreaterEqual(self.count("too_many"), 200)
        self.gw.eventually(lambda: self.gw.metric("sluice_mirror_in_flight", route="orders") == 0,
                           "they are given up after the route's time-out", 20)
        self.assertGreaterEqual(self.count("badly"), 1)

    def test_a_drain_waits_a_second_for_it(self):
        self.echo.send_signal(signal.SIGSTOP)
        self.asked(3)
        began = time.monotonic()
        self.gw.signal(signal.SIGTERM)
        self.assertEqual(self.gw.wait_for_exit(), 0)
        self.assertLess(time.monotonic() - began, 4, "and not for drain.finish, nor for the route's time-out")
