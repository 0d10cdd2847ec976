"""The chain as a whole: its order is by phase, whatever order a file lists its filters in, and a refusal goes no further."""
import itertools
import json
import subprocess

from kit import GatewayTest, binary, ok

POLICIES = {
    "address": {"ip": {"deny": ["192.0.2.0/24"]}},
    "scripts": {"cors": {"origins": "https://app.example", "methods": ["GET", "PUT"]}},
    "careful": {"security": {"frame": "DENY", "remove": ["X-Powered-By"]}},
    "told": {"headers": {"request": {"set": {"X-Route": "{route}"}},
                         "response": {"set": {"X-Frame-Options": "ALLOWALL", "Access-Control-Allow-Origin": "*",
                                              "X-Told": "yes"}}}},
}


class Chain(GatewayTest):
    def chain(self, use, **more):
        """A gateway whose only route has these policies; its origin says what the policies do not want."""
        self.source = self.origin(ok("app", "X-Powered-By: PHP", "X-Frame-Options: SAMEORIGIN"))
        return self.gateway(self.source, policies={**POLICIES, **more}, route={"use": list(use)},
                            listener={"trusted_proxies": ["127.0.0.0/8"]})

    def explained(self, gateway, method="GET", *more):
        """What `sluice explain` prints."""
        done = subprocess.run([binary(), "explain", "-c", gateway.file, method, "http://a.example/", *more],
                              capture_output=True, timeout=60, check=False)
        return done.stdout.decode()

    def test_every_order_of_a_file_does_the_same(self):
        for use in itertools.permutations(POLICIES):
            with self.subTest(use):
                gateway = self.chain(use)
                answer = gateway.get("/", "Origin: https://app.example\r\n")
                self.assertEqual(self.source.requests[0].all("X-Route"), ["all"])
                self.assertEqual(answer.all("X-Told"), ["yes"])
                self.assertEqual(answer.all("X-Frame-Options"), ["DENY"], "the edge has the last word")
                self.assertEqual(answer.all("Access-Control-Allow-Origin"), ["https://app.example"])
                self.assertEqual(answer.all("X-Powered-By"), [])
                refused = gateway.get("/", "X-Forwarded-For: 192.0.2.1\r\n")
                self.assertEqual((refused.status, refused.all("X-Told")), (403, []))
                self.assertEqual(len(self.source.requests), 1, "a refused request reached the upstream")
                gateway.close()

    def test_explain_shows_the_order(self):
        gateway = self.chain(["told", "careful", "scripts", "address"])
        text = self.explained(gateway)
        at = [text.index(name) for name in ("careful", "scripts", "address", "told")]
        self.assertEqual(at, sorted(at), text)

    def test_within_a_phase_the_files_order_stands(self):
        preflight = "Origin: https://app.example\r\nAccess-Control-Request-Method: PUT\r\nX-Forwarded-For: 192.0.2.1\r\n"
        for use, expected in ((["address", "scripts"], 403), (["scripts", "address"], 204)):
            with self.subTest(use):
                gateway = self.chain(use)
                self.assertEqual(gateway.get("/", preflight, method="OPTIONS").status, expected)
                self.assertEqual(self.source.requests, [])

    def test_what_refuses_goes_no_further(self):
        """The body neither: nothing of it is asked for, and the next request is on its own."""
        gateway = self.chain(["told", "address"])
        client = gateway.connect()
        client.send("POST / HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 192.0.2.1\r\n"
                    "Content-Length: 5\r\n\r\nhello")
        refused = client.answer()
        self.assertEqual((refused.status, refused.get("Content-Type")), (403, "application/problem+json"))
        self.assertEqual(json.loads(refused.body)["status"], 403)
        self.assertEqual(self.source.requests, [])
        self.assertEqual(gateway.get("/").status, 200)
        self.assertEqual([r.method for r in self.source.requests], ["GET"])

    def test_explain_shows_where_a_preflight_goes(self):
        gateway = self.chain(["told", "scripts"])
        gateway.change(routes={"all": {"match": {"path": "/**", "methods": ["PUT"]}}})
        preflight = ["-H", "Origin: https://app.example", "-H", "Access-Control-Request-Method: PUT"]
        self.assertRegex(self.explained(gateway, "OPTIONS", *preflight), r"route +all\n")
        self.assertNotRegex(self.explained(gateway, "OPTIONS"), r"route +all\n")

    def test_switched_off_a_filter_does_nothing(self):
        off = {"address": {"ip": {"deny": ["192.0.2.0/24"], "mode": "off"}}}
        gateway = self.chain(["address", "careful"], **off)
        self.assertEqual(gateway.get("/", "X-Forwarded-For: 192.0.2.1\r\n").status, 200)


if __name__ == "__main__":
    import unittest
    unittest.main()
