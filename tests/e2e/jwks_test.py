"""Key sets that are fetched: a real issuer over HTTPS that rotates its keys, is down, lies, or is stormed."""
import base64
import json
import os
import ssl
import subprocess
import threading
import time

from kit import AuthorityTest, Origin, Port, binary, ok


def coded(data):
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True, timeout=60).stdout


def bearer(token):
    return f"Authorization: Bearer {token}\r\n"


class SigningKey:
    def __init__(self, directory, kid):
        self.kid = kid
        self.path = os.path.join(directory, kid + ".pem")
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.path)
        modulus = openssl("rsa", "-in", self.path, "-modulus", "-noout").decode().strip().split("=")[1]
        self.jwk = {"kty": "RSA", "use": "sig", "kid": kid, "n": coded(bytes.fromhex(modulus)), "e": "AQAB"}

    def token(self, issuer, kid=None, **claims):
        payload = {"iss": issuer, "sub": "ann", "exp": int(time.time()) + 600, **claims}
        text = coded({"alg": "RS256", "kid": kid or self.kid}) + "." + coded(payload)
        return text + "." + coded(openssl("dgst", "-sha256", "-sign", self.path, data=text.encode()))


class Issuer:
    """Publishes its keys at /jwks and a discovery document."""

    def __init__(self, test, authority, port=None, names=("127.0.0.1",)):
        self.test = test
        pair = authority.issue(f"idp{time.monotonic_ns()}", names)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pair["cert"], pair["key"])
        self.keys = []
        self.answers = {}
        self.port = port
        self.start()

    def start(self):
        self.origin = Origin(self.answer, tls=self.context, port=self.port)
        self.test.addCleanup(self.origin.close)
        self.url = self.origin.url
        self.name = self.url + "/"

    def answer(self, request):
        path = request.target
        if path in self.answers:
            return self.answers[path]
        if path == "/jwks":
            return ok(json.dumps({"keys": [k.jwk for k in self.keys]}))
        if path == "/.well-known/openid-configuration":
            return ok(json.dumps({"issuer": self.name, "jwks_uri": self.url + "/jwks"}))
        return ok(b"", status="404 Not Found")

    def fetches(self, path="/jwks"):
        return self.origin.targets().count(path)


class Jwks(AuthorityTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        directory = cls.shared.directory()
        cls.old, cls.new = SigningKey(directory, "old"), SigningKey(directory, "new")

    def held_port(self):
        port = Port()
        self.addCleanup(port.close)
        return port

    def issuer(self, *keys, **options):
        issuer = Issuer(self, self.ca, **options)
        issuer.keys = list(keys or [self.old])
        return issuer

    def guarded(self, name, ready=True, **jwks):
        """A gateway that lets in who has a token of this issuer; ready: once it has the keys."""
        self.app = self.origin(ok("app"))
        gateway = self.gateway(self.app, policies={"login": {"jwt": {
            "issuer": name, "jwks": {"ca": self.ca.cert, **jwks}}}}, defaults={"use": ["login"]})
        if ready:
            gateway.eventually(lambda: self.source(gateway)["usable"], "the keys are there")
        return gateway

    @staticmethod
    def source(gateway):
        return gateway.status()["sources"][0]

    def get(self, gateway, token):
        return gateway.get("/", bearer(token))

    def unavailable(self, gateway, token):
        answer = self.get(gateway, token)
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.get("Content-Type"), "application/problem+json")
        self.assertTrue(answer.get("Retry-After"))
        self.assertIsNone(answer.get("WWW-Authenticate"))
        self.assertEqual(self.app.requests, [], "nothing goes on")

    # ---- rotation

    def test_keys_rotate_under_load_without_a_refusal(self):
        issuer = self.issuer(self.old)
        gateway = self.guarded(issuer.name, url=issuer.url + "/jwks")
        tokens = [[key.token(issuer.name, n=n) for n in range(4)] for key in (self.old, self.new)]
        generation, stop, statuses = [0], threading.Event(), []

        def load():
            with gateway.connect() as client:
                n = 0
                while not stop.is_set():
                    which = n % (generation[0] + 1)
                    statuses.append((which, client.get("/", bearer(tokens[which][n // 2 % 4])).status))
                    n += 1

        threads = [threading.Thread(target=load) for _ in range(6)]
        for t in threads:
            t.start()
        try:
            gateway.eventually(lambda: len(statuses) > 200, "load with the old key")
            issuer.keys = [self.old, self.new]
            generation[0] = 1
            gateway.eventually(lambda: sum(which for which, _ in list(statuses)) > 200, "load with both")
        finally:
            stop.set()
            for t in threads:
                t.join(30)
        self.assertEqual({status for _, status in statuses}, {200})
        self.assertEqual(issuer.fetches(), 2, "all who met the new key shared one fetch")
        self.assertEqual(self.source(gateway)["items"], 2)

    def test_a_withdrawn_key_is_forgotten_with_its_tokens(self):
        issuer = self.issuer(self.old, self.new)
        gateway = self.guarded(issuer.name, url=issuer.url + "/jwks", refresh="1s")
        old, new = self.old.token(issuer.name), self.new.token(issuer.name)
        self.assertEqual([self.get(gateway, t).status for t in (old, new, old)], [200, 200, 200])
        issuer.keys = [self.new]
        gateway.eventually(lambda: self.source(gateway)["items"] == 1, "the refresh")
        self.assertEqual([self.get(gateway, t).status for t in (old, new)], [401, 200])

    def test_a_storm_of_unknown_keys_is_one_fetch(self):
        issuer = self.issuer(self.old)
        gateway = self.guarded(issuer.name, url=issuer.url + "/jwks")
        good = self.old.token(issuer.name)
        body, signature = good.split(".", 1)[1].split(".")

        def storm(first):
            with gateway.connect() as client:
                for n in range(first, first + 250):
                    token = f"{coded({'alg': 'RS256', 'kid': f'k{n}'})}.{body}.{signature}"
                    self.assertEqual(client.get("/", bearer(token)).status, 401)

        threads = [threading.Thread(target=storm, args=(i * 250,)) for i in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
        self.assertEqual(gateway.metric("sluice_jwt_total", result="key"), 2000)
        self.assertEqual(issuer.fetches(), 2, "one at the start, one for the storm")
        self.assertEqual(self.get(gateway, good).status, 200)

    # ---- issuers that are down

    def test_an_issuer_that_is_down_blocks_no_start_and_is_seen(self):
        port = self.held_port()
        name = f"https://127.0.0.1:{port.number}/"
        url = name + "jwks"
        gateway = self.guarded(name, ready=False, url=url)
        self.assertEqual(gateway.admin("/readyz")[0], 200)
        gateway.eventually(lambda: "error" in self.source(gateway), "the first fetch has failed")
        source = self.source(gateway)
        self.assertEqual((source["kind"], source["name"], source["usable"], source["error"]),
                         ("jwks", url, False, "connect_refused"))
        self.assertEqual(gateway.metric("sluice_source_usable", kind="jwks", name=url), 0)
        self.assertGreaterEqual(gateway.metric("sluice_source_fetches_total", name=url, result="failure"), 1)
        self.unavailable(gateway, self.old.token(name))
        self.assertEqual(gateway.get("/").status, 401, "no token is no token")

        issuer = self.issuer(port=port)
        gateway.eventually(lambda: self.source(gateway)["usable"], "it is back")
        self.assertEqual(self.get(gateway, self.old.token(issuer.name)).status, 200)
        self.assertEqual(gateway.metric("sluice_source_usable", kind="jwks", name=url), 1)
        self.assertEqual(gateway.metric("sluice_source_fetches_total", name=url, result="success"), 1)
        self.assertNotIn("error", self.source(gateway))

    def test_known_keys_serve_while_the_issuer_is_gone_and_no_longer(self):
        port = self.held_port()
        issuer = self.issuer(port=port)
        gateway = self.guarded(issuer.name, url=issuer.url + "/jwks", refresh="1s", max_stale="5s")
        token = self.old.token(issuer.name)
        self.assertEqual(self.get(gateway, token).status, 200)
        issuer.origin.close()
        gateway.eventually(lambda: "error" in self.source(gateway), "it is gone")
        self.assertTrue(self.source(gateway)["usable"])
        self.assertEqual(self.get(gateway, token).status, 200)
        self.assertEqual(self.get(gateway, self.old.token(issuer.name, sub="bob")).status, 200, "not remembered")
        gateway.eventually(lambda: not self.source(gateway)["usable"], "the keys are too old")
        self.app.requests.clear()
        self.unavailable(gateway, token)
        issuer.start()
        gateway.eventually(lambda: self.source(gateway)["usable"], "it is back")
        self.assertEqual(self.get(gateway, token).status, 200)

    def test_an_issuer_that_hangs_holds_nobody_for_long(self):
        silent = self.origin(handler=lambda connection: connection.wait_for_end(), tls=self.issuer().context)
        gateway = self.guarded(silent.url + "/", ready=False, url=silent.url + "/jwks")
        silent.wait_for_connections(1)
        begun = time.monotonic()
        self.unavailable(gateway, self.old.token(silent.url + "/"))
        self.assertLess(time.monotonic() - begun, 4.5, "sooner than the fetch gives up")
        gateway.eventually(lambda: self.source(gateway).get("error") == "fetch_timeout", "it does")
        silent.wait_for_connections(2)
        self.assertEqual(gateway.stop(), 0, "a fetch that is under way delays no end")

    def test_keys_survive_a_reload_with_other_times(self):
        port = self.held_port()
        issuer = self.issuer(port=port)
        gateway = self.guarded(issuer.name, url=issuer.url + "/jwks")
        issuer.origin.close()
        token = self.old.token(issuer.name)
        gateway.reload(policies={"login": {"jwt": {"jwks": {"refresh": "5m"}}}})
        self.assertEqual(self.get(gateway, token).status, 200)

    # ---- issuers that are not who they should be

    def test_a_wrong_certificate_gives_no_keys(self):
        other = self.authority("other")
        issuer = Issuer(self, other)
        issuer.keys = [self.old]
        gateway = self.guarded(issuer.name, ready=False, url=issuer.url + "/jwks")
        gateway.eventually(lambda: "error" in self.source(gateway), "a failure")
        self.assertIn("tls_failed", self.source(gateway)["error"])
        self.unavailable(gateway, self.old.token(issuer.name))

    def test_a_wrong_name_gives_no_keys(self):
        issuer = self.issuer(names=("idp.example",))
        gateway = self.guarded(issuer.name, ready=False, url=issuer.url + "/jwks")
        gateway.eventually(lambda: "error" in self.source(gateway), "a failure")
        self.assertIn("mismatch", self.source(gateway)["error"])
        self.unavailable(gateway, self.old.token(issuer.name))

    def test_a_redirect_is_not_followed(self):
        issuer = self.issuer()
        issuer.answers["/moved"] = ok(b"", f"Location: {issuer.url}/jwks", status="302 Found")
        gateway = self.guarded(issuer.name, ready=False, url=issuer.url + "/moved")
        gateway.eventually(lambda: "error" in self.source(gateway), "a failure")
        self.assertEqual(self.source(gateway)["error"], "status 302")
        self.assertEqual(issuer.fetches(), 0)

    # ---- discovery

    def test_the_example_discovers_its_issuer(self):
        issuer = self.issuer()
        self.app = self.origin(ok("app"))
        gateway = self.example("jwks", self.app, ISSUER=issuer.name, SSL_CERT_FILE=self.ca.cert)
        gateway.eventually(lambda: self.source(gateway)["usable"], "the keys are there")
        self.assertEqual(self.source(gateway)["name"], issuer.name + ".well-known/openid-configuration")
        self.assertEqual(self.get(gateway, self.old.token(issuer.name, aud="api")).status, 200)
        self.assertEqual(self.get(gateway, self.old.token(issuer.name, aud="other")).status, 401)
        self.assertEqual(self.get(gateway, self.new.token(issuer.name, kid="old", aud="api")).status, 401)

    def test_a_document_of_another_issuer_gives_no_keys(self):
        issuer = self.issuer()
        page = "/.well-known/openid-configuration"
        evil = {"issuer": "https://evil.example/", "jwks_uri": issuer.url + "/jwks"}
        issuer.answers[page] = ok(json.dumps(evil))
        gateway = self.guarded(issuer.name, ready=False, discover=True)
        gateway.eventually(lambda: "error" in self.source(gateway), "a failure")
        self.assertIn("it is of the issuer 'https://evil.example/'", self.source(gateway)["error"])
        self.assertEqual(issuer.fetches(), 0, "its keys are not even asked for")
        self.unavailable(gateway, self.old.token(issuer.name))
        plain = {"issuer": issuer.name, "jwks_uri": "http://127.0.0.1:1/jwks"}
        issuer.answers[page] = ok(json.dumps(plain))
        gateway.eventually(lambda: self.source(gateway).get("error") == "insecure_url", "http is refused")
        del issuer.answers[page]
        gateway.eventually(lambda: self.source(gateway)["usable"], "the right document")
        self.assertEqual(self.get(gateway, self.old.token(issuer.name)).status, 200)

    def test_an_authority_that_cannot_be_read_refuses_the_file(self):
        gateway = self.guarded(self.issuer().name, discover=True)
        gateway.change(policies={"login": {"jwt": {"jwks": {"ca": "/no/such/ca.pem"}}}})
        status, _, body = gateway.admin("/reload", "POST")
        self.assertEqual(status, 422)
        self.assertIn("jwks.ca: /no/such/ca.pem: cannot be read", body)

    def test_check_fetches_nothing(self):
        issuer = self.issuer()
        gateway = self.guarded(issuer.name, url=issuer.url + "/jwks")
        before = issuer.origin.accepted
        done = subprocess.run([binary(), "check", "-c", gateway.file], capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(issuer.origin.accepted, before)
