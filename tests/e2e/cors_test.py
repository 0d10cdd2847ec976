"""What a browser asks and what it may then do: config/cors.yaml, and a browser that goes by the Fetch standard."""
import http.client
import subprocess

from kit import GatewayTest, ok

SAFE_METHODS = ("GET", "HEAD", "POST")
SAFE_FIELDS = ("accept", "accept-language", "content-language")


class Blocked(Exception):
    """What a script sees as "Failed to fetch"."""


class Browser:
    """Sends what a script at `origin` asks for, as Fetch has it: "CORS-preflight fetch" and "CORS check"."""

    def __init__(self, gateway, origin, credentials=False):
        self.gateway, self.origin, self.credentials = gateway, origin, credentials

    def send(self, method, target, fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port(), timeout=20)
        try:
            connection.request(method, target, headers={**fields, "Origin": self.origin})
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def check(self, answer):
        allowed = answer.headers.get_all("Access-Control-Allow-Origin", [])
        if len(allowed) != 1:
            raise Blocked(f"Access-Control-Allow-Origin: {allowed}")
        if allowed == ["*"] and not self.credentials:
            return
        if allowed != [self.origin]:
            raise Blocked(f"of {allowed[0]}")
        if self.credentials and answer.headers.get("Access-Control-Allow-Credentials") != "true":
            raise Blocked("no credentials")

    def members(self, answer, name):
        return [m.strip() for m in answer.headers.get(name, "").split(",") if m.strip()]

    def preflight(self, method, target, unsafe):
        fields = {"Access-Control-Request-Method": method}
        if unsafe:
            fields["Access-Control-Request-Headers"] = ",".join(sorted(unsafe))
        answer, _ = self.send("OPTIONS", target, fields)
        self.check(answer)
        if not 200 <= answer.status < 300:
            raise Blocked(f"preflight {answer.status}")
        methods = self.members(answer, "Access-Control-Allow-Methods")
        if method not in methods and method not in SAFE_METHODS and (self.credentials or "*" not in methods):
            raise Blocked(f"{method} is not in {methods}")
        allowed = [m.lower() for m in self.members(answer, "Access-Control-Allow-Headers")]
        for name in unsafe:
            if name not in allowed and (self.credentials or "*" not in allowed or name == "authorization"):
                raise Blocked(f"{name} is not in {allowed}")

    def fetch(self, method, target, fields=None):
        """(status, body, the fields that the script may read)"""
        unsafe = [name.lower() for name in fields or {} if name.lower() not in SAFE_FIELDS]
        if unsafe or method not in SAFE_METHODS:
            self.preflight(method, target, unsafe)
        answer, body = self.send(method, target, fields or {})
        self.check(answer)
        exposed = [m.lower() for m in self.members(answer, "Access-Control-Expose-Headers")]
        return answer.status, body, {k.lower(): v for k, v in answer.headers.items() if k.lower() in exposed}


class Cors(GatewayTest):
    def setUp(self):
        self.source = self.origin(ok("thing", "X-Total: 7", "X-Secret: 1", "Access-Control-Allow-Origin: *", "Vary: Accept"))

    def test_scripts_that_have_leave(self):
        gateway = self.example("cors", self.source)
        for origin in ("https://app.example.com", "https://a.example.org", "https://a.b.example.org", "http://localhost:3000"):
            with self.subTest(origin):
                browser = Browser(gateway, origin, credentials=True)
                self.assertEqual(browser.fetch("GET", "/items/1"), (200, b"thing", {"x-total": "7"}))
                self.assertEqual(browser.fetch("PUT", "/items/1", {"Authorization": "Bearer x", "Content-Type": "text/json"})[0], 200)
                self.assertEqual(browser.fetch("DELETE", "/items/1")[0], 200)
        self.assertNotIn("OPTIONS", [r.method for r in self.source.requests])

    def test_scripts_that_have_none(self):
        gateway = self.example("cors", self.source)
        for origin in ("https://evil.example", "https://app.example.com.evil.example", "http://app.example.com",
                       "https://example.org", "https://app.example.com:8443", "null"):
            with self.subTest(origin):
                for method in ("GET", "PUT"):
                    self.assertRaises(Blocked, Browser(gateway, origin).fetch, method, "/items/1")
        self.assertEqual({r.method for r in self.source.requests}, {"GET"}, "no preflight and no PUT went on")

    def test_what_has_no_leave_is_blocked(self):
        gateway = self.example("cors", self.source)
        browser = Browser(gateway, "https://app.example.com", credentials=True)
        self.assertRaises(Blocked, browser.fetch, "PUT", "/items/1", {"X-Other": "1"})
        self.assertRaises(Blocked, browser.fetch, "PATCH", "/items/1")
        self.assertEqual(self.source.requests, [])

    def test_public_things(self):
        gateway = self.example("cors", self.source)
        for origin in ("https://anybody.example", "null"):
            self.assertEqual(Browser(gateway, origin).fetch("GET", "/public/font")[0], 200)
            self.assertRaises(Blocked, Browser(gateway, origin, credentials=True).fetch, "GET", "/public/font")
        self.assertEqual(gateway.get("/public/font").all("Vary"), ["Accept"])

    def test_caches_are_told(self):
        gateway = self.example("cors", self.source)
        for fields in ("", "Origin: https://evil.example\r\n", "Origin: https://app.example.com\r\n"):
            self.assertEqual(gateway.get("/items/1", fields).all("Vary"), ["Accept, Origin"])

    def test_a_preflight_is_matched_by_the_method_it_asks_for(self):
        gateway = self.example("cors", self.source)

        def preflight(target, method, more=""):
            return gateway.get(target, f"Origin: https://app.example.com\r\nAccess-Control-Request-Method: {method}\r\n{more}",
                               method="OPTIONS")
        for method in ("GET", "PUT", "DELETE"):
            self.assertEqual(preflight("/items/1", method).status, 204)
        unknown = preflight("/items/1", "PATCH")
        self.assertEqual((unknown.status, sorted(unknown.get("Allow").split(", "))), (405, ["DELETE", "GET", "HEAD", "PUT"]))
        self.assertEqual(gateway.get("/items/1", method="OPTIONS").status, 405, "it asks for nothing: no preflight")
        self.assertEqual(self.source.requests, [])
        private = preflight("/items/1", "PUT", "Access-Control-Request-Private-Network: true\r\n")
        self.assertIsNone(private.get("Access-Control-Allow-Private-Network"))
        self.assertEqual(preflight("/internal/x", "PUT").status, 200, "without cors it is a request like any other")
        self.assertEqual([r.method for r in self.source.requests], ["OPTIONS"])

    def test_leave_for_one_route_is_none_for_another(self):
        gateway = self.gateway(self.source, policies={"scripts": {"cors": {"origins": "https://app.example", "methods": "*"}}},
                               route={"use": ["scripts"]},
                               routes={"shut": {"match": {"path": "/shut", "methods": ["PUT"]}, "to": "origin"}})
        browser = Browser(gateway, "https://app.example")
        self.assertEqual(browser.fetch("PUT", "/open")[0], 200)
        self.assertRaises(Blocked, browser.fetch, "PUT", "/shut")
        self.assertEqual([(r.method, r.target) for r in self.source.requests], [("PUT", "/open")])

    def test_leave_by_default_is_none_for_a_route_without(self):
        gateway = self.gateway(policies={"scripts": {"cors": {"origins": "https://app.example", "methods": "*"}}},
                               defaults={"use": ["scripts"]},
                               routes={"shut": {"match": {"path": "/shut", "methods": ["PUT"]}, "use": [],
                                                "respond": {"body": "done"}}})
        browser = Browser(gateway, "https://app.example")
        self.assertRaises(Blocked, browser.fetch, "PUT", "/shut")
        self.assertRaises(Blocked, browser.fetch, "PUT", "/none")
        self.assertEqual(browser.fetch("GET", "/none")[0], 404, "without a preflight the refusal can be read")

    def test_a_preflight_needs_no_identity_and_a_refusal_can_be_read(self):
        gateway = self.gateway(self.source, route={"use": ["scripts", "login"]}, policies={
            "login": {"jwt": {"issuer": "x", "keys": [{"kid": "a", "alg": "HS256", "secret": "s" * 32}]}},
            "scripts": {"cors": {"origins": "https://app.example", "headers": "*", "methods": "*"}}})
        browser = Browser(gateway, "https://app.example")
        status, _, _ = browser.fetch("PUT", "/", {"Authorization": "Bearer nonsense"})
        self.assertEqual(status, 401)
        self.assertEqual(self.source.requests, [])

    def test_where_no_route_is(self):
        gateway = self.gateway(self.source, policies={"scripts": {"cors": {"origins": "https://app.example"}}},
                               defaults={"use": ["scripts"]}, routes={"all": {"match": "/x", "to": "origin"}})
        self.assertEqual(Browser(gateway, "https://app.example").fetch("GET", "/none")[0], 404)

    def test_off_it_is_not_asked(self):
        gateway = self.gateway(self.source, route={"match": {"path": "/**", "methods": ["PUT"]}, "use": ["scripts"]},
                               policies={"scripts": {"cors": {"origins": "https://app.example", "mode": "off"}}})
        self.assertRaises(Blocked, Browser(gateway, "https://app.example").fetch, "PUT", "/")
        self.assertEqual(self.source.requests, [])

    def test_curl(self):
        gateway = self.example("cors", self.source)
        done = subprocess.run(["curl", "-sS", "-i", "-X", "OPTIONS", "-H", "Origin: https://app.example.com",
                               "-H", "Access-Control-Request-Method: PUT", "-H", "Access-Control-Request-Headers: x-team",
                               f"http://127.0.0.1:{gateway.port()}/items/1"], capture_output=True, timeout=20, check=True)
        head = done.stdout.decode()
        self.assertTrue(head.startswith("HTTP/1.1 204 "), head)
        for line in ("Access-Control-Allow-Origin: https://app.example.com", "Access-Control-Allow-Credentials: true",
                     "Access-Control-Allow-Methods: GET, PUT, DELETE",
                     "Access-Control-Allow-Headers: Authorization, Content-Type, X-Team", "Access-Control-Max-Age: 600"):
            self.assertIn("\r\n" + line + "\r\n", head)
        self.assertNotIn("Content-Length", head)


if __name__ == "__main__":
    import unittest
    unittest.main()
