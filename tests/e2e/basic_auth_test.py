"""Who is asking, by name and password: config/basic_auth.yaml and what stands around it."""
import base64
import subprocess
import threading

from kit import GatewayTest, ok


def login(text):
    return "Authorization: Basic " + base64.b64encode(text.encode()).decode() + "\r\n"


ANN, BOB = login("ann:ann-for-the-example"), login("bob:bob-for-the-example")


class BasicAuth(GatewayTest):
    def setUp(self):
        self.source = self.origin(ok("app"))
        self.gate = self.example("basic_auth", self.source)

    def test_the_example(self):
        for fields, site, admin in ((ANN, 200, 200), (BOB, 200, 403), (login("ann:bob-for-the-example"), 401, 401),
                                    (login("eve:x"), 401, 401), (login("ann"), 401, 401), ("", 401, 401)):
            with self.subTest(fields):
                self.assertEqual((self.gate.get("/", fields).status, self.gate.get("/admin/x", fields).status), (site, admin))
        self.assertTrue(all(r.get("Authorization") is None for r in self.source.requests))
        self.assertEqual(self.gate.get("/").get("WWW-Authenticate"), 'Basic realm="ops", charset="UTF-8"')
        self.assertEqual(self.gate.logged(principal="bob", status=403)["cause"], "role_missing")

    def test_curl(self):
        said = subprocess.run(["curl", "-s", "--noproxy", "*", "-u", "ann:ann-for-the-example", f"http://127.0.0.1:{self.gate.port()}/"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(said.stdout, "app")

    def test_nobody_waits_for_another_s_hash(self):
        def guess():
            self.gate.get("/", login(f"ann:{threading.get_ident()}"))
        client = self.gate.connect()
        client.get("/", BOB)
        guesses = [threading.Thread(target=guess) for _ in range(12)]
        for thread in guesses:
            thread.start()
        while any(t.is_alive() for t in guesses):
            self.assertEqual(client.get("/", BOB).status, 200)
        for thread in guesses:
            thread.join()
        self.assertEqual(self.gate.metric("sluice_basic_auth_requests_total", policy="staff", result="wrong"), 12)
        self.assertGreater(self.gate.metric("sluice_basic_auth_requests_total", policy="staff", result="remembered"), 10)

    def test_no_password_is_ever_shown(self):
        self.gate.get("/", ANN)
        self.gate.get("/", login("ann:almost-for-the-example"))
        self.gate.logged(status=401)
        config = str(self.gate.admin("/config")[2])
        for text in ("\n".join(map(str, self.gate.log_lines())), self.gate.stderr(), config, str(self.gate.status())):
            for secret in ("for-the-example", ANN.split()[2], "$2b$", "$6$"):
                self.assertNotIn(secret, text)


if __name__ == "__main__":
    import unittest
    unittest.main()
