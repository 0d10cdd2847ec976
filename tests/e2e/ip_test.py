"""Who may ask, by address: config/ip.yaml and what stands around it."""
from kit import GatewayTest, ok


class Ip(GatewayTest):
    def asks(self, gateway, target, client, **options):
        return gateway.get(target, f"X-Forwarded-For: {client}\r\n", **options).status

    def test_the_example(self):
        origin = self.origin(ok("app"))
        gateway = self.example("ip", origin)
        for client, site, staff in (("203.0.113.1", 200, 403), ("10.1.2.3", 200, 200), ("10.6.6.6", 200, 403),
                                    ("192.0.2.7", 403, 403), ("2001:db8:bad::1", 403, 403), ("fd00::1", 200, 200),
                                    ("::ffff:192.0.2.7", 403, 403), ("::ffff:10.1.2.3", 200, 200),
                                    ("10.1.2.3, 192.0.2.7", 403, 403), ("192.0.2.7, 10.1.2.3", 200, 200)):
            with self.subTest(client):
                self.assertEqual((self.asks(gateway, "/", client), self.asks(gateway, "/staff/x", client)), (site, staff))

    def test_a_refusal_says_so_and_nothing_goes_on(self):
        origin = self.origin(ok("app"))
        gateway = self.example("ip", origin)
        answer = gateway.get("/", "X-Forwarded-For: 192.0.2.7\r\n")
        self.assertEqual((answer.status, answer.get("Content-Type")), (403, "application/problem+json"))
        self.assertIn(b"Requests from this address are not accepted here.", answer.body)
        self.assertNotIn(b"192.0.2", answer.body)
        self.assertEqual(gateway.logged(status=403)["flags"], "UAEX")
        self.assertEqual(gateway.metric("sluice_ip_requests_total", policy="not-them", result="denied"), 1)
        self.assertEqual(origin.requests, [])

    def test_without_a_route_too(self):
        gateway = self.gateway(listener={"trusted_proxies": ["127.0.0.1/32"]},
                               policies={"not-them": {"ip": {"deny": ["192.0.2.0/24"]}}},
                               defaults={"use": ["not-them"]},
                               routes={"x": {"match": {"path": "/x", "methods": ["GET"]}, "respond": {"body": "x"}},
                                       "open": {"match": "/open", "use": [], "respond": {"body": "open"}}})
        for target, method, expected in (("/none", "GET", 403), ("/x", "POST", 403), ("/x", "GET", 403),
                                         ("/open", "GET", 200)):
            with self.subTest((target, method)):
                self.assertEqual(self.asks(gateway, target, "192.0.2.7", method=method), expected)
        self.assertEqual(self.asks(gateway, "/none", "198.51.100.1"), 404)
        self.assertEqual(self.asks(gateway, "/x", "198.51.100.1", method="POST"), 405)

    def test_who_is_not_trusted_is_the_client_himself(self):
        gateway = self.gateway(policies={"home": {"ip": {"allow": ["127.0.0.0/8"]}}},
                               routes={"x": {"match": "/**", "use": ["home"], "respond": {"body": "x"}}})
        self.assertEqual(self.asks(gateway, "/", "192.0.2.7"), 200)

    def test_ten_thousand_blocks_and_a_reload(self):
        def routes(blocks):
            return {"x": {"match": "/**", "filters": {"ip": {"deny": blocks}}, "respond": {"body": "x"}}}
        blocks = [f"{100 + i // 2500}.{i // 10 % 250}.{i % 10 * 20}.0/24" for i in range(10_000)]
        gateway = self.gateway(listener={"trusted_proxies": ["127.0.0.1/32"]}, routes=routes(blocks))
        self.assertEqual(self.asks(gateway, "/", "100.7.40.200"), 403)
        self.assertEqual(self.asks(gateway, "/", "103.249.180.1"), 403)
        self.assertEqual(self.asks(gateway, "/", "100.7.41.200"), 200)
        gateway.reload(routes=routes(["100.7.41.0/24"]))
        self.assertEqual(self.asks(gateway, "/", "100.7.40.200"), 200)
        self.assertEqual(self.asks(gateway, "/", "100.7.41.200"), 403)

    def test_in_shadow_it_lets_everybody_pass(self):
        gateway = self.gateway(policies={"none": {"ip": {"deny": ["127.0.0.0/8"], "mode": "shadow"}}},
                               routes={"x": {"match": "/**", "use": ["none"], "respond": {"body": "x"}}})
        self.assertEqual(gateway.get("/").status, 200)
        self.assertEqual(gateway.metric("sluice_ip_requests_total", policy="none", result="denied"), 1)


if __name__ == "__main__":
    import unittest
    unittest.main()
