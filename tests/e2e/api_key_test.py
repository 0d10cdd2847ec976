"""Who is asking, by API key: config/api_key.yaml and what stands around it."""
import hashlib
import subprocess

from kit import GatewayTest, binary, eventually, ok

CI, PARTNER = "ci-key-for-the-example", "partner-key-for-the-example"


def sha256(key):
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKey(GatewayTest):
    def test_the_example(self):
        origin = self.origin(ok("app"))
        gateway = self.example("api_key", origin)
        for key, site, deploy in ((CI, 200, 200), ("dashboard-key-for-the-example", 200, 403), (PARTNER, 200, 403),
                                  ("wrong", 401, 401), (sha256(CI), 401, 401), ("", 401, 401), ("x" * 513, 401, 401)):
            with self.subTest(key):
                field = f"X-API-Key: {key}\r\n"
                self.assertEqual((gateway.get("/", field).status, gateway.get("/deploy/x", field).status), (site, deploy))
        self.assertTrue(all(r.get("X-API-Key") is None for r in origin.requests))
        self.assertEqual(gateway.logged(2, principal="ci")[0]["status"], 200)

    def test_refusals_say_so_and_nothing_goes_on(self):
        origin = self.origin(ok("app"))
        gateway = self.example("api_key", origin)
        answer = gateway.get("/")
        self.assertEqual((answer.status, answer.get("WWW-Authenticate")), (401, "ApiKey"))
        self.assertEqual(gateway.logged(status=401)["cause"], "api_key_missing")
        self.assertEqual(gateway.get("/", f"X-API-Key: {CI}\r\nx-api-key: {CI}\r\n").status, 400)
        self.assertEqual(gateway.get(f"/?api_key={CI}&api%5Fkey={CI}").status, 400)
        self.assertEqual(gateway.get("/?api_key=wrong", f"X-API-Key: {CI}\r\n").status, 200)
        self.assertEqual(gateway.get(f"/?api_key={CI}", "X-API-Key: wrong\r\n").status, 401)
        self.assertEqual(len(origin.requests), 1)
        self.assertEqual(origin.requests[0].target, "/")
        self.assertEqual(gateway.metric("sluice_api_key_requests_total", policy="keys", result="malformed"), 2)

    def test_a_key_in_the_query_goes_no_further(self):
        origin = self.origin(ok("app"))
        gateway = self.example("api_key", origin)
        self.assertEqual(gateway.get(f"/a?x=1&api_key={CI}&y=%41").status, 200)
        self.assertEqual(gateway.get(f"/b?api_key={CI}").status, 200)
        self.assertEqual([r.target for r in origin.requests], ["/a?x=1&y=%41", "/b"])

    def test_no_key_is_ever_shown(self):
        origin = self.origin(ok("app"))
        secret = "never-to-be-seen"
        policy = {"keys": {"ann": {"sha256": sha256(secret)}}, "from": ["X-API-Key", {"query": "key"}, {"cookie": "key"}]}
        gateway = self.gateway(origin, policies={"keys": {"api_key": policy}, "nobody": {"ip": {"deny": ["127.0.0.2"]}}},
                               defaults={"use": ["nobody"]}, telemetry={"access_log": {"query": True}},
                               routes={"all": {"match": "/a/**", "use": ["keys"], "to": "origin"}})
        fields = f"X-API-Key: {secret}\r\nCookie: key={secret}; a=b\r\nAuthorization: Basic {secret}\r\n"
        self.assertEqual(gateway.get(f"/a/?key={secret}&k%65y={secret}", fields).status, 200)
        self.assertEqual(gateway.get(f"/none?key={secret}&p=1").status, 404)
        self.assertEqual(gateway.get(f"/a/?key={secret}x").status, 401)
        self.assertEqual(gateway.logged(status=404)["query"], "key=***&p=1")
        gateway.logged(status=401)
        config = gateway.admin("/config")[2]
        explained = subprocess.run([binary(), "explain", "-c", gateway.file, "GET", f"http://a/a/?key={secret}&p=1",
                                    "-H", f"X-API-Key: {secret}"], capture_output=True, text=True, timeout=60)
        self.assertIn("key=***&p=1", explained.stdout)
        for where, text in (("log", "\n".join(map(str, gateway.log_lines()))), ("stderr", gateway.stderr()), ("config", str(config)),
                            ("status", str(gateway.status())), ("explain", explained.stdout + explained.stderr)):
            with self.subTest(where):
                self.assertNotIn(secret, text)
                self.assertNotIn(sha256(secret), text)
        request = origin.requests[0]
        self.assertEqual((request.target, request.get("Cookie")), ("/a/", "a=b"))

    def test_keys_come_and_go_with_their_file(self):
        origin = self.origin(ok("app"))
        directory = self.directory()
        file = self.write("keys.yaml", f"keys: {{ ann: {sha256('one')} }}\n", directory)
        gateway = self.gateway(origin, args=("--watch",), policies={"keys": {"api_key": {"file": file}}},
                               route={"use": ["keys"]})
        self.assertEqual(gateway.get("/", "X-API-Key: one\r\n").status, 200)
        self.write("keys.yaml", f"keys: {{ ann: {sha256('two')} }}\n", directory)
        eventually(lambda: gateway.get("/", "X-API-Key: two\r\n").status == 200, "the new key is good")
        self.assertEqual(gateway.get("/", "X-API-Key: one\r\n").status, 401)
        before = gateway.version()
        self.write("keys.yaml", "keys: { ann: broken }\n", directory)
        eventually(lambda: "expected 64 hexadecimal digits" in gateway.stderr(), "the broken file is told")
        self.assertEqual((gateway.get("/", "X-API-Key: two\r\n").status, gateway.version()), (200, before))

    def test_in_shadow_everybody_passes_unproven(self):
        origin = self.origin(ok("app"))
        gateway = self.gateway(origin, policies={"keys": {"api_key": {"keys": {"ann": sha256("one")}, "mode": "shadow"}}},
                               routes={"all": {"match": "/**", "use": ["keys"], "to": "origin"},
                                       "safe": {"match": "/safe", "use": ["keys"], "require": {"any": [
                                           {"scopes": ["x"]}, {"roles": ["y"]}]}, "to": "origin"}})
        self.assertEqual(gateway.get("/", "X-API-Key: wrong\r\n").status, 200)
        self.assertEqual(gateway.get("/safe", "X-API-Key: wrong\r\n").status, 401)
        self.assertEqual(gateway.logged(status=401)["cause"], "principal_unproven")
        self.assertEqual(gateway.get("/safe", "X-API-Key: one\r\n").status, 403)


if __name__ == "__main__":
    import unittest
    unittest.main()
