"""Who is believed about where a request comes from: PROXY protocol, X-Forwarded-*, Forwarded."""
import socket
import struct

from kit import GatewayTest

V2 = b"\r\n\r\n\0\r\nQUIT\n"
GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"


def v2(source="203.0.113.7", destination="203.0.113.8", ports=(1234, 80), command=1, extensions=b""):
    if ":" in source:
        family, pack = 0x21, lambda a: socket.inet_pton(socket.AF_INET6, a)
    else:
        family, pack = 0x11, socket.inet_aton
    addresses = pack(source) + pack(destination) + struct.pack("!HH", *ports) + extensions
    return V2 + bytes([0x20 | command, family]) + struct.pack("!H", len(addresses)) + addresses


class ProxyProtocol(GatewayTest):
    def behind(self, kind, trusted=("127.0.0.0/8",), **listener):
        self.source = self.origin()
        return self.gateway(self.source, listener={"proxy_protocol": kind, "trusted_proxies": list(trusted), **listener})

    def client(self, gateway, header):
        with gateway.connect() as client:
            answer = client.send(header + GET).answer()
            self.assertEqual(answer.status, 200)
            return self.source.last.get("X-Forwarded-For")

    def test_versions(self):
        for kind, headers in {"v1": ["v1"], "v2": ["v2"], "any": ["v1", "v2"]}.items():
            gateway = self.behind(kind)
            for header in headers:
                with self.subTest((kind, header)):
                    raw = v2() if header == "v2" else b"PROXY TCP4 203.0.113.7 203.0.113.8 1234 80\r\n"
                    self.assertEqual(self.client(gateway, raw), "203.0.113.7")
                    self.assertIn("for=203.0.113.7", self.source.last.get("Forwarded"))
            self.assertEqual(gateway.logged()["client"], "203.0.113.7")

    def test_ipv6(self):
        gateway = self.behind("any")
        self.assertEqual(self.client(gateway, v2("2001:db8::1", "2001:db8::2")), "2001:db8::1")
        self.assertEqual(self.client(gateway, b"PROXY TCP6 2001:db8::3 2001:db8::2 1 2\r\n"), "2001:db8::3")

    def test_unknown_and_local(self):
        gateway = self.behind("any")
        self.assertEqual(self.client(gateway, b"PROXY UNKNOWN\r\n"), "127.0.0.1")
        self.assertEqual(self.client(gateway, v2(command=0)), "127.0.0.1")

    def test_byte_by_byte(self):
        gateway = self.behind("any")
        for header in (v2(), b"PROXY TCP4 203.0.113.7 203.0.113.8 1234 80\r\n"):
            client = gateway.connect()
            for byte in header + GET:
                client.send(bytes([byte]))
            self.assertEqual(client.answer().status, 200)

    def test_keep_alive(self):
        client = self.behind("v1").connect().send(b"PROXY TCP4 203.0.113.7 203.0.113.8 1234 80\r\n")
        for _ in range(3):
            self.assertEqual(client.get().status, 200)
            self.assertEqual(self.source.last.get("X-Forwarded-For"), "203.0.113.7")

    def assert_cut(self, gateway, raw):
        with gateway.connect() as client:
            try:
                client.send(raw)
            except ConnectionError:
                pass
            self.assertTrue(client.is_closed())
        self.assertEqual(self.source.requests, [])

    def test_required(self):
        for kind in ("v1", "v2", "any"):
            self.assert_cut(self.behind(kind), GET)

    def test_the_other_version(self):
        self.assert_cut(self.behind("v1"), v2() + GET)
        self.assert_cut(self.behind("v2"), b"PROXY TCP4 203.0.113.7 203.0.113.8 1234 80\r\n" + GET)

    def test_refused_from_strangers(self):
        self.assert_cut(self.behind("any", ["10.0.0.0/8"]), v2() + GET)

    def test_malformed(self):
        gateway = self.behind("any")
        for raw in (b"PROXY TCP4 999.0.0.1 1.1.1.1 1 2\r\n", b"PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n", b"PROXY TCP4 1.1.1.1 1.1.1.1 1 2\n",
                    b"PROXY TCP4 1.1.1.1 1.1.1.1 1 65536\r\n", b"PROXY TCP6 1.1.1.1 1.1.1.1 1 2\r\n", b"PROXY " + b"x" * 200 + b"\r\n",
                    V2 + b"\x31\x11\x00\x0c" + b"\0" * 12, V2 + b"\x21\x11\x00\x04" + b"\0" * 4, V2 + b"\x21\x11\xff\xff" + b"\0" * 600,
                    v2(extensions=b"\x01\x00"), v2(extensions=b"\x03\x00\x04abcd")):
            with self.subTest(raw[:40]):
                self.assert_cut(gateway, raw + GET)

    def test_never_guessed(self):
        """Off: a header is a malformed request."""
        source = self.origin()
        gateway = self.gateway(source, listener={"trusted_proxies": ["127.0.0.1"]})
        for raw in (b"PROXY TCP4 203.0.113.7 203.0.113.8 1234 80\r\n", v2()):
            with gateway.connect() as client:
                self.assertEqual(client.send(raw + GET).answer().status, 400)
        self.assertEqual(source.requests, [])

    def test_a_header_that_does_not_come_is_waited_for_no_longer_than_a_head(self):
        gateway = self.behind("v1", timeouts={"head": "200ms"})
        self.assertTrue(gateway.connect().send(b"PROXY ").is_closed())

    def test_the_clients_address_is_not_a_trusted_proxy_because_the_balancer_is(self):
        """Behind PROXY the peer is the client that it names, and that one is not trusted."""
        gateway = self.behind("v1")
        client = gateway.connect().send(b"PROXY TCP4 203.0.113.7 203.0.113.8 1234 80\r\n")
        client.get(fields="X-Forwarded-For: 6.6.6.6\r\n")
        self.assertEqual(self.source.last.get("X-Forwarded-For"), "203.0.113.7")


class Forwarded(GatewayTest):
    def ask(self, fields, trusted=("127.0.0.0/8",), **listener):
        origin = self.origin()
        gateway = self.gateway(origin, listener={"trusted_proxies": list(trusted), **listener})
        self.assertEqual(gateway.get(fields=fields).status, 200)
        self.client = gateway.logged()["client"]
        self.scheme = gateway.logged()["scheme"]
        return origin.last

    def test_rightmost_untrusted_address_is_the_client(self):
        for given, client in {"203.0.113.7": "203.0.113.7", "6.6.6.6, 203.0.113.7": "203.0.113.7",
                              "6.6.6.6, 203.0.113.7, 10.0.0.1": "203.0.113.7", "203.0.113.7, 10.0.0.1, 10.0.0.2": "203.0.113.7",
                              "10.0.0.1": "10.0.0.1", "nonsense": "127.0.0.1", "2001:db8::1": "2001:db8::1",
                              "203.0.113.7:4711": "203.0.113.7", "[2001:db8::1]:80": "2001:db8::1"}.items():
            with self.subTest(given):
                seen = self.ask(f"X-Forwarded-For: {given}\r\n", ("127.0.0.0/8", "10.0.0.0/8"))
                self.assertEqual(self.client, client)
                self.assertEqual(seen.get("X-Forwarded-For"), given + ", 127.0.0.1")

    def test_two_lines_are_one_list(self):
        seen = self.ask("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.7\r\n")
        self.assertEqual(self.client, "203.0.113.7")
        self.assertEqual(seen.all("X-Forwarded-For"), ["6.6.6.6, 203.0.113.7, 127.0.0.1"])

    def test_proto_and_host(self):
        seen = self.ask("X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: public.example\r\n")
        self.assertEqual((self.scheme, seen.get("X-Forwarded-Proto"), seen.get("X-Forwarded-Host")),
                         ("https", "https", "public.example"))

    def test_x_is_believed_and_forwarded_dropped(self):
        seen = self.ask("Forwarded: for=6.6.6.6\r\nX-Forwarded-For: 203.0.113.7\r\n")
        self.assertEqual(self.client, "203.0.113.7")
        self.assertEqual(seen.get("Forwarded"), "for=203.0.113.7, for=127.0.0.1;host=a.example;proto=http")

    def test_rfc7239(self):
        seen = self.ask('Forwarded: for=6.6.6.6, for="[2001:db8::1]:80";proto=https;host=public.example\r\n'
                        "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: http\r\n", forwarded="rfc7239")
        self.assertEqual((self.client, self.scheme), ("2001:db8::1", "https"))
        self.assertEqual(seen.get("X-Forwarded-For"), "6.6.6.6, 2001:db8::1, 127.0.0.1")
        self.assertEqual(seen.get("X-Forwarded-Host"), "public.example")
        self.assertEqual(seen.get("Forwarded"), 'for=6.6.6.6, for="[2001:db8::1]:80";proto=https;host=public.example, '
                                                'for=127.0.0.1;host=a.example;proto=http')

    def test_malformed_forwarded_is_not_believed(self):
        self.ask("Forwarded: for=6.6.6.6;for=7.7.7.7\r\n", forwarded="rfc7239")
        self.assertEqual(self.client, "127.0.0.1")

    def test_strangers_are_not_believed(self):
        seen = self.ask("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nForwarded: for=6.6.6.6\r\n", ("10.0.0.0/8",))
        self.assertEqual((self.client, self.scheme, seen.get("X-Forwarded-For"), seen.get("X-Forwarded-Proto")),
                         ("127.0.0.1", "http", "127.0.0.1", "http"))
        self.assertEqual(seen.get("Forwarded"), "for=127.0.0.1;host=a.example;proto=http")

    def test_listeners_have_their_own(self):
        origin = self.origin()
        gateway = self.gateway(origin, listeners={"main": {"trusted_proxies": ["127.0.0.1"]}, "open": {}})
        for listener, expected in (("main", "6.6.6.6, 127.0.0.1"), ("open", "127.0.0.1")):
            gateway.get(fields="X-Forwarded-For: 6.6.6.6\r\n", listener=listener)
            self.assertEqual(origin.last.get("X-Forwarded-For"), expected)


if __name__ == "__main__":
    import unittest
    unittest.main()
