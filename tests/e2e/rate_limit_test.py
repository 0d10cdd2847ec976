"""How many requests in which time: config/rate_limit.yaml and what stands around it."""
import json
import math
import re
import threading
import time

from kit import GatewayTest, ok

STRING = r'"((?:[^"\\]|\\["\\])*)"'


def structured_list(text):
    """A list of strings with integer parameters (RFC 9651): {name: {parameter: value}}. Anything else is an error."""
    members = {}
    at = 0
    while True:
        member = re.compile(STRING + r"((?:;[a-z*][a-z0-9_.*-]*=-?[0-9]{1,15})*)").match(text, at)
        if not member:
            raise ValueError(f"no member at {at} of {text!r}")
        parameters = dict(p.split("=") for p in member[2].split(";") if p)
        members[re.sub(r"\\(.)", r"\1", member[1])] = {k: int(v) for k, v in parameters.items()}
        at = member.end()
        if at == len(text):
            return members
        comma = re.compile(r"[ \t]*,[ \t]*").match(text, at)
        if not comma or comma.end() == len(text):
            raise ValueError(f"no comma at {at} of {text!r}")
        at = comma.end()


class RateLimit(GatewayTest):
    def ask(self, gateway, target="/", client="192.0.2.1", fields=""):
        return gateway.get(target, f"X-Forwarded-For: {client}\r\n{fields}")

    def statuses(self, gateway, count, *args, **options):
        return [self.ask(gateway, *args, **options).status for _ in range(count)]

    def limited(self, listener=None, policy="limit", **settings):
        mode = settings.pop("mode", None)
        policies = {policy: {"rate_limit": {**settings, **({"mode": mode} if mode else {})}}}
        return self.gateway(listener={"trusted_proxies": ["127.0.0.0/8"], **(listener or {})}, policies=policies,
                            defaults={"use": [policy]},
                            routes={"x": {"match": "/x", "respond": {"body": "x"}}})

    def test_the_example(self):
        origin = self.origin(ok("app"))
        gateway = self.example("rate_limit", origin)
        began = time.monotonic()
        statuses = self.statuses(gateway, 60)
        passed = statuses.count(200)
        self.assertGreaterEqual(passed, 20)
        self.assertLessEqual(passed, 20 + 10 * (time.monotonic() - began))
        self.assertEqual(set(statuses), {200, 429})
        self.assertEqual(self.ask(gateway, client="192.0.2.2").status, 200)
        self.assertEqual(len(origin.requests), passed + 1)

        tenant = "X-Tenant: a\r\n"
        self.assertEqual(self.statuses(gateway, 3, "/tenants/a", fields=tenant), [200, 200, 429])
        self.assertEqual(self.statuses(gateway, 1, "/tenants/a", client="192.0.2.9", fields=tenant), [429])
        gold = "X-Tenant: b\r\nX-Plan: gold\r\n"
        self.assertEqual(self.statuses(gateway, 6, "/tenants/b", fields=gold), [200] * 5 + [429])
        self.assertEqual(self.statuses(gateway, 3, "/tenants/", client="192.0.2.3"), [200, 200, 429])

        self.assertEqual(self.statuses(gateway, 3, "/reports/1"), [200, 200, 429])
        self.assertEqual(self.statuses(gateway, 1, "/reports/2"), [200])
        self.assertEqual(self.statuses(gateway, 4, "/trial"), [200] * 4)
        self.assertEqual(gateway.metric("sluice_rate_limit_total", policy="trial", result="shadow_refused"), 3)
        self.assertEqual(gateway.metric("sluice_rate_limit_total", policy="reports", route="reports",
                                        result="refused"), 1)

    def test_fields_on_every_answer(self):
        gateway = self.example("rate_limit", self.origin(ok("app")))
        for i in range(25):
            answer = self.ask(gateway)
            policy = structured_list(answer.get("RateLimit-Policy"))
            self.assertEqual(policy, {"per-client:10/s": {"q": 20, "w": 2}, "per-client:1000/h": {"q": 1000, "w": 3600}})
            state = structured_list(answer.get("RateLimit"))
            self.assertEqual(set(state), set(policy))
            for name, now in state.items():
                self.assertLessEqual(now["r"], policy[name]["q"])
                self.assertLessEqual(now["t"], policy[name]["w"])
            self.assertEqual(int(answer.get("X-RateLimit-Remaining")), state["per-client:10/s"]["r"])
            self.assertEqual(answer.get("X-RateLimit-Limit"), "20")
        self.assertEqual(answer.status, 429)
        self.assertEqual(state["per-client:10/s"]["r"], 0)
        none = self.ask(gateway, "/trial", client="192.0.2.77")  # in shadow nothing is added
        self.assertIsNone(none.get("RateLimit"))

    def test_the_refusal(self):
        gateway = self.limited(rate="1/m", key="client.ip")
        self.assertEqual(self.ask(gateway, "/x").status, 200)
        answer = self.ask(gateway, "/x")
        self.assertEqual((answer.status, answer.get("Content-Type")), (429, "application/problem+json"))
        self.assertRegex(answer.get("Retry-After"), "^(59|60)$")
        problem = json.loads(answer.body)
        self.assertEqual((problem["status"], problem["detail"]),
                         (429, "Too many requests; Retry-After says when there is room again."))
        record = gateway.logged(status=429)
        self.assertEqual(record["flags"], "RL")
        self.assertEqual(self.ask(gateway, "/none").status, 429)  # also where there is no route

    def test_waiting_as_long_as_it_says_works(self):
        gateway = self.limited(rate="3/s", burst=3, cost=2)
        for _ in range(3):
            while (answer := self.ask(gateway, "/x")).status == 200:
                pass
            time.sleep(int(answer.get("Retry-After")))
            self.assertEqual(self.ask(gateway, "/x").status, 200)

    def test_burst_and_then_the_rate_from_four_clients_at_once(self):
        gateway = self.limited(rate="200/s", burst=50)
        began = time.monotonic()
        until = began + 3
        passed = []

        def hammer():
            with gateway.connect() as client:
                mine = 0
                while time.monotonic() < until:
                    mine += client.get("/x", "X-Forwarded-For: 192.0.2.1\r\n").status == 200
                passed.append(mine)
        threads = [threading.Thread(target=hammer) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        took = time.monotonic() - began
        self.assertLessEqual(sum(passed), 50 + math.floor(200 * took))
        self.assertGreaterEqual(sum(passed), 50 + 200 * 3 - 5)

    def test_many_keys_stay_within_the_bound(self):
        gateway = self.limited(rate="2/h", key="header.X-Key", max_keys=2000)
        with gateway.connect() as client:
            for i in range(4000):
                self.assertEqual(client.get("/x", f"X-Key: {i}\r\n").status, 200)
        self.assertLessEqual(gateway.metric("sluice_rate_limit_buckets", policy="limit"), 2000)
        self.assertGreater(gateway.metric("sluice_rate_limit_evicted_total", policy="limit"), 1900)

    def test_buckets_outlive_a_reload(self):
        gateway = self.limited(rate="2/h")
        self.assertEqual(self.statuses(gateway, 3, "/x"), [200, 200, 429])
        gateway.reload(policies={"limit": {"rate_limit": {"rate": "5/h"}}})
        self.assertEqual(self.ask(gateway, "/x").status, 429)
        self.assertEqual(self.ask(gateway, "/x", client="192.0.2.5").status, 200)

    def test_what_cannot_be(self):
        for settings, message in (
                ({"rate": "10/s", "limits": ["1/s"]}, "limits"),
                ({"rate": "10/s", "cost": 11}, "a request of cost 11 never passes a burst of 10 (10/s)"),
                ({"rate": "0/s"}, "expected a rate of 1 to 4294967295 tokens"),
                ({"limits": ["1/s", "1/s"]}, "two limits have the rate 1/s"),
                ({"limits": [f"{n}/s" for n in range(1, 10)]}, "at most 8 limits"),
                ({"limits": []}, "no limit is in the list"),
                ({"rate": "1/s", "key": "upstream"}, "upstream is not known before there is an answer"),
                ({"rate": "1/s", "key": "request.id"}, "nothing would be limited by it"),
                ({"rate": "1/s", "leases": True}, "only `store: redis` has leases"),
                ({"rate": "1/s", "stroe": "memory"}, "did you mean 'store'?"),
                ({"rate": "1/s", "ip_prefix": {"v6": 129}}, "128"),
                ({"rate": "1/s", "by": {"value": "jwt.plan", "plans": {"gold": []}}}, "plan 'gold' has no limit")):
            with self.subTest(settings):
                self.assertIn(message, self.refused(settings))

    def refused(self, settings):
        import subprocess
        from kit.gateway import binary
        file = self.write("sluice.yaml", json.dumps({
            "version": 1, "listeners": {"main": {"bind": "127.0.0.1:1"}},
            "policies": {"limit": {"rate_limit": settings}},
            "routes": {"x": {"match": "/x", "use": ["limit"], "respond": {"body": "x"}}}}, indent=1))
        done = subprocess.run([binary(), "check", "-c", file], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done)
        return done.stderr + done.stdout


if __name__ == "__main__":
    import unittest
    unittest.main()
