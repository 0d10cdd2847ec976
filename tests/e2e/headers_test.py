"""Fields set, added and taken off: config/headers.yaml."""
import re
import subprocess

from kit import GatewayTest, ok


class Headers(GatewayTest):
    def setUp(self):
        self.source = self.origin(ok("app", "X-Powered-By: PHP", "X-Took: 99", "Link: </self>; rel=self"))

    def test_the_example(self):
        gateway = self.example("headers", self.source)
        answer = gateway.get("/items/a%2Fb", "X-Debug: 1\r\nx_debug: 2\r\nX-User: root\r\nx_user: root\r\nX-Other: 3\r\n")
        sent = self.source.requests[0]
        for name, value in {"X-Route": ["item"], "X-Client": ["127.0.0.1"], "X-User": [], "x_user": [], "X-Debug": [],
                            "x_debug": [], "X-Item": ["a%2Fb"], "X-Other": ["3"]}.items():
            self.assertEqual(sent.all(name), value, name)
        self.assertEqual(answer.get("X-Request"), sent.get("X-Request-ID"))
        self.assertEqual(answer.all("X-Powered-By"), [])
        self.assertEqual(answer.all("Link"), ["</self>; rel=self", "</items>; rel=up", "</>; rel=start"])
        self.assertEqual(len(answer.all("X-Took")), 1)
        self.assertTrue(re.fullmatch(r"0\.\d{6}", answer.get("X-Took")), answer.get("X-Took"))

    def test_curl(self):
        gateway = self.example("headers", self.source)
        done = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-D", "-", "-H", "X-User: root",
                               f"http://127.0.0.1:{gateway.port()}/x"], capture_output=True, timeout=20, check=True)
        self.assertIn("\r\nX-Request: ", done.stdout.decode())
        self.assertEqual(self.source.requests[0].all("X-User"), [])

    def test_no_value_ends_its_line(self):
        gateway = self.gateway(self.source, route={"filters": {"headers": {
            "request": {"set": {"X-Query": "{query.q}"}}, "response": {"set": {"X-Query": "q={query.q}"}}}}})
        answer = gateway.get("/?q=a%0d%0aX-Admin:+yes%00")
        self.assertEqual(self.source.requests[0].all("X-Query"), ["a  X-Admin: yes"])
        self.assertEqual(answer.all("X-Query"), ["q=a  X-Admin: yes"])
        for head in (self.source.requests[0], answer):
            self.assertEqual(head.all("X-Admin"), [])

    def test_twice_on_one_route(self):
        gateway = self.gateway(self.source, policies={
            "one": {"headers": {"request": {"set": {"X-A": "one", "X-B": "one"}}, "response": {"add": {"X-Order": "one"}}}},
            "two": {"headers": {"request": {"set": {"X-A": "two"}}, "response": {"add": {"X-Order": "two"}}}}},
            route={"use": ["one", "two"]})
        answer = gateway.get("/")
        self.assertEqual((self.source.requests[0].get("X-A"), self.source.requests[0].get("X-B")), ("two", "one"))
        self.assertEqual(answer.all("X-Order"), ["two", "one"], "the answer comes back the other way")


if __name__ == "__main__":
    import unittest
    unittest.main()
