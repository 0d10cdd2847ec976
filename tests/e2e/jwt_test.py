"""Callers with signed tokens: config/jwt.yaml, with keys and tokens made by Python and the openssl program."""
import base64
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from kit import GatewayTest, binary, ok

SECRET = "0123456789abcdef0123456789abcdef"


def coded(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else data.encode()).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def halves(der):
    """r and s of a DER signature, 32 bytes each, as JOSE wants them."""
    r = der[4:4 + der[3]]
    s = der[6 + der[3]:]
    return b"".join(part.lstrip(b"\0").rjust(32, b"\0") for part in (r, s))


class Issuer:
    """Keys of each type in a directory, and tokens made with them."""

    kinds = {"RS256": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
             "ES256": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
             "EdDSA": ("-algorithm", "ED25519")}

    def __init__(self, directory):
        self.directory = directory
        for alg, options in self.kinds.items():
            openssl("genpkey", *options, "-out", self.path(alg))

    def path(self, alg):
        return os.path.join(self.directory, alg + ".pem")

    def parameters(self, alg):
        der = openssl("pkey", "-in", self.path(alg), "-pubout", "-outform", "DER")
        if alg == "ES256":
            return {"kty": "EC", "crv": "P-256", "x": coded(der[-64:-32]), "y": coded(der[-32:])}
        if alg == "EdDSA":
            return {"kty": "OKP", "crv": "Ed25519", "x": coded(der[-32:])}
        modulus = openssl("rsa", "-in", self.path(alg), "-modulus", "-noout").decode().strip().split("=")[1]
        return {"kty": "RSA", "n": coded(bytes.fromhex(modulus)), "e": "AQAB"}

    def key_set(self, *algs):
        return {"keys": [{"kid": alg, "use": "sig", "alg": alg, **self.parameters(alg)} for alg in algs]}

    def sign(self, alg, text):
        if alg == "HS256":
            return hmac.new(SECRET.encode(), text, hashlib.sha256).digest()
        if alg == "EdDSA":
            file = os.path.join(self.directory, "text")
            with open(file, "wb") as out:
                out.write(text)
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path(alg), "-in", file)
        signature = openssl("dgst", "-sha256", "-sign", self.path(alg), data=text)
        return halves(signature) if alg == "ES256" else signature

    def token(self, alg, claims=None, **header):
        payload = {"iss": "https://idp.example.com/", "aud": "api", "sub": "ann", "exp": int(time.time()) + 600,
                   **(claims or {})}
        text = coded(json.dumps({"alg": alg, "kid": alg, **header})) + "." + coded(
            json.dumps({key: value for key, value in payload.items() if value is not None}))
        return text + "." + coded(self.sign(alg, text.encode()))


def bearer(token):
    return f"Authorization: Bearer {token}\r\n"


class Jwt(GatewayTest):
    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.mkdtemp(prefix="sluice-e2e-")
        cls.issuer = Issuer(cls.keys)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.keys, ignore_errors=True)

    def setUp(self):
        self.origin_ = self.origin(ok("app"))

    def example_(self, *algs):
        file = self.write("keys.json", json.dumps(self.issuer.key_set(*(algs or self.issuer.kinds))))
        return self.example("jwt", self.origin_, JWKS=file, SERVICE_SECRET=SECRET)

    def test_each_kind_of_key(self):
        gateway = self.example_()
        client = gateway.connect()  # one worker, which remembers
        for alg in self.issuer.kinds:
            token = self.issuer.token(alg, {"sub": "user of " + alg, "realm": {"roles": ["a", "b"]}})
            for again in (False, True):
                with self.subTest(alg, again=again):
                    answer = client.get("/", bearer(token) + "X-User-ID: forged\r\nx_user_id: forged\r\n")
                    self.assertEqual(answer.status, 200)
                    sent = self.origin_.last
                    self.assertEqual(sent.all("X-User-ID"), ["user of " + alg])
                    self.assertEqual(sent.all("x_user_id"), [])
                    self.assertEqual(sent.all("X-User-Roles"), ["a,b"])
        self.assertEqual(gateway.metric("sluice_jwt_total", policy="login", result="ok"), 6)
        self.assertEqual(gateway.metric("sluice_jwt_cache_total", policy="login", result="hit"), 3)

    def test_a_refusal_says_why_and_nothing_goes_on(self):
        gateway = self.example_()
        good = self.issuer.token("ES256")
        head, payload, signature = good.split(".")
        cases = {
            "token_missing": "",
            "token_ambiguous": bearer(good) + bearer(good),
            "token_malformed": bearer("not-a-token"),
            "token_algorithm": bearer(coded('{"alg":"none"}') + "." + payload + "."),
            "token_key_unknown": bearer(self.issuer.token("ES256", kid="another")),
            "token_signature": bearer(f"{head}.{payload}.{coded(bytes(64))}"),
            "token_expired": bearer(self.issuer.token("ES256", {"exp": int(time.time()) - 600})),
            "token_early": bearer(self.issuer.token("ES256", {"nbf": int(time.time()) + 600})),
            "token_issuer": bearer(self.issuer.token("ES256", {"iss": "https://idp.example.com"})),
            "token_audience": bearer(self.issuer.token("ES256", {"aud": ["web"]})),
            "token_claims": bearer(self.issuer.token("ES256", {"sub": None})),
            "token_critical": bearer(self.issuer.token("ES256", crit=["exp"])),
            "token_oversized": bearer(self.issuer.token("ES256", {"x": "x" * 9000})),
        }
        for reason, fields in cases.items():
            with self.subTest(reason):
                answer = gateway.get("/" + reason, fields)
                status = 400 if reason == "token_ambiguous" else 401
                self.assertEqual((answer.status, answer.get("Content-Type")), (status, "application/problem+json"))
                challenge = answer.get("WWW-Authenticate")
                self.assertTrue(challenge.startswith('Bearer realm="sluice"'), challenge)
                self.assertEqual("error=" in challenge, reason != "token_missing")
                self.assertEqual(gateway.logged(cause=reason)["flags"], "UAEX")
        self.assertEqual(self.origin_.requests, [])

    def test_a_shared_secret(self):
        gateway = self.example_()
        good = self.issuer.token("HS256", {"iss": "services"}, kid="2026")
        self.assertEqual(gateway.get("/internal/x", bearer(good)).status, 200)
        self.assertEqual(gateway.get("/x", bearer(good)).status, 401)
        public = openssl("pkey", "-in", self.issuer.path("RS256"), "-pubout")
        text = coded('{"alg":"HS256","kid":"RS256"}') + "." + good.split(".")[1]
        forged = text + "." + coded(hmac.new(public, text.encode(), hashlib.sha256).digest())
        self.assertEqual(gateway.get("/x", bearer(forged)).status, 401)

    def test_a_token_in_query_or_cookie_is_not_forwarded_nor_logged(self):
        gateway = self.example_()
        token = self.issuer.token("RS256", {"aud": "download"})
        self.assertEqual(gateway.get("/files/a?x=1&token=" + token + "&y=2").status, 200)
        self.assertEqual(self.origin_.last.target, "/files/a?x=1&y=2")
        self.assertEqual(gateway.get("/files/b", f"Cookie: a=1; session={token}\r\n").status, 200)
        self.assertEqual(self.origin_.last.all("Cookie"), ["a=1"])
        self.assertEqual(gateway.get("/files/c?token=" + token[:-2]).status, 401)
        gateway.logged(cause="token_signature")
        with open(gateway.stdout_path) as out, open(gateway.stderr_path) as err:
            self.assertNotIn(token[40:80], out.read() + err.read())

    def test_new_keys_after_a_reload(self):
        file = self.write("keys.json", json.dumps(self.issuer.key_set("ES256")))
        gateway = self.gateway(self.origin_, route={"filters": {"jwt": {"jwks": {"file": file}}}})
        old, new = self.issuer.token("ES256"), self.issuer.token("RS256")
        self.assertEqual([gateway.get("/", bearer(token)).status for token in (old, old, new)], [200, 200, 401])
        with open(file, "w") as out:
            json.dump(self.issuer.key_set("RS256"), out)
        gateway.reload()
        self.assertEqual([gateway.get("/", bearer(token)).status for token in (old, new)], [401, 200])

    def test_settings_that_cannot_be_are_told_with_their_line(self):
        file = self.write("sluice.yaml", "version: 1\n"
                          "listeners: { main: { bind: \"127.0.0.1:0\" } }\n"
                          "routes: { a: { match: /a, respond: {}, filters: { jwt: {\n"
                          "  keys: [{ secret: tooshortasecret }] } } } }\n")
        checked = subprocess.run([binary(), "check", "-c", file], capture_output=True, text=True)
        self.assertEqual(checked.returncode, 1)
        self.assertIn(":4:20: routes.a.filters.jwt.keys[0].secret", checked.stderr)
        self.assertIn("a secret for HS256 has at least 32 bytes", checked.stderr)
        self.assertNotIn("tooshort", checked.stderr)


if __name__ == "__main__":
    unittest.main()
