"""What all filters have: modes that are switched while requests run, what is told of them, the edge without a route."""
import json
import re
import threading
import urllib.parse

from kit import Client, GatewayTest, ok

TOKEN = {"Authorization": "Bearer open sesame"}
ALLOWED = {"enforce": {403}, "shadow": {200}, "off": {200}}


class Traffic:
    """Kept connections that ask all the time. An answer has to be right for a mode that may have held between its
    request's first byte and its own last: `held` has the modes that may hold at a time, one set after the other."""

    def __init__(self, gateway, held, clients=4):
        self.gateway, self.held = gateway, held
        self.failures, self.statuses = [], []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self):
        try:
            with Client(("127.0.0.1", self.gateway.port())) as client:
                while not self.stopping.is_set():
                    begin = len(self.held) - 1
                    status = client.get("/").status
                    modes = set().union(*self.held[begin:])
                    self.statuses.append(status)
                    if not any(status in ALLOWED[mode] for mode in modes):
                        self.failures.append((status, modes))
        except Exception as e:
            self.failures.append(repr(e))

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(20)


class FiltersTest(GatewayTest):
    def put(self, gateway, name, mode, headers=TOKEN):
        """(status, document)"""
        path = f"/policies/{urllib.parse.quote(name, safe='')}/mode"
        status, _, body = gateway.admin(path, "PUT", headers, {"mode": mode})
        return status, json.loads(body)

    def fenced(self, **more):
        """Everybody on this machine is refused."""
        return self.gateway(self.origin(ok("app")), **{"admin": {"token": "open sesame"},
                                                       "policies": {"fence": {"ip": {"deny": ["127.0.0.0/8"]}}},
                                                       "defaults": {"use": ["fence"]}, **more})


class Modes(FiltersTest):
    def test_switched_under_load(self):
        gateway = self.fenced()
        held = [{"enforce"}]
        traffic = Traffic(gateway, held)
        before = "enforce"
        for mode in ("shadow", "off", "enforce", "off", "shadow", "enforce") * 3:
            seen = len(traffic.statuses)
            held.append({before, mode})
            status, answer = self.put(gateway, "fence", mode)
            held.append({mode})
            self.assertEqual((status, answer), (200, {"policy": "fence", "before": before, "mode": mode}))
            gateway.eventually(lambda: len(traffic.statuses) > seen + 30 or traffic.failures, "requests in each mode")
            before = mode
        traffic.stop()
        self.assertEqual(traffic.failures, [])
        self.assertEqual(set(traffic.statuses), {200, 403})

        counted = {v: gateway.metric("sluice_filter_total", policy="fence", verdict=v)
                   for v in ("proceed", "reply", "shadow_reply", "fault")}
        self.assertEqual(counted["reply"], traffic.statuses.count(403))
        self.assertLessEqual(counted["shadow_reply"], traffic.statuses.count(200))
        self.assertGreater(counted["shadow_reply"], 0)
        self.assertEqual((counted["proceed"], counted["fault"]), (0, 0))
        self.assertEqual(gateway.stderr().count("policy.mode"), 18)

    def test_shadow_is_told(self):
        gateway = self.fenced()
        self.assertEqual(gateway.get("/enforced").status, 403)
        self.put(gateway, "fence", "shadow")
        self.assertEqual(gateway.get("/shadowed").status, 200)
        line = self.line(gateway, "/shadowed")
        self.assertEqual((line["status"], line["shadow"]), (200, ["fence:ip_denied"]))
        self.assertNotIn("flags", line)
        self.assertNotIn("shadow", self.line(gateway, "/enforced"))

    def line(self, gateway, path):
        found = []

        def there():
            found[:] = [line for line in gateway.log_lines() if line.get("path") == path]
            return found
        gateway.eventually(there, f"{path} in the access log")
        return found[0]

    def test_status_and_metric(self):
        gateway = self.fenced()
        self.assertEqual(gateway.status()["policies"]["fence"],
                         {"kind": "ip", "phase": "edge", "configured": "enforce", "mode": "enforce"})
        for number, mode in enumerate(("enforce", "shadow", "off")):
            self.put(gateway, "fence", mode)
            self.assertEqual(gateway.status()["policies"]["fence"]["mode"], mode)
            self.assertEqual(gateway.metric("sluice_filter_mode", policy="fence"), number)
        self.assertRegex(gateway.stderr(), r"policy\.mode policy=fence before=shadow mode=off by=127\.0\.0\.1")
        self.assertNotIn("sesame", gateway.stderr())

    def test_a_reload_keeps_what_was_switched(self):
        gateway = self.fenced()
        self.put(gateway, "fence", "off")
        gateway.reload(defaults={"timeout": "7s"})
        self.assertEqual(gateway.get().status, 200)
        gateway.reload(policies={"fence": {"ip": {"mode": "shadow"}}})
        self.assertEqual(gateway.status()["policies"]["fence"]["mode"], "shadow")
        gateway.reload(policies={"fence": {"ip": {"mode": "enforce"}}})
        self.assertEqual(gateway.get().status, 403)

    def test_a_file_that_is_refused_switches_nothing(self):
        gateway = self.fenced()
        gateway.change(policies={"fence": {"ip": {"mode": "off"}}},
                       listeners={"main": {"tls": {"certificates": [{"cert": "no.pem", "key": "no.key"}]}}})
        self.assertEqual(gateway.admin("/reload", "POST")[0], 422)
        self.assertEqual(gateway.get().status, 403)

    def test_the_filter_of_one_route(self):
        gateway = self.gateway(self.origin(ok("app")), admin={"token": "open sesame"},
                               route={"filters": {"ip": {"deny": ["127.0.0.0/8"]}}})
        self.assertEqual(gateway.get().status, 403)
        self.assertEqual(self.put(gateway, "all/ip", "off")[0], 200)
        self.assertEqual(gateway.get().status, 200)


class Admin(FiltersTest):
    def test_opening_a_guard_needs_the_token_on_loopback_too(self):
        gateway = self.fenced()
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            status, answer = self.put(gateway, "fence", "off", headers)
            self.assertEqual(status, 403)
            self.assertIn("admin.token", answer["detail"])
        self.assertEqual(gateway.get().status, 403)
        self.assertEqual(self.put(gateway, "fence", "enforce", {})[0], 200)

    def test_without_a_token_nobody_opens_a_guard(self):
        gateway = self.fenced(admin={})
        self.assertEqual(self.put(gateway, "fence", "shadow")[0], 403)
        self.assertEqual(self.put(gateway, "fence", "off", {"Authorization": "Bearer "})[0], 403)

    def test_what_decides_nothing_has_no_shadow(self):
        gateway = self.fenced(policies={"careful": {"security": "strict"}}, defaults={"use": ["careful"]})
        self.assertEqual(self.put(gateway, "careful", "shadow", {})[0], 422)
        self.assertEqual(gateway.get().get("X-Content-Type-Options"), "nosniff")
        self.assertEqual(self.put(gateway, "careful", "off", {})[0], 200)
        self.assertIsNone(gateway.get().get("X-Content-Type-Options"))

    def test_bad_requests(self):
        gateway = self.fenced()
        json_type = {"Content-Type": "application/json", **TOKEN}
        path = "/policies/fence/mode"
        for body, headers, expected in (("{", json_type, 400), ("[]", json_type, 400), ("", json_type, 400),
                                        ('{"mode":"off","mode":"enforce"}', json_type, 400),
                                        ('{"mode": "off"}', TOKEN, 415), ('{"moed": "off"}', json_type, 422),
                                        ('{"mode": "of"}', json_type, 422), ("{}", json_type, 422),
                                        ('{"mode": "off", "x": "' + "x" * 70000 + '"}', json_type, 413)):
            with self.subTest(body[:40]):
                status, answered, text = gateway.admin(path, "PUT", headers, body)
                self.assertEqual((status, answered["Content-Type"]), (expected, "application/problem+json"))
                self.assertEqual(json.loads(text)["status"], expected)
        self.assertEqual(self.put(gateway, "fense", "off")[0], 404)
        for method in ("GET", "POST", "DELETE"):
            status, answered, _ = gateway.admin(path, method)
            self.assertEqual((status, answered["Allow"]), (405, "PUT"))
        self.assertEqual(gateway.admin(path, "PUT", {"Origin": "http://localhost", **TOKEN}, {"mode": "off"})[0], 403)
        self.assertEqual(gateway.get().status, 403)


class Explain(FiltersTest):
    TIME = r";us=\d+\.\d{3}"

    def test_who_may_ask_is_told(self):
        origin = self.origin(ok("app"))
        gateway = self.gateway(origin, telemetry={"explain": {"from": ["127.0.0.1/32"]}},
                               policies={"fence": {"ip": {"allow": ["127.0.0.0/8"]}}, "9lives": {"security": "strict"}},
                               route={"use": ["9lives", "fence"]})
        answer = gateway.get("/", "X-Sluice-Explain: 1\r\n")
        self.assertRegex(answer.get("X-Sluice-Explain"),
                         f'^"9lives";proceed{self.TIME}, fence;proceed{self.TIME}, \\*route;name=all, '
                         f'\\*upstream;name=origin;endpoint="127\\.0\\.0\\.1:\\d+";attempts=1$')
        self.assertIsNone(origin.requests[0].get("X-Sluice-Explain"))
        self.assertIsNone(gateway.get("/").get("X-Sluice-Explain"))

    def test_a_refusal(self):
        gateway = self.fenced(telemetry={"explain": {"header": "X-Why", "from": ["127.0.0.1/32"]}})
        for target in ("/", "/none"):
            answer = gateway.get(target, "X-Why: 1\r\n")
            self.assertEqual(answer.status, 403)
            self.assertTrue(re.match(f"fence;reply=ip_denied{self.TIME}, ", answer.get("X-Why")), answer)

    def test_nobody_else_is_told_and_nothing_goes_on(self):
        origin = self.origin(ok("app"))
        gateway = self.gateway(origin, telemetry={"explain": {"from": ["192.0.2.7"]}},
                               listener={"trusted_proxies": ["127.0.0.1/32"]})
        answer = gateway.get("/", "X-Sluice-Explain: 1\r\nX-Forwarded-For: 192.0.2.7\r\n")
        self.assertIsNone(answer.get("X-Sluice-Explain"))
        self.assertIsNone(origin.requests[0].get("X-Sluice-Explain"))

    def test_off_unless_asked_for(self):
        self.assertIsNone(self.fenced().get("/", "X-Sluice-Explain: 1\r\n").get("X-Sluice-Explain"))


class Edge(FiltersTest):
    def test_it_stands_before_every_answer_without_a_route(self):
        gateway = self.fenced(listeners={"plain": {"redirect_https": 443}})
        asked = (("GET", "/x", "", "main"), ("TRACE", "/", "", "main"), ("OPTIONS", "*", "", "main"),
                 ("GET", "/", "Via: 1.1 sluice\r\n", "main"), ("GET", "/", "", "plain"))
        for method, target, fields, listener in asked:
            with self.subTest((method, target, fields, listener)):
                self.assertEqual(gateway.get(target, fields, method=method, listener=listener).status, 403)
        self.put(gateway, "fence", "off")
        answers = [gateway.get(t, f, method=m, listener=listener).status for m, t, f, listener in asked]
        self.assertEqual(answers, [200, 405, 204, 508, 308])
