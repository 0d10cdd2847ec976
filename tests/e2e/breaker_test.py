"""Failures stay small: config/outlier.yaml and config/breaker.yaml in front of real upstreams that misbehave."""
import itertools
import os
import signal
import socket
import subprocess
import threading
import time

from kit import GatewayTest, eventually, ok
from kit.gateway import binary
from kit.ports import Port


class Outliers(GatewayTest):
    def pool(self, first):
        """A gateway in front of five, of which the first answers by this function."""
        others = [self.origin() for _ in range(4)]
        names = dict(zip(("SECOND", "THIRD", "FOURTH", "FIFTH"), (o.url for o in others)))
        return self.example("outlier", first, **names)

    def test_one_of_five_that_fails_half_its_requests_is_ejected_and_comes_back(self):
        turn = itertools.count()
        sluice = self.pool(self.origin(
            lambda _: ok(status="500 Broken") if next(turn) % 2 else ok()))
        client = sluice.connect()

        def ejected():
            for _ in range(100):
                client.get("/")
            return "ejected" in sluice.endpoint("app")
        eventually(ejected, "the first is ejected")
        first = sluice.endpoint("app")
        self.assertEqual((first["ejected"]["reason"], first["available"], first["healthy"]),
                         ("success_rate", False, True))
        self.assertEqual(sluice.metric("sluice_endpoint_ejected"), 1)
        self.assertEqual(sluice.metric("sluice_ejections_total", reason="success_rate"), 1)
        self.assertEqual({client.get("/").status for _ in range(100)}, {200})
        eventually(lambda: sluice.endpoint("app")["available"], "it comes back")
        self.assertIn("endpoint.readmitted", sluice.stderr())

    def test_one_that_is_killed_is_ejected_and_costs_nobody_an_answer(self):
        port = Port()
        self.addCleanup(port.close)
        echo = subprocess.Popen([binary(), "echo", "--bind", str(port)], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (echo.kill(), echo.wait()))
        eventually(lambda: self.answers(port), "the upstream listens")

        class Killed:
            url = f"http://{port}"
        sluice = self.pool(Killed)
        self.assertEqual({sluice.get("/").status for _ in range(20)}, {200})
        os.kill(echo.pid, signal.SIGKILL)
        echo.wait()
        client = sluice.connect()
        self.assertEqual({client.get("/").status for _ in range(100)}, {200})
        self.assertEqual(sluice.endpoint("app")["ejected"]["reason"], "consecutive_5xx")

    @staticmethod
    def answers(port):
        host, _, number = str(port).rpartition(":")
        try:
            socket.create_connection((host, int(number)), timeout=1).close()
            return True
        except OSError:
            return False


class Breaker(GatewayTest):
    def setUp(self):
        self.well = True
        self.gate = threading.Event()
        self.gate.set()
        self.asked = []

        def answer(request):
            self.asked.append(request)
            self.gate.wait(20)
            if request.target.startswith("/catalog"):
                return ok("as it was", 'ETag: "1"', "Cache-Control: max-age=0")
            return ok() if self.well else ok(status="503 Broken")
        self.addCleanup(self.gate.set)
        self.sluice = self.example("breaker", self.origin(answer))

    def send(self, target):
        return self.sluice.connect().send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")

    def breaker(self):
        return self.sluice.status()["upstreams"]["app"]["breaker"]

    def test_opens_refuses_at_once_and_recovers(self):
        client = self.sluice.connect()
        self.well = False
        for _ in range(10):
            client.get("/app/a")
        eventually(lambda: self.breaker()["state"] == "open", "the breaker opens")
        before = len(self.asked)
        refused = client.get("/app/a")
        self.assertEqual((refused.status, refused.get("Retry-After")), (503, "1"))
        line = self.sluice.logged(cause="breaker_open")
        self.assertEqual((line["flags"], line["source"]), ("UO", "gateway"))
        self.assertEqual(len(self.asked), before)
        self.assertEqual(self.sluice.metric("sluice_breaker_state", upstream="app"), 2)
        self.well = True
        eventually(lambda: client.get("/app/a").status == 200, "it is asked again")
        eventually(lambda: client.get("/app/a").status == 200 and self.breaker()["state"] == "closed",
                   "it closes")
        self.assertEqual(self.sluice.metric("sluice_breaker_state", upstream="app"), 0)

    def test_the_fifth_at_once_is_refused_at_once(self):
        self.gate.clear()
        clients = [self.send("/app/a") for _ in range(4)]
        eventually(lambda: self.breaker()["in_flight"] == 4, "four are in")
        began = time.monotonic()
        refused = self.send("/app/a").answer()
        self.assertEqual((refused.status, refused.get("Retry-After")), (503, "1"))
        self.assertLess(time.monotonic() - began, 5)
        self.gate.set()
        self.assertEqual([c.answer().status for c in clients], [200] * 4)
        eventually(lambda: self.breaker()["in_flight"] == 0, "all places are free again")

    def test_overload_sheds_low_before_normal_and_never_critical(self):
        self.gate.clear()
        held = [self.send("/payments/a") for _ in range(16)]
        eventually(lambda: len(self.asked) == 16, "sixteen are in")
        shed = self.send("/reports/a").answer()
        self.assertEqual((shed.status, shed.get("Retry-After")), (503, "1"))
        self.assertEqual(self.sluice.logged(cause="overloaded")["flags"], "OM")
        held += [self.send("/orders/a")]
        eventually(lambda: len(self.asked) == 17, "normal passes")
        self.assertIsNone(self.asked[-1].get("X-Audited"), "what is optional is skipped")
        held += [self.send("/payments/a") for _ in range(3)]
        eventually(lambda: len(self.asked) == 20, "critical passes")
        instead = self.send("/orders/a").answer()
        self.assertEqual((instead.status, instead.body), (503, b"Back soon."))
        self.assertEqual(self.sluice.admin("/healthz")[0], 200)
        self.assertEqual(self.sluice.metric("sluice_shed_total", importance="low"), 1)
        self.assertGreaterEqual(self.sluice.metric("sluice_overload_level"), 3)
        self.gate.set()
        self.assertEqual([c.answer().status for c in held], [200] * 20)
        eventually(lambda: self.sluice.metric("sluice_overload_level") == 0, "the level falls")
        self.assertEqual(self.send("/reports/a").answer().status, 200)
        self.send("/orders/a").answer()
        self.assertEqual(self.asked[-1].get("X-Audited"), "yes")

    def test_under_overload_the_cache_gives_what_it_has(self):
        client = self.sluice.connect()
        self.assertEqual(client.get("/catalog/a").status, 200)
        self.gate.clear()
        held = [self.send("/payments/a") for _ in range(20)]
        eventually(lambda: len(self.asked) == 21, "twenty are in")
        stale = client.get("/catalog/a")
        self.assertEqual((stale.status, stale.body), (200, b"as it was"))
        self.assertIn("detail=overload", stale.get("Cache-Status"))
        self.assertEqual(client.get("/catalog/b").status, 503)
        self.assertEqual(len(self.asked), 21, "nobody asked the upstream")
        self.assertEqual(self.sluice.metric("sluice_degraded_total", step="serve_stale"), 1)
        self.gate.set()
        self.assertEqual([c.answer().status for c in held], [200] * 20)
