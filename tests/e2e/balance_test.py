"""Which endpoint a request goes to: config/balance*.yaml in front of real `sluice echo` processes."""
import json
import os
import re
import subprocess
import time
from collections import Counter

from kit import Gateway, GatewayTest, Port, eventually
from kit.echo import Echo

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../config")


class Balancing(GatewayTest):
    delays = {}

    def setUp(self):
        self.echoes = {}
        for name in "abc":
            self.echoes[name] = Echo(name, self.delays.get(name, "0ms"))
            self.addCleanup(self.echoes[name].close)

    def start(self, example, **environment):
        """The example, with one worker so that its order can be foretold."""
        urls = {name.upper(): echo.url for name, echo in self.echoes.items()}
        with open(os.path.join(EXAMPLES, example + ".yaml")) as file:
            text = file.read().replace("\nlisteners:", "\nworkers: 1\nlisteners:", 1)
        port, admin_port = Port(), Port()
        gateway = Gateway(self.directory(), text + f'\nadmin: {{ bind: "{admin_port}" }}\n', ports={"main": port},
                          environment={"LISTEN": str(port), **urls, **environment}, admin_port=admin_port)
        self.addCleanup(gateway.close)
        return gateway

    @staticmethod
    def who(answer):
        return json.loads(answer.body)["name"]

    def asked(self, gateway, target, count, fields="", method="GET"):
        """Who answered each of so many requests on one connection, in order."""
        with gateway.connect() as client:
            return "".join(self.who(client.get(target, fields, method=method)) for _ in range(count))


class Policies(Balancing):
    def test_round_robin_goes_in_turn_by_weight(self):
        order = self.asked(self.start("balance"), "/in-turn", 12)
        self.assertEqual(Counter(order), {"a": 6, "b": 3, "c": 3})
        self.assertEqual(order[:4] * 3, order, "the same round each time")

    def test_random_and_least_request_spread_evenly(self):
        gateway = self.start("balance")
        for target in ("/any", "/least-busy"):
            counts = Counter(self.asked(gateway, target, 600))
            for name in "abc":
                self.assertAlmostEqual(counts[name], 200, delta=75, msg=f"{target} {counts}")

    def test_a_tenant_stays_where_it_is_and_tenants_spread(self):
        gateway = self.start("balance")
        homes = {t: self.asked(gateway, "/by-tenant", 3, f"X-Tenant: {t}\r\n") for t in range(60)}
        for tenant, order in homes.items():
            self.assertEqual(len(set(order)), 1, f"tenant {tenant}: {order}")
        counts = Counter(order[0] for order in homes.values())
        for name in "abc":
            self.assertGreaterEqual(counts[name], 8, counts)
        again = self.start("balance")  # another process agrees
        for tenant in range(0, 60, 7):
            self.assertEqual(self.asked(again, "/by-tenant", 1, f"X-Tenant: {tenant}\r\n"), homes[tenant][0])

    def test_when_an_endpoint_dies_only_its_tenants_move(self):
        gateway = self.start("balance")
        before = {t: self.asked(gateway, "/by-tenant", 1, f"X-Tenant: {t}\r\n") for t in range(40)}
        self.echoes["b"].end()
        for tenant, home in before.items():
            now = self.asked(gateway, "/by-tenant", 1, f"X-Tenant: {tenant}\r\n")
            if home == "b":
                self.assertIn(now, "ac")
            else:
                self.assertEqual(now, home)

    def test_without_the_field_anybody_answers(self):
        order = self.asked(self.start("balance"), "/by-tenant", 60)
        self.assertEqual(set(order), set("abc"))

    def test_a_path_parameter_is_a_key(self):
        gateway = self.start("balance")
        homes = [self.asked(gateway, f"/documents/{n}", 3) for n in range(30)]
        self.assertTrue(all(len(set(order)) == 1 for order in homes), homes)
        self.assertEqual({order[0] for order in homes}, set("abc"))


class OneIsSlow(Balancing):
    delays = {"b": "100ms"}

    def test_peak_ewma_leaves_the_slow_one_alone(self):
        order = self.asked(self.start("balance"), "/fastest", 300)
        self.assertLessEqual(order.count("b"), 15, order)
        self.assertGreaterEqual(order.count("b"), 1, "it was tried")
        for name in "ac":
            self.assertGreaterEqual(order.count(name), 30, order)


class Places(Balancing):
    def healthy(self, gateway, upstream, nth, expected):
        eventually(lambda: gateway.endpoint(upstream, nth)["healthy"] == expected, f"{upstream} {nth}: {expected}")

    def test_the_near_one_serves_while_it_is_well(self):
        gateway = self.start("balance_places")
        self.assertEqual(self.asked(gateway, "/near", 30), "a" * 30)
        self.echoes["a"].end()
        self.healthy(gateway, "near", 0, False)
        self.assertEqual(self.asked(gateway, "/near", 30), "b" * 30)

    def test_the_zone_is_where_the_gateway_says_it_stands(self):
        self.assertEqual(self.asked(self.start("balance_places", ZONE="eu-2"), "/near", 20), "b" * 20)
        order = self.asked(self.start("balance_places", ZONE="us-1"), "/near", 60)
        self.assertEqual(set(order), set("ab"), "none is nearer")

    def test_the_standby_serves_until_the_first_is_back(self):
        gateway = self.start("balance_places")
        self.assertEqual(self.asked(gateway, "/standby", 20), "a" * 20)
        self.echoes["a"].end()
        self.assertEqual(self.asked(gateway, "/standby", 1), "b", "before any check has failed")
        self.healthy(gateway, "standby", 0, False)
        self.assertEqual(self.asked(gateway, "/standby", 20), "b" * 20)
        self.echoes["a"].start()
        self.healthy(gateway, "standby", 0, True)
        self.assertEqual(self.asked(gateway, "/standby", 20), "a" * 20)

    def test_who_comes_back_begins_slowly(self):
        gateway = self.start("balance_places", SLOW_START="3s")
        began = time.monotonic()
        self.assertEqual(Counter(self.asked(gateway, "/gently", 40)), {"a": 20, "b": 20})
        eventually(lambda: time.monotonic() > began + 3, "nobody is new any more")
        self.echoes["a"].end()
        self.healthy(gateway, "gently", 0, False)
        self.echoes["a"].start()
        self.healthy(gateway, "gently", 0, True)
        back = time.monotonic()
        order = self.asked(gateway, "/gently", 100)
        self.assertGreaterEqual(order.count("a"), 3, order)
        if time.monotonic() < back + 1:  # on a machine that is not too busy to tell
            self.assertLessEqual(order.count("a"), 35, order)
        eventually(lambda: time.monotonic() > back + 3, "it is new no more")
        self.assertEqual(Counter(self.asked(gateway, "/gently", 40)), {"a": 20, "b": 20})


class Sticking(Balancing):
    COOKIE = re.compile(r"side=([A-Za-z0-9_-]{24}); Path=/; Max-Age=3600; HttpOnly; SameSite=Lax")

    def test_a_client_comes_back_to_its_endpoint(self):
        gateway = self.start("balance_sticky")
        first = gateway.get("/shop/cart")
        value = self.COOKIE.fullmatch(first.get("Set-Cookie"))[1]
        self.assertNotIn("127", first.get("Set-Cookie"))
        with gateway.connect() as client:
            for _ in range(20):
                answer = client.get("/shop/cart", f"Cookie: other=1; side={value}\r\n")
                self.assertEqual(self.who(answer), self.who(first))
                self.assertIsNone(answer.get("Set-Cookie"), "it has the cookie already")
        again = self.start("balance_sticky")  # a replica with the same secret
        self.assertEqual(self.who(again.get("/shop/", f"Cookie: side={value}\r\n")), self.who(first))

    def test_a_forged_or_foreign_cookie_is_as_good_as_none(self):
        gateway = self.start("balance_sticky")
        value = self.COOKIE.fullmatch(gateway.get("/shop/").get("Set-Cookie"))[1]
        foreign = self.start("balance_sticky", STICKY_KEY="quite another secret")
        for bad in (value[:-1] + ("A" if value[-1] != "A" else "B"), "", "a", "127.0.0.1:9001", value + "x", "A" * 4000,
                    self.COOKIE.fullmatch(foreign.get("/shop/").get("Set-Cookie"))[1]):
            answers = [gateway.get("/shop/", f"Cookie: side={bad}\r\n") for _ in range(3)]
            for answer in answers:
                self.assertEqual(answer.status, 200)
                self.assertRegex(answer.get("Set-Cookie"), self.COOKIE)

    def test_an_endpoint_that_died_gives_its_clients_to_another(self):
        gateway = self.start("balance_sticky")
        first = gateway.get("/shop/")
        value = self.COOKIE.fullmatch(first.get("Set-Cookie"))[1]
        self.echoes[self.who(first)].end()
        moved = gateway.get("/shop/", f"Cookie: side={value}\r\n")
        self.assertNotEqual(self.who(moved), self.who(first))
        renewed = self.COOKIE.fullmatch(moved.get("Set-Cookie"))[1]
        self.assertNotEqual(renewed, value)
        self.assertEqual(self.who(gateway.get("/shop/", f"Cookie: side={renewed}\r\n")), self.who(moved))

    def test_the_cookie_is_secure_over_tls(self):
        certificate = self.authority().issue("gateway")
        gateway = self.gateway(self.echoes["a"].url, upstream={"sticky": {"secret": "sixteen characters"}},
                               listener={"tls": {"certificates": [certificate]}})
        done = subprocess.run(["curl", "-sSk", "-o", "/dev/null", "-D", "-", f"https://127.0.0.1:{gateway.port()}/"],
                              capture_output=True, timeout=20, check=True)
        self.assertRegex(done.stdout.decode(), r"(?i)set-cookie: sluice=[^\r]*; HttpOnly; SameSite=Lax; Secure\r\n")

    def test_reading_and_writing_go_apart(self):
        gateway = self.start("balance_sticky")
        for method in ("GET", "OPTIONS"):
            self.assertEqual(set(self.asked(gateway, "/orders/1", 30, method=method)), set("bc"), method)
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            fields = "" if method == "DELETE" else "Content-Length: 0\r\n"
            self.assertEqual(self.asked(gateway, "/orders/1", 10, fields, method), "a" * 10, method)


if __name__ == "__main__":
    import unittest
    unittest.main()
