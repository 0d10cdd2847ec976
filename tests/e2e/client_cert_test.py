"""Who is asking, by client certificate: config/client_cert.yaml and what stands around it."""
import socket
import ssl

from kit import AuthorityTest, Client, ok

FIELD = "X-Forwarded-Client-Cert"


class ClientCert(AuthorityTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls.ca.issue("orders", ("orders.svc.internal", "orders.other"), client=True)
        cls.outsider = cls.ca.issue("outsider", ("orders.evil", "a.b.svc.internal"), client=True)

    def setUp(self):
        self.source = self.origin(ok("app"))

    @staticmethod
    def context(client=None, version=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if client:
            context.load_cert_chain(client["cert"], client["key"])
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def secure(self, gateway, context, session=None):
        raw = socket.create_connection(("127.0.0.1", gateway.port()), 20)
        client = Client(context.wrap_socket(raw, server_hostname="localhost", session=session))
        self.addCleanup(client.close)
        return client

    def gate(self):
        return self.example("client_cert", self.source, CLIENT_CA=self.ca.cert)

    def test_the_example(self):
        gateway = self.gate()
        for client, status in ((self.orders, 200), (self.outsider, 403), (None, 403)):
            with self.subTest(client):
                got = self.secure(gateway, self.context(client)).get("/", host="localhost")
                self.assertEqual(got.status, status)
                self.assertIsNone(got.get("WWW-Authenticate"))
        self.assertEqual(self.secure(gateway, self.context()).get("/healthz", host="localhost").status, 200)
        self.assertEqual(len(self.source.requests), 1)
        self.assertEqual(gateway.logged(status=200, route="app")["principal"], "orders.svc.internal")
        self.assertEqual({line["cause"] for line in gateway.logged(2, status=403)},
                         {"certificate_missing", "certificate_denied"})

    def test_the_field_is_made_here_and_nowhere_else(self):
        gateway = self.gate()
        forged = f"{FIELD}: Hash=forged\r\nx_forwarded_client_cert: Hash=forged\r\n"
        self.assertEqual(self.secure(gateway, self.context(self.orders)).get("/", forged, host="localhost").status, 200)
        request = self.source.requests[0]
        self.assertNotIn(b"forged", request.raw if isinstance(request.raw, bytes) else request.raw.encode())
        self.assertRegex(request.get(FIELD), '^Hash=[0-9a-f]{64};Subject="CN=orders.svc.internal";'
                                             "DNS=orders.svc.internal;DNS=orders.other$")

    def test_a_trusted_proxy_s_word_for_it_counts_no_more(self):
        gateway = self.gateway(self.source, listener={"trusted_proxies": ["127.0.0.0/8"]},
                               policies={"services": {"client_cert": {}}}, route={"use": ["services"]})
        self.assertEqual(gateway.get("/", f"{FIELD}: Hash={'a' * 64};DNS=orders.svc.internal\r\n").status, 403)

    def test_a_resumed_session_has_who_began_it(self):
        gateway = self.gate()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for client, status in ((self.orders, 200), (self.outsider, 403), (None, 403)):
                with self.subTest((version, client)):
                    context = self.context(client, version)
                    first = self.secure(gateway, context)
                    self.assertEqual(first.get("/", host="localhost").status, status)
                    second = self.secure(gateway, context, first.sock.session)
                    self.assertTrue(second.sock.session_reused)
                    self.assertEqual(second.get("/", host="localhost").status, status)
        self.assertEqual({r.get(FIELD) for r in self.source.requests}, {self.source.requests[0].get(FIELD)})


if __name__ == "__main__":
    import unittest
    unittest.main()
