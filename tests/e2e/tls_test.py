"""TLS on both sides, with the clients that people have: openssl and Python's."""
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess

from kit import AuthorityTest, Client, eventually, ok


class TlsTest(AuthorityTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.api = cls.ca.issue("api", ("api.example",))
        cls.wild = cls.ca.issue("wild", ("*.wild.example",))
        cls.rsa = cls.ca.issue("rsa", ("api.example",), key="rsa")
        cls.local = cls.ca.issue("local", ("localhost", "127.0.0.1"))
        cls.person = cls.ca.issue("person", ("ann",), client=True)
        cls.other_ca = cls.shared.authority("other")
        cls.stranger = cls.other_ca.issue("stranger", ("eve",), client=True)

    def secured(self, *certificates, origin=None, more=None, **tls):
        self.source = origin or self.origin()
        return self.gateway(self.source, listener={"tls": {
            "certificates": list(certificates) or [self.api], **tls}, **(more or {})})

    def context(self, client=None, version=None, ca=None):
        context = ssl.create_default_context(cafile=(ca or self.ca).cert)
        if client:
            context.load_cert_chain(client["cert"], client["key"])
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def secure(self, gateway, name="api.example", context=None, session=None, port=None):
        raw = socket.create_connection(("127.0.0.1", port or gateway.port()), 20)
        wrapped = (context or self.context()).wrap_socket(raw, server_hostname=name, session=session)
        client = Client(wrapped)
        self.addCleanup(client.close)
        return client

    def s_client(self, gateway, *arguments, text=b"Q\n"):
        """What openssl s_client said, and whether the handshake went well."""
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.port()}", *arguments],
                              input=text, capture_output=True, timeout=30)
        return done.stdout.decode("latin-1") + done.stderr.decode("latin-1")


class Serving(TlsTest):
    def test_both_versions(self):
        gateway = self.secured()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                client = self.secure(gateway, context=self.context(version=version))
                self.assertEqual(client.get(host="api.example").body, b"hello")
                self.assertIn("proto=https", self.source.last.get("Forwarded"))
                self.assertEqual(self.source.last.get("X-Forwarded-Proto"), "https")
        versions = {line["tls"] for line in gateway.logged(2)}
        self.assertEqual(versions, {"TLSv1.2", "TLSv1.3"})

    def test_old_versions_are_refused(self):
        gateway = self.secured()
        for version in ("-tls1", "-tls1_1"):
            with self.subTest(version):
                said = self.s_client(gateway, version, "-cipher", "ALL:@SECLEVEL=0")
                self.assertNotRegex(said, r"Cipher is [A-Z]+-")
                self.assertIn("alert", said)

    def test_min_version(self):
        gateway = self.secured(min_version="1.3")
        with self.assertRaises(ssl.SSLError):
            self.secure(gateway, context=self.context(version=ssl.TLSVersion.TLSv1_2))
        self.assertEqual(self.secure(gateway).get(host="api.example").status, 200)

    def test_aead_suites_only(self):
        gateway = self.secured(self.api, self.rsa)
        for suite in ("ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", "AES128-GCM-SHA256",
                      "AES128-SHA", "DHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-CCM"):
            with self.subTest(suite):
                said = self.s_client(gateway, "-tls1_2", "-cipher", suite + ":@SECLEVEL=0")
                if suite.endswith("CCM"):
                    continue
                self.assertIn("Cipher is (NONE)", said)
        for suite in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"):
            with self.subTest(suite):
                self.assertIn(f"Cipher is {suite}", self.s_client(gateway, "-tls1_2", "-cipher", suite))

    def test_no_renegotiation_and_no_compression(self):
        said = self.s_client(self.secured(), "-tls1_2", text=b"R\n")
        self.assertIn("Compression: NONE", said)
        self.assertRegex(said, "no renegotiation|alert|handshake failure|write:errno")

    def test_rsa_and_ecdsa_side_by_side(self):
        gateway = self.secured(self.api, self.rsa)
        self.assertIn("Cipher is ECDHE-ECDSA", self.s_client(gateway, "-tls1_2", "-sigalgs", "ECDSA+SHA256"))
        self.assertIn("Cipher is ECDHE-RSA", self.s_client(gateway, "-tls1_2", "-sigalgs", "RSA-PSS+SHA256:RSA+SHA256"))
        self.assertIn("Cipher is TLS_", self.s_client(gateway, "-tls1_3", "-sigalgs", "RSA-PSS+SHA256"))

    def subject(self, client):
        return client.sock.getpeercert()["subject"][0][0][1]

    def test_certificate_by_name(self):
        gateway = self.secured(self.local, self.api, self.wild)
        context = self.context()
        context.check_hostname = False
        for name, expected in {"api.example": "api.example", "API.EXAMPLE": "api.example", "a.wild.example": "*.wild.example",
                               "a.b.wild.example": "localhost", "wild.example": "localhost", "else.example": "localhost",
                               None: "localhost"}.items():
            with self.subTest(name):
                self.assertEqual(self.subject(self.secure(gateway, name, context)), expected)

    def test_misdirected_requests_are_421(self):
        gateway = self.secured(self.api, self.wild)
        client = self.secure(gateway)
        self.assertEqual(client.get(host="api.example:443").status, 200)
        answer = client.get(host="a.wild.example")
        self.assertEqual(answer.status, 421)
        self.assertEqual([r.get("Host") for r in self.source.requests], ["api.example:443"])

    def test_alpn(self):
        gateway = self.secured()
        context = self.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        client = self.secure(gateway, context=context)
        self.assertEqual(client.sock.selected_alpn_protocol(), "http/1.1")
        self.assertEqual(client.get(host="api.example").status, 200)

    def test_resumption_by_ticket(self):
        gateway = self.secured()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                context = self.context(version=version)
                first = self.secure(gateway, context=context)
                self.assertEqual(first.get(host="api.example").status, 200)
                self.assertFalse(first.sock.session_reused)
                second = self.secure(gateway, context=context, session=first.sock.session)
                self.assertTrue(second.sock.session_reused)
                self.assertEqual(second.get(host="api.example").status, 200)

    def test_tickets_outlive_a_reload(self):
        gateway = self.secured()
        context = self.context()
        first = self.secure(gateway, context=context)
        first.get(host="api.example")
        gateway.reload(defaults={"timeout": "6s"})
        self.assertTrue(self.secure(gateway, context=context, session=first.sock.session).sock.session_reused)

    def test_ticket_keys_are_shared_by_replicas(self):
        keys = self.directory() + "/tickets"
        with open(keys, "wb") as out:
            out.write(os.urandom(80))
        one, two = (self.secured(ticket_keys=[keys]) for _ in range(2))
        context = self.context()
        first = self.secure(one, context=context)
        first.get(host="api.example")
        self.assertTrue(self.secure(two, context=context, session=first.sock.session).sock.session_reused)

    def test_a_ticket_of_an_open_listener_opens_no_guarded_one(self):
        keys = self.directory() + "/tickets"
        with open(keys, "wb") as out:
            out.write(os.urandom(80))
        tls = {"certificates": [self.api], "ticket_keys": [keys]}
        gateway = self.gateway(self.origin(), listeners={
            "main": {"tls": tls}, "guarded": {"tls": {**tls, "client_ca": self.ca.cert, "client_auth": "require"}}})
        context = self.context(version=ssl.TLSVersion.TLSv1_2)
        first = self.secure(gateway, context=context)
        first.get(host="api.example")
        with self.assertRaises(OSError):
            self.secure(gateway, context=context, session=first.sock.session, port=gateway.port("guarded")).get(host="api.example")

    def test_client_certificate_required(self):
        gateway = self.secured(client_ca=self.ca.cert)
        self.assertEqual(self.secure(gateway, context=self.context(self.person)).get(host="api.example").status, 200)
        for context in (self.context(), self.context(self.stranger)):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                context.minimum_version = ssl.TLSVersion.TLSv1_2
                context.maximum_version = version
                with self.subTest(version), self.assertRaises((OSError, Exception)) as failed:
                    self.secure(gateway, context=context).get(host="api.example")
                self.assertNotIsInstance(failed.exception, AssertionError)
        self.assertEqual(len(self.source.requests), 1)
        # A TLS 1.3 client is done before the server has looked at its certificate.
        gateway.eventually(lambda: gateway.metric("sluice_tls_handshake_failures_total", listener="main") >= 4,
                           "each failure is counted")

    def test_client_certificate_optional(self):
        gateway = self.secured(client_ca=self.ca.cert, client_auth="optional")
        for context in (self.context(), self.context(self.person)):
            self.assertEqual(self.secure(gateway, context=context).get(host="api.example").status, 200)
        with self.assertRaises(Exception):
            self.secure(gateway, context=self.context(self.stranger)).get(host="api.example")
        self.assertEqual(len(self.source.requests), 2)

    def test_bad_handshakes_hurt_nobody(self):
        gateway = self.secured()
        good = self.secure(gateway)
        for raw in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 100, b"\x80" * 50, b""):
            with gateway.connect() as client:
                client.send(raw).half_close()
                client.sock.settimeout(20)
                try:
                    while client.sock.recv(1000):
                        pass
                except ConnectionError:
                    pass
        self.assertEqual(good.get(host="api.example").status, 200)
        gateway.eventually(lambda: gateway.metric("sluice_tls_handshake_failures_total", listener="main") >= 3,
                           "each failure is counted")

    def test_handshake_that_never_ends_is_cut(self):
        gateway = self.secured(more={"timeouts": {"head": "200ms"}})
        self.assertTrue(gateway.connect().send(b"\x16\x03\x01").is_closed())

    def test_close_notify_ends_a_connection(self):
        gateway = self.secured()
        client = self.secure(gateway)
        self.assertEqual(client.get(fields="Connection: close\r\n", host="api.example").status, 200)
        self.assertEqual(client.sock.recv(1), b"")  # Python raises where the end is not announced

    def test_large_bodies(self):
        gateway = self.secured(origin=self.origin(lambda r: ok(r.body)))
        gateway.reload(defaults={"max_body": "10MiB"})
        # Not Python's: one connection of its ssl module cannot be written and read by two threads.
        sent = pathlib.Path(self.directory(), "sent")
        sent.write_bytes(os.urandom(3 << 20))
        done = subprocess.run(["curl", "-sS", "--cacert", self.ca.cert, "-H", "Expect:", "--data-binary", f"@{sent}",
                               "--resolve", f"api.example:{gateway.port()}:127.0.0.1",
                               f"https://api.example:{gateway.port()}/"], capture_output=True, timeout=60)
        self.assertEqual(done.stderr, b"")
        self.assertTrue(done.stdout == sent.read_bytes())

    def test_self_signed(self):
        gateway = self.gateway(self.origin(), listener={"tls": {"certificates": "self-signed"}})
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.assertEqual(self.secure(gateway, "localhost", context).get().status, 200)

    def test_curl(self):
        gateway = self.secured()
        done = subprocess.run(["curl", "-sS", "--cacert", self.ca.cert, "--resolve", f"api.example:{gateway.port()}:127.0.0.1",
                               f"https://api.example:{gateway.port()}/x"], capture_output=True, timeout=30)
        self.assertEqual((done.stdout, done.stderr), (b"hello", b""))

    def test_expiry_is_a_metric(self):
        gateway = self.secured()
        seconds = gateway.metric("sluice_tls_certificate_expiry_seconds")
        self.assertTrue(29 * 86400 < seconds <= 30 * 86400, seconds)

    def test_certificates_are_reloaded_without_dropping_a_connection(self):
        pair = {"cert": self.directory() + "/c.pem", "key": self.directory() + "/c.key"}
        def install(source):
            for part in pair:
                shutil.copy(source[part], pair[part])
        install(self.api)
        gateway = self.secured(pair)
        context = self.context()
        context.check_hostname = False
        old = self.secure(gateway, context=context)
        self.assertEqual(old.get(host="api.example").status, 200)
        install(self.local)
        gateway.reload()
        new = self.secure(gateway, "localhost", context=context)
        self.assertEqual(self.subject(new), "localhost")
        self.assertEqual(new.get(host="localhost").status, 200)
        self.assertEqual(old.get(host="api.example").status, 200)

    def test_broken_certificate_in_a_reload_is_refused(self):
        pair = {"cert": self.directory() + "/c.pem", "key": self.directory() + "/c.key"}
        for part in pair:
            shutil.copy(self.api[part], pair[part])
        gateway = self.secured(pair)
        with open(pair["cert"], "w") as out:
            out.write("nonsense\n")
        gateway.signal(signal.SIGHUP)
        eventually(lambda: gateway.metric("sluice_config_reloads_total", result="failure") == 1, "it is refused")
        self.assertIn(pair["cert"], gateway.stderr())
        self.assertEqual(self.secure(gateway).get(host="api.example").status, 200)

    def test_hsts_has_no_place_on_plain(self):
        gateway = self.gateway(self.origin())
        self.assertIsNone(gateway.get().get("Strict-Transport-Security"))


class Upstreams(TlsTest):
    def server(self, pair, client_ca=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair["cert"], pair["key"])
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_ca.cert)
        self.asked = []
        context.sni_callback = lambda sock, name, _: self.asked.append(name)
        return self.origin(tls=context)

    def test_verified(self):
        origin = self.server(self.local)
        gateway = self.gateway(origin, upstream={"tls": {"ca": self.ca.cert}})
        for _ in range(3):
            self.assertEqual(gateway.get().body, b"hello")

    def test_unknown_authority_is_refused(self):
        origin = self.server(self.local)
        gateway = self.gateway(origin, upstream={"tls": {"ca": self.other_ca.cert}})
        self.assertEqual(gateway.get().status, 502)
        self.assertEqual(origin.requests, [])
        self.assertEqual(gateway.logged(status=502)["flags"], "UF")

    def test_default_is_verified_by_the_systems_authorities(self):
        origin = self.server(self.local)
        self.assertEqual(self.gateway(origin).get().status, 502)
        self.assertEqual(origin.requests, [])

    def test_wrong_name_is_refused(self):
        origin = self.server(self.api)
        self.assertEqual(self.gateway(origin, upstream={"tls": {"ca": self.ca.cert}}).get().status, 502)
        self.assertEqual(origin.requests, [])

    def test_server_name(self):
        origin = self.server(self.api)
        gateway = self.gateway(origin, upstream={"tls": {"ca": self.ca.cert, "server_name": "api.example"}})
        self.assertEqual(gateway.get().status, 200)
        self.assertEqual(self.asked, ["api.example"])

    def test_verification_off(self):
        origin = self.server(self.stranger)
        gateway = self.gateway(origin, upstream={"tls": {"verify": False}})
        self.assertEqual(gateway.get().status, 200)

    def test_client_certificate(self):
        origin = self.server(self.local, self.ca)
        tls = {"ca": self.ca.cert}
        self.assertEqual(self.gateway(origin, upstream={"tls": tls}).get().status, 502)
        tls.update(self.person)
        self.assertEqual(self.gateway(origin, upstream={"tls": tls}).get().status, 200)

    def test_plain_server_behind_https(self):
        origin = self.origin()
        gateway = self.gateway(origin.url.replace("http:", "https:"))
        self.assertIn(gateway.get().status, (502, 504))

    def test_health_checks_over_tls(self):
        origin = self.server(self.local)
        gateway = self.gateway(origin, upstream={"tls": {"ca": self.ca.cert}, "health": {
            "path": "/healthz", "interval": "150ms", "timeout": "150ms"}})
        origin.wait_for(2)
        self.assertTrue(gateway.endpoint()["healthy"])
        self.assertTrue(re.match("GET /healthz HTTP/1.1", origin.last.line))


if __name__ == "__main__":
    import unittest
    unittest.main()
