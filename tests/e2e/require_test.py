"""What a caller may do, and several ways to say who it is: config/require.yaml and what stands around it."""
import base64
import hashlib
import hmac
import json
import subprocess
import time

from kit import GatewayTest, binary, ok

SECRET = b"a-secret-for-the-example-of-32-bytes"


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(**claims):
    text = part(b'{"alg":"HS256","kid":"demo"}') + b"." + part(json.dumps({"exp": time.time() + 600, **claims}).encode())
    return (text + b"." + part(hmac.new(SECRET, text, hashlib.sha256).digest())).decode()


def bearer(**claims):
    return f"Authorization: Bearer {token(**claims)}\r\n"


READER, ROBOT = "X-API-Key: reader-key-for-the-example\r\n", "X-API-Key: robot-key-for-the-example\r\n"


class Require(GatewayTest):
    def setUp(self):
        self.source = self.origin(ok("app"))

    def test_the_example(self):
        gateway = self.example("require", self.source)
        cases = (("GET", READER, 200), ("GET", bearer(sub="ann", scope="reports:read"), 200),
                 ("GET", bearer(sub="ann", scope="other"), 403), ("GET", "", 401), ("GET", bearer(sub="ann", exp=1), 401),
                 ("GET", bearer(sub="ann", exp=1) + READER, 200), ("GET", "Authorization: Bearer x.y.z\r\n", 401),
                 ("POST", READER, 403), ("POST", bearer(sub="ann", scope="reports:write"), 403),
                 ("POST", bearer(sub="ann", scope="reports:write", tier="silver"), 200),
                 ("POST", bearer(sub="ann", scope="reports:write", tier="bronze"), 403))
        for method, fields, status in cases:
            with self.subTest((method, fields)):
                self.assertEqual(gateway.get("/reports/1", fields, method=method).status, status)
        self.assertEqual(gateway.get("/both", bearer(sub="ann")).status, 401)
        self.assertEqual(gateway.get("/both", READER).status, 401)
        self.assertEqual(gateway.get("/both", bearer(sub="ann") + READER).status, 200)
        self.assertEqual(gateway.logged(route="both", status=200)["principal"], "ann")

    def test_401_against_403(self):
        gateway = self.example("require", self.source)
        nobody = gateway.get("/reports/1")
        self.assertEqual(nobody.status, 401)
        self.assertEqual([c.split(" ")[0] for c in nobody.all("WWW-Authenticate")], ["Bearer", "ApiKey"])
        lacking = gateway.get("/reports/1", bearer(sub="ann", scope="other"))
        self.assertEqual(lacking.get("WWW-Authenticate"), 'Bearer error="insufficient_scope", scope="reports:read"')
        self.assertEqual(gateway.logged(status=403)["cause"], "scope_missing")
        self.assertEqual(gateway.logged(status=403)["flags"], "UAEX")
        self.assertIsNone(gateway.get("/reports/1", READER, method="DELETE").get("WWW-Authenticate"))
        self.assertEqual(self.source.requests, [])

    def test_each_way_keeps_its_mode(self):
        gateway = self.example("require", self.source)
        gateway.write(gateway.config.replace("    api_key:\n      keys:", "    api_key:\n      mode: off\n      keys:"))
        before = gateway.version()
        gateway.signal(1)
        gateway.eventually(lambda: gateway.version() > before, "the reload is taken")
        self.assertEqual(gateway.get("/reports/1", READER).status, 401)
        self.assertEqual(gateway.get("/reports/1", bearer(sub="ann", scope="reports:read")).status, 200)

    def test_explain_shows_the_choice(self):
        gateway = self.example("require", self.source)
        said = subprocess.run([binary(), "explain", "-c", gateway.file, "GET", "/reports/1"], capture_output=True,
                              text=True, timeout=60)
        for line in ("identity: reports/identity, any of these", "identity: tokens (jwt), enforce", "identity: keys (api_key), enforce",
                     "permission: reports/require (require), enforce"):
            self.assertIn(line, said.stdout)

    def test_nobody_can_meet_a_demand_without_identity(self):
        file = self.write("sluice.yaml", 'version: 1\nlisteners: { a: { bind: "127.0.0.1:0" } }\n'
                          "routes: { r: { match: /, require: { scopes: [a] }, respond: {} } }\n")
        said = subprocess.run([binary(), "check", "-c", file], capture_output=True, text=True, timeout=60)
        self.assertEqual(said.returncode, 1)
        self.assertIn("routes.r.require: 'r/require' asks who the caller is, and no filter of the route finds out",
                      said.stderr)


if __name__ == "__main__":
    import unittest
    unittest.main()
