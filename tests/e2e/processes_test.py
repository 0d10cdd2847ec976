"""Upstreams as processes that are killed, stopped, slow, flapping, all down and back, under a constant load of kept and
new connections; and a gateway whose own loop is late."""
import itertools
import signal
import threading
import time

from kit import GatewayTest, eventually, ok
from kit.echo import Echo
from kit.load import Load

HEALTH = {"path": "/healthz", "interval": "200ms", "timeout": "200ms", "rise": 1, "fall": 2}
RETRY = {"attempts": 4, "on": ["connect", "reset", "timeout", "5xx"], "per_try": "500ms", "backoff": "5ms",
         "budget": "50%", "min": 100}


class Processes(GatewayTest):
    def pool(self, count):
        self.echoes = [Echo(f"e{i}") for i in range(count)]
        for echo in self.echoes:
            self.addCleanup(echo.close)
        return self.echoes

    def front(self, *servers, retry=RETRY, upstream=None):
        upstream = {"balance": "round_robin", "connect_timeout": "300ms", **(upstream or {})}
        return self.gateway(*[s.url for s in servers], upstream=upstream, route={"retry": retry} if retry else None)

    def healthy(self, gateway):
        return [e["healthy"] for e in gateway.status()["upstreams"]["origin"]["endpoints"]]

    def attempts(self, gateway):
        return gateway.metric("sluice_upstream_requests_total", upstream="origin")


class Deaths(Processes):
    def test_one_killed_one_stopped_and_one_that_fails_half_its_requests(self):
        dead, stopped, steady, other = self.pool(4)
        turn = itertools.count()
        flawed = self.origin(lambda _: ok(status="500 Oops") if next(turn) % 2 else ok())
        gateway = self.front(dead, stopped, flawed, steady, other,
                             upstream={"health": HEALTH, "outlier": {"max_ejected": "40%"}})
        self.addCleanup(stopped.resume)
        with Load(gateway) as load:
            load.more(200)
            dead.kill()
            stopped.pause()
            load.more(600)
            eventually(lambda: not any(self.healthy(gateway)[:2]), "both are out")
            load.more(200)
        self.assertEqual(load.failures(), [])

    def test_one_of_five_dead_costs_nobody_an_answer_without_retries_either(self):
        echoes = self.pool(5)
        gateway = self.front(*echoes, retry=None, upstream={"pool": {"max_idle": 0}})
        self.assertEqual({gateway.get().status for _ in range(10)}, {200})
        echoes[2].kill()
        with Load(gateway) as load:
            load.more(500)
        self.assertEqual(load.failures(), [])
        self.assertEqual(gateway.metric("sluice_upstream_retries_refused_total", upstream="origin"), 0)

    def test_five_of_five_dead_are_not_asked_by_everybody(self):
        echoes = self.pool(5)
        gateway = self.front(*echoes, retry={**RETRY, "budget": "20%", "min": 3})
        self.assertEqual(gateway.get().status, 200)
        for echo in echoes:
            echo.kill()
        before = self.attempts(gateway)
        began = time.monotonic()
        with gateway.connect() as client:
            got = [client.get().status for _ in range(300)]
        seconds = time.monotonic() - began
        self.assertEqual(set(got), {502})
        # A fifth more, the three of any case, and what is for nothing: each once in a second, as long as it lasted.
        self.assertLessEqual(self.attempts(gateway) - before, 300 * 1.2 + 3 + 5 * (seconds + 2))
        self.assertIn("URX", {flag for line in gateway.logged(300, status=502) for flag in line["flags"].split(",")})

    def test_all_are_down_and_back(self):
        echoes = self.pool(3)
        gateway = self.front(*echoes, upstream={"health": HEALTH})
        self.assertEqual(gateway.get().status, 200)
        for echo in echoes:
            echo.kill()
        eventually(lambda: not any(self.healthy(gateway)), "all are out")
        began = time.monotonic()
        answer = gateway.get()
        self.assertEqual((answer.status, gateway.logged(status=503)["flags"]), (503, "UH"))
        self.assertIsNotNone(answer.get("Retry-After"))
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(gateway.admin("/readyz")[0], 200, "its upstreams are none of its readiness")
        for echo in echoes:
            echo.start()
        eventually(lambda: all(self.healthy(gateway)), "all are back")
        with Load(gateway) as load:
            load.more(100)
        self.assertEqual(load.failures(), [])

    def test_one_that_flaps(self):
        flapping, *steady = self.pool(3)
        gateway = self.front(flapping, *steady)
        with Load(gateway) as load:
            for _ in range(4):
                load.more(60)
                flapping.kill()
                load.more(60)
                flapping.start()
        self.assertEqual(load.failures(), [])

    def test_a_rolling_restart_of_all(self):
        echoes = self.pool(3)
        gateway = self.front(*echoes, upstream={"health": HEALTH})
        with Load(gateway) as load:
            for echo in echoes:
                load.more(60)
                echo.kill()
                load.more(60)
                echo.start()
                eventually(lambda: all(self.healthy(gateway)), f"{echo.name} is back")
        self.assertEqual(load.failures(), [])

    def test_one_that_is_slow_is_not_waited_for(self):
        slow, *quick = self.pool(3)
        slow.kill()
        slow.start(delay="5s")
        gateway = self.front(slow, *quick, upstream={"outlier": {"max_ejected": "40%", "consecutive_5xx": 3}})
        with Load(gateway) as load:
            eventually(lambda: "ejected" in gateway.endpoint(), "the slow one is ejected")
            load.more(100)
        self.assertEqual(load.failures(), [])


class LateLoop(GatewayTest):
    def test_a_loop_that_is_late_sheds_what_is_least_important(self):
        """The whole process is stopped for moments, as a machine that has too much to do would."""
        origin = self.origin()
        gateway = self.gateway(
            origin, overload={"loop_lag": "40ms", "in_flight": "off"}, upstream={"pool": {"max_idle": 64}},
            routes={"low": {"match": "/low", "to": "origin", "importance": "low"},
                    "critical": {"match": "/critical", "to": "origin", "importance": "critical"}})
        self.assertEqual(gateway.get("/low").status, 200)
        halted = threading.Event()

        def halt():
            while not halted.is_set():
                gateway.signal(signal.SIGSTOP)
                halted.wait(0.15)
                gateway.signal(signal.SIGCONT)
                time.sleep(0.03)
        halting = threading.Thread(target=halt)
        with Load(gateway, clients=2, target="/low") as low, Load(gateway, clients=2, target="/critical") as critical:
            halting.start()
            try:
                low.until(lambda answers: any(got == 503 for got, *_ in answers), "something is shed")
            finally:
                halted.set()
                halting.join()
            eventually(lambda: gateway.metric("sluice_overload_level") == 0, "it is in time again")
            low.until(lambda answers: answers and answers[-1][0] == 200, "what is not important is answered again")
        self.assertEqual(critical.failures(), [])
        self.assertGreater(gateway.metric("sluice_shed_total", importance="low"), 0)
        self.assertEqual(gateway.logged(status=503, cause="overloaded")["flags"], "OM")
        self.assertIn("overload.level", gateway.stderr())


if __name__ == "__main__":
    import unittest
    unittest.main()
