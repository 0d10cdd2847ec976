"""The fields that tell browsers to be careful: config/security.yaml."""
import http.client
import ssl

from kit import GatewayTest, ok

STRICT = {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
          "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}


class Security(GatewayTest):
    def setUp(self):
        self.source = self.origin(ok("app", "Server: Apache/2.4.1", "X-Powered-By: PHP", "X-Frame-Options: ALLOWALL",
                                     "Strict-Transport-Security: max-age=1"))

    def check(self, answer, expected):
        for name, value in expected.items():
            self.assertEqual(answer.all(name), [value] if value else [], name)

    def test_the_example(self):
        gateway = self.example("security", self.source)
        self.check(gateway.get("/api/x"), {**STRICT, "Server": None, "X-Powered-By": None,
                                           "Strict-Transport-Security": None})
        self.check(gateway.get("/"), {"X-Frame-Options": "SAMEORIGIN", "X-Content-Type-Options": "nosniff",
                                      "Referrer-Policy": "strict-origin-when-cross-origin",
                                      "Content-Security-Policy": "default-src 'self'; img-src 'self' data:",
                                      "Permissions-Policy": "camera=(), microphone=(), geolocation=()"})

    def test_hsts_is_for_tls_only(self):
        gateway = self.example("security", self.source)
        said = gateway.get("/api/x", "X-Forwarded-Proto: https\r\n")
        self.check(said, {"Strict-Transport-Security": "max-age=31536000"})
        gateway = self.gateway(self.source, policies={"careful": {"security": "strict"}}, route={"use": ["careful"]},
                               listeners={"main": {}, "secure": {"tls": {"certificates": "self-signed"}}})
        self.check(gateway.get("/", "X-Forwarded-Proto: https\r\n"), {"Strict-Transport-Security": None})
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", gateway.port("secure"), timeout=20, context=context)
        self.addCleanup(connection.close)
        connection.request("GET", "/")
        self.assertEqual(connection.getresponse().headers.get_all("Strict-Transport-Security"), ["max-age=31536000"])

    def test_on_every_answer(self):
        gateway = self.gateway(self.source, policies={"careful": {"security": "strict"},
                                                      "none": {"ip": {"deny": ["127.0.0.0/8"]}}},
                               defaults={"use": ["careful"]},
                               routes={"all": {"match": "/app", "to": "origin"},
                                       "here": {"match": {"path": "/here", "methods": ["GET"]}, "respond": {"body": "x"}},
                                       "moved": {"match": "/moved", "redirect": "/app"},
                                       "shut": {"match": "/shut", "use": ["+none"], "to": "origin"}})
        for target, method, status in (("/app", "GET", 200), ("/here", "GET", 200), ("/moved", "GET", 308),
                                       ("/shut", "GET", 403), ("/none", "GET", 404), ("/here", "POST", 405)):
            with self.subTest(target):
                answer = gateway.get(target, method=method)
                self.assertEqual(answer.status, status)
                self.check(answer, STRICT)


if __name__ == "__main__":
    import unittest
    unittest.main()
