"""Retries, hedges and time-outs: config/retry.yaml in front of real processes that are killed and stopped, and of
origins that fail in every other way."""
import json
import signal
import threading
import time

from kit import Client, GatewayTest, eventually, ok
from kit.echo import Echo


class Load:
    """Clients that ask all the time, half of them on new connections, and note what they got."""

    def __init__(self, gateway, clients=6, target="/load"):
        self.gateway = gateway
        self.target = target
        self.answers = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._ask, args=(i % 2 == 0,)) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def _ask(self, keeps):
        client = None
        while not self.stopping.is_set():
            began = time.monotonic()
            try:
                client = client or Client(("127.0.0.1", self.gateway.port()))
                got = client.get(self.target).status
            except Exception as e:  # whatever it is, it is a request that failed
                got, client = repr(e), None
            self.answers.append((got, time.monotonic() - began))
            if client and not keeps:
                client.close()
                client = None
        if client:
            client.close()

    def more(self, count):
        so_far = len(self.answers)
        eventually(lambda: len(self.answers) >= so_far + count, f"{count} more answers", 60)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
        return [got for got, _ in self.answers]


class RealProcesses(GatewayTest):
    def setUp(self):
        self.echoes = []
        for name in "abc":
            self.echoes.append(Echo(name))
            self.addCleanup(self.echoes[-1].close)
        self.sluice = self.example("retry", self.echoes[0], UPSTREAM_2=self.echoes[1].url,
                                   UPSTREAM_3=self.echoes[2].url)

    def under_load(self, hurt, before=300, after=600):
        load = Load(self.sluice)
        try:
            load.more(before)
            hurt()
            load.more(after)
        finally:
            got = load.stop()
        return got

    def test_one_of_three_is_killed_and_no_request_fails(self):
        got = self.under_load(lambda: self.echoes[0].signal(signal.SIGKILL))
        self.assertEqual([g for g in got if g != 200], [])
        self.assertGreater(self.sluice.metric("sluice_upstream_retries_total", upstream="app"), 0)

    def test_one_of_three_is_stopped_and_its_share_is_answered_by_others_in_time(self):
        self.addCleanup(self.echoes[1].signal, signal.SIGCONT)
        got = self.under_load(lambda: self.echoes[1].signal(signal.SIGSTOP), 300, 60)
        self.assertEqual([g for g in got if g != 200], [])
        self.assertGreater(self.sluice.metric("sluice_upstream_retries_total", upstream="app", reason="timeout"), 0)
        tried = [line for line in self.sluice.log_lines() if "tries" in line]
        self.assertTrue(tried)
        self.assertTrue(all(line["tries"][0] == f"{self.echoes[1].port}:per_try_timeout" for line in tried), tried[0])

    def test_each_in_turn_is_killed_and_comes_back(self):
        load = Load(self.sluice)
        try:
            for echo in self.echoes:
                load.more(100)
                echo.signal(signal.SIGKILL)
                echo.process.wait(20)
                load.more(100)
                echo.start()
        finally:
            got = load.stop()
        self.assertEqual([g for g in got if g != 200], [])

    def test_all_are_killed_and_the_502_says_so_in_the_log(self):
        for echo in self.echoes:
            echo.signal(signal.SIGKILL)
            echo.process.wait(20)
        self.assertEqual(self.sluice.get().status, 502)
        line = self.sluice.logged(status=502)
        self.assertEqual((line["attempts"], len(line["tries"])), (3, 2))
        self.assertEqual(line["flags"], "UF,URX")


class Villains(GatewayTest):
    """The first endpoint that is asked is a villain; the other two are not."""

    def behind(self, handler, **more):
        self.calls = 0
        lock = threading.Lock()

        def first(connection):
            with lock:
                self.calls += 1
                villain = self.calls == 1
            if villain:
                return handler(connection)
            return connection.origin._serve(connection)
        self.origins = [self.origin(lambda r: ok(r.body or b"hello"), handler=first) for _ in range(3)]
        gateway = self.example("retry", self.origins[0], UPSTREAM_2=self.origins[1].url,
                               UPSTREAM_3=self.origins[2].url, **more)
        return gateway

    def seen(self):
        return sum(len(o.requests) for o in self.origins)

    def test_every_way_to_fail_before_an_answer(self):
        villains = {
            "closes": lambda c: c.head(),
            "resets": lambda c: (c.head(), c.reset()),
            "says garbage": lambda c: (c.head(), c.send(b"\x00\x01 nonsense\r\n\r\n")),
            "ends within the head": lambda c: (c.head(), c.send("HTTP/1.1 200 OK\r\nConte")),
            "stalls": lambda c: (c.head(), c.wait_for_end()),
            "stalls within the head": lambda c: (c.head(), c.send("HTTP/1.1 200"), c.wait_for_end()),
            "answers 500": lambda c: (c.head(), c.send(ok("bad", status="500 Oops")), c.wait_for_end()),
            "answers 503 and never ends": lambda c: (
                c.head(), c.send("HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\nx"), c.wait_for_end()),
        }
        for name, villain in villains.items():
            with self.subTest(name):
                gateway = self.behind(villain)
                answer = gateway.get("/a")
                self.assertEqual((answer.status, answer.body), (200, b"hello"))
                line = gateway.logged(status=200)
                self.assertEqual((line["attempts"], len(line["tries"])), (2, 1))
                self.assertEqual(self.seen(), 2)

    def test_an_answer_that_began_is_cut_off_and_not_repeated(self):
        gateway = self.behind(lambda c: (c.head(), c.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel")))
        client = gateway.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(client.head().line, "HTTP/1.1 200 OK")
        self.assertEqual(client.reader.rest(), b"hel")
        self.assertEqual(self.seen(), 1)

    POST = "POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\norder"

    def test_a_post_is_not_repeated(self):
        gateway = self.behind(lambda c: (c.request(), c.reset()))
        self.assertEqual(gateway.exchange(self.POST.format("/a")).status, 502)
        self.assertEqual(self.seen(), 1)

    def test_a_post_that_is_named_is_repeated_for_what_is_named(self):
        gateway = self.behind(lambda c: (c.request(), c.send(ok("no", status="503 No"))))
        answer = gateway.exchange(self.POST.format("/orders"))
        self.assertEqual((answer.status, answer.body), (200, b"order"))
        self.assertEqual(self.seen(), 2)
        gateway = self.behind(lambda c: (c.request(), c.reset()))
        self.assertEqual(gateway.exchange(self.POST.format("/orders")).status, 502)
        self.assertEqual(self.seen(), 1)

    def test_a_body_that_is_too_long_to_hold_is_sent_once(self):
        gateway = self.behind(lambda c: (c.request(), c.send(ok("no", status="503 No"))))
        body = "x" * 20_000
        answer = gateway.exchange(f"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        self.assertEqual(answer.status, 503)
        self.assertEqual(self.seen(), 1)

    def test_a_hedge_answers_for_the_one_that_is_slow(self):
        gateway = self.behind(lambda c: (c.head(), c.wait_for_end()))
        began = time.monotonic()
        self.assertEqual(gateway.get("/search").status, 200)
        self.assertLess(time.monotonic() - began, 3)
        self.assertEqual(gateway.metric("sluice_upstream_retries_total", reason="hedge"), 1)
        self.assertEqual(gateway.logged(status=200)["attempts"], 2)


class TimeOuts(GatewayTest):
    def behind(self, handler=None, **route):
        self.source = self.origin(handler=handler or (lambda c: (c.head(), c.wait_for_end())))
        return self.gateway(self.source, route=route, listener={"trusted_proxies": ["127.0.0.1/32"]})

    def reason(self, gateway, fields=""):
        answer = gateway.get("/", fields)
        self.assertEqual(answer.status, 504)
        problem = json.loads(answer.body)
        self.assertEqual(gateway.logged(status=504)["cause"], problem["reason"])
        return problem["reason"]

    def test_each_504_says_which_bound_it_was(self):
        self.assertEqual(self.reason(self.behind(timeout="100ms")), "route_timeout")
        self.assertEqual(self.reason(self.behind(timeouts={"total": "100ms"})), "total_timeout")
        self.assertEqual(self.reason(self.behind(retry={"per_try": "100ms"})), "per_try_timeout")
        self.assertEqual(self.reason(self.behind(deadline="X-Left"), "X-Left: 100\r\n"), "deadline")

    def test_the_example_has_a_short_route(self):
        slow = [self.origin(handler=lambda c: (c.head(), c.wait_for_end())) for _ in range(3)]
        gateway = self.example("retry", slow[0], UPSTREAM_2=slow[1].url, UPSTREAM_3=slow[2].url)
        self.assertEqual(json.loads(gateway.get("/slow").body)["reason"], "route_timeout")

    def test_silence_within_an_answer_is_in_the_log(self):
        gateway = self.behind(lambda c: (c.head(), c.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel"),
                                         c.wait_for_end()), timeouts={"idle": "100ms"})
        client = gateway.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(client.head().line, "HTTP/1.1 200 OK")
        self.assertEqual(client.reader.rest(), b"hel")
        self.assertEqual(gateway.logged(status=200)["cause"], "upstream_idle")

    def test_upstreams_are_told_how_long_is_left(self):
        source = self.origin()
        gateway = self.gateway(source, route={"deadline": "X-Left", "timeout": "2s"},
                               listener={"trusted_proxies": ["127.0.0.1/32"]})
        gateway.get()
        self.assertTrue(1000 < int(source.last.get("X-Left")) <= 2000)
        gateway.get("/", "X-Left: 150\r\n")
        self.assertTrue(0 < int(source.last.get("X-Left")) <= 150)
        gateway.get("/", "X-Left: 9999\r\n")
        self.assertTrue(1000 < int(source.last.get("X-Left")) <= 2000)

    def test_a_stranger_shortens_nothing(self):
        source = self.origin()
        gateway = self.gateway(source, route={"deadline": "X-Left", "timeout": "2s"})
        self.assertEqual(gateway.get("/", "X-Left: 0\r\n").status, 200)
        self.assertGreater(int(source.last.get("X-Left")), 1000)


class Rehearsals(GatewayTest):
    def test_a_share_of_the_requests_fails_on_purpose(self):
        origins = [self.origin() for _ in range(3)]
        gateway = self.example("retry", origins[0], UPSTREAM_2=origins[1].url, UPSTREAM_3=origins[2].url)
        client = gateway.connect()
        got = [client.get("/rehearsal").status for _ in range(200)]
        self.assertEqual(set(got), {200, 503})
        self.assertTrue(60 < got.count(503) < 140, got.count(503))
        self.assertEqual(sum(len(o.requests) for o in origins), got.count(200))
        failed = gateway.logged(got.count(503), status=503, cause="fault_injected")
        self.assertTrue(all("FI" in line["flags"] for line in failed))
        self.assertTrue(any(line.get("flags") == "DI" for line in gateway.logged(got.count(200), status=200)))


class Reloads(GatewayTest):
    def test_a_reload_gives_no_new_budget(self):
        origins = [self.origin(ok("bad", status="503 No")) for _ in range(2)]
        gateway = self.gateway(*origins, route={"retry": {"budget": "0%", "min": 3, "backoff": "0ms"}})
        for _ in range(3):
            gateway.get()
        self.assertEqual(sum(len(o.requests) for o in origins), 6)
        gateway.reload(routes={"all": {"timeout": "4s"}})
        gateway.get()
        self.assertEqual(sum(len(o.requests) for o in origins), 7)
        self.assertEqual(gateway.metric("sluice_upstream_retries_refused_total", upstream="origin"), 1)
        self.assertEqual(gateway.logged(4)[3]["flags"], "URX")
