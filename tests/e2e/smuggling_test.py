"""What a smuggling attack could live on is refused before an upstream sees a byte of it."""
from kit import GatewayTest

HOST = b"Host: a.example\r\n"


def get(fields=b"", target=b"/", version=b"HTTP/1.1", host=HOST):
    return b"GET " + target + b" " + version + b"\r\n" + host + fields + b"\r\n"


def post(fields, body=b"", version=b"HTTP/1.1"):
    return b"POST / " + version + b"\r\n" + HOST + fields + b"\r\n" + body


def chunked(body, fields=b""):
    return post(b"Transfer-Encoding: chunked\r\n" + fields, body)


# Refused at the head: the origin gets no connection's worth of it.
REFUSED = {
    "nul in a value": get(b"X: a\0b\r\n"),
    "nul in a name": get(b"X\0: a\r\n"),
    "nul in the target": get(target=b"/a\0b"),
    "nul before the method": b"\0" + get(),
    "bare cr in a value": get(b"X: a\rb\r\n"),
    "bare cr ends a line": get(b"X: a\rY: b\r\n"),
    "bare cr in the target": get(target=b"/a\rb"),
    "bare cr after the version": b"GET / HTTP/1.1\rHost: a\r\n\r\n",
    "bare cr as the empty line": b"GET / HTTP/1.1\r\nHost: a\r\n\rX",
    "doubled cr": get(b"X: a\r\r\n"),
    "control character in a value": get(b"X: a\x01b\r\n"),
    "escape in a value": get(b"X: a\x1bb\r\n"),
    "vertical tab in a value": get(b"X: a\x0bb\r\n"),
    "delete in a value": get(b"X: a\x7fb\r\n"),
    "bare lf after the request line": b"GET / HTTP/1.1\nHost: a\r\n\r\n",
    "bare lf after a field": b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
    "bare lf as the empty line": b"GET / HTTP/1.1\r\nHost: a\r\n\n",
    "bare lf everywhere": b"GET / HTTP/1.1\nHost: a\n\n",
    "obs-fold": get(b"X: a\r\n b\r\n"),
    "obs-fold by a tab": get(b"X: a\r\n\tb\r\n"),
    "folded transfer-encoding": post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
    "folded content-length": post(b"Content-Length:\r\n 5\r\n", b"hello"),
    "fold on the first line": b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    "space before the colon": get(b"X : a\r\n"),
    "tab before the colon": get(b"X\t: a\r\n"),
    "content-length with a space before the colon": post(b"Content-Length : 5\r\n", b"hello"),
    "transfer-encoding with a space before the colon": post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"),
    "host with a space before the colon": get(host=b"Host : a\r\n"),
    "empty name": get(b": a\r\n"),
    "name with a space": get(b"X Y: a\r\n"),
    "name with a parenthesis": get(b"X(: a\r\n"),
    "name with a quote": get(b'X": a\r\n'),
    "name with a slash": get(b"X/Y: a\r\n"),
    "name with a non-ascii letter": get(b"X\xc3\xa9: a\r\n"),
    "line without a colon": get(b"nonsense\r\n"),
    "host missing": get(host=b""),
    "host repeated": get(host=HOST + HOST),
    "host repeated differently": get(host=HOST + b"host: b\r\n"),
    "host empty": get(host=b"Host:\r\n"),
    "host of blanks": get(host=b"Host:   \r\n"),
    "host with a space": get(host=b"Host: a b\r\n"),
    "host with a path": get(host=b"Host: a/b\r\n"),
    "host with an at sign": get(host=b"Host: u@a\r\n"),
    "host with a bad port": get(host=b"Host: a:b\r\n"),
    "host with too large a port": get(host=b"Host: a:65536\r\n"),
    "host with two ports": get(host=b"Host: a:80:80\r\n"),
    "host as a list": get(host=b"Host: a, b\r\n"),
    "host with a broken address": get(host=b"Host: [::1\r\n"),
    "host with non-ascii": get(host=b"Host: \xc3\xa9\r\n"),
    "host with an empty label": get(host=b"Host: a..b\r\n"),
    "content-length with a plus": post(b"Content-Length: +5\r\n", b"hello"),
    "content-length with a minus": post(b"Content-Length: -5\r\n", b"hello"),
    "content-length empty": post(b"Content-Length:\r\n", b"hello"),
    "content-length in hex": post(b"Content-Length: 0x5\r\n", b"hello"),
    "content-length with a letter": post(b"Content-Length: 5a\r\n", b"hello"),
    "content-length with a fraction": post(b"Content-Length: 5.0\r\n", b"hello"),
    "content-length with an underscore": post(b"Content-Length: 1_0\r\n", b"helloworld"),
    "content-length with a space": post(b"Content-Length: 1 0\r\n", b"helloworld"),
    "content-length in quotes": post(b'Content-Length: "5"\r\n', b"hello"),
    "content-length overflows": post(b"Content-Length: 18446744073709551616\r\n", b"hello"),
    "content-length overflows by far": post(b"Content-Length: 99999999999999999999999\r\n", b"hello"),
    "content-length twice the same": post(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"),
    "content-length disagrees": post(b"Content-Length: 5\r\nContent-Length: 6\r\n", b"hello"),
    "content-length as a list": post(b"Content-Length: 5, 5\r\n", b"hello"),
    "content-length as a list that disagrees": post(b"Content-Length: 5, 6\r\n", b"hello"),
    "content-length with transfer-encoding": post(
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "transfer-encoding with content-length": post(
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"),
    "transfer-encoding with content-length 0": post(
        b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n", b"0\r\n\r\n"),
    "transfer-encoding gzip": post(b"Transfer-Encoding: gzip\r\n", b"hello"),
    "transfer-encoding identity": post(b"Transfer-Encoding: identity\r\n", b"hello"),
    "transfer-encoding xchunked": post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "transfer-encoding chunkedx": post(b"Transfer-Encoding: chunkedx\r\n", b"0\r\n\r\n"),
    "transfer-encoding gzip, chunked": post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "transfer-encoding chunked, gzip": post(b"Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n"),
    "transfer-encoding chunked, chunked": post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"),
    "transfer-encoding chunked twice": post(
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "transfer-encoding identity then chunked": post(
        b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "transfer-encoding with a comma": post(b"Transfer-Encoding: chunked,\r\n", b"0\r\n\r\n"),
    "transfer-encoding with a comma before": post(b"Transfer-Encoding: ,chunked\r\n", b"0\r\n\r\n"),
    "transfer-encoding with a parameter": post(b"Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n"),
    "transfer-encoding in quotes": post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"),
    "transfer-encoding with a vertical tab": post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
    "transfer-encoding empty": post(b"Transfer-Encoding:\r\n", b"hello"),
    "transfer-encoding on http/1.0": post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"HTTP/1.0"),
    "non-ascii in the path": get(target=b"/\xc3\xa9"),
    "non-ascii in the query": get(target=b"/?\xc3\xa9"),
    "fragment": get(target=b"/a#b"),
    "fragment in the query": get(target=b"/a?b#c"),
    "tab in the target": get(target=b"/a\tb"),
    "space in the target": get(target=b"/a b"),
    "two spaces after the method": b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "two spaces before the version": b"GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
    "tab after the method": b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "space after the version": b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
    "space before the method": b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "target missing": b"GET HTTP/1.1\r\nHost: a\r\n\r\n",
    "version missing": b"GET /\r\nHost: a\r\n\r\n",
    "method with a colon": b"GE:T / HTTP/1.1\r\nHost: a\r\n\r\n",
    "target without a slash": get(target=b"a"),
    "asterisk for GET": get(target=b"*"),
    "authority as the target of GET": get(target=b"a.example:80"),
    "absolute target of another scheme": get(target=b"ftp://a/"),
    "absolute target without a host": get(target=b"http:///x"),
    "absolute target with user information": get(target=b"http://u@a/"),
    "absolute target with a bad host field": get(target=b"http://a/", host=b"Host: a b\r\n"),
    "absolute target without a host field": get(target=b"http://a/", host=b""),
    "lower-case version": get(version=b"http/1.1"),
    "another protocol": get(version=b"HTTQ/1.1"),
    "connection that is no list of tokens": get(b"Connection: a b\r\n"),
    "nul encoded in the path": get(target=b"/a%00b"),
    "broken percent-encoding": get(target=b"/%zz"),
    "percent at the end": get(target=b"/a%2"),
    "backslash in the path": get(target=b"/a\\b"),
    "dots behind an encoded slash": get(target=b"/a%2f..%2fb"),
    "dots behind an encoded backslash": get(target=b"/a%5c..%5cb"),
    "dots with a parameter": get(target=b"/a/..;/b"),
    "five empty lines first": b"\r\n" * 5 + get(),
    "tls to a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"A" * 40,
    "http/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}

OTHER_STATUS = {
    "http/2's preface": (400, 505),
}

VERSIONS = [b"HTTP/1.2", b"HTTP/2.0", b"HTTP/2", b"HTTP/0.9", b"HTTP/3.0", b"HTTP/1.10", b"HTTP/11.1"]

# Bodies whose fault is here with the head: the gateway may not have begun to forward.
BROKEN_CHUNKS = {
    "size with a plus": b"+5\r\nhello\r\n0\r\n\r\n",
    "size with a minus": b"-5\r\nhello\r\n0\r\n\r\n",
    "size with a prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "size with an underscore": b"1_0\r\nhello\r\n0\r\n\r\n",
    "size with a space before": b" 5\r\nhello\r\n0\r\n\r\n",
    "size with a space inside": b"1 0\r\nhello\r\n0\r\n\r\n",
    "size with a space behind": b"5 \r\nhello\r\n0\r\n\r\n",
    "size with a tab behind": b"5\t\r\nhello\r\n0\r\n\r\n",
    "size with a non-hex letter": b"g\r\nhello\r\n0\r\n\r\n",
    "size empty": b"\r\nhello\r\n0\r\n\r\n",
    "size overflows": b"10000000000000000\r\nhello\r\n0\r\n\r\n",
    "size overflows by far": b"f" * 40 + b"\r\nhello\r\n0\r\n\r\n",
    "size with very many zeros": b"0" * 40 + b"5\r\nhello\r\n0\r\n\r\n",
    "size ended by a bare lf": b"5\nhello\r\n0\r\n\r\n",
    "size ended by a bare cr": b"5\rhello\r\n0\r\n\r\n",
    "extension without a name": b"5;\r\nhello\r\n0\r\n\r\n",
    "extension without a value": b"5;a=\r\nhello\r\n0\r\n\r\n",
    "extension with a control character": b"5;a=\x01\r\nhello\r\n0\r\n\r\n",
    "extension with a nul": b"5;a=\"\0\"\r\nhello\r\n0\r\n\r\n",
    "extension with a bare lf": b"5;a\nhello\r\n0\r\n\r\n",
    "extension with a bare cr": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "extension that is huge": b"5;a=" + b"x" * 30000 + b"\r\nhello\r\n0\r\n\r\n",
    "data longer than announced": b"5\r\nhelloo\r\n0\r\n\r\n",
    "data that ends by a bare lf": b"5\r\nhello\n0\r\n\r\n",
    "data that ends by a bare cr": b"5\r\nhello\rX0\r\n\r\n",
    "data without an end": b"5\r\nhello0\r\n\r\n",
    "trailer with obs-fold": b"5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n",
    "trailer with a nul": b"5\r\nhello\r\n0\r\nX: a\0\r\n\r\n",
    "trailer with a space before the colon": b"5\r\nhello\r\n0\r\nX : a\r\n\r\n",
    "trailer without a colon": b"5\r\nhello\r\n0\r\nX\r\n\r\n",
    "trailer ended by a bare lf": b"5\r\nhello\r\n0\r\nX: a\n\r\n",
    "end of the trailers by a bare lf": b"5\r\nhello\r\n0\r\n\n",
}


class Smuggling(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.holder = cls("test_refused_heads")
        cls.addClassCleanup(cls.holder.doCleanups)
        cls.seen = cls.holder.origin()
        cls.running = cls.holder.gateway(cls.seen)

    def refused(self, request, status=(400,)):
        with self.running.connect() as client:
            client.send(request)
            answer = client.answer()
            self.assertIn(answer.status, status, answer)
            self.assertEqual(answer.get("Connection"), "close")
            self.assertTrue(client.is_clean_end())
        return answer

    def test_refused_heads(self):
        before = len(self.seen.requests)
        for name, request in REFUSED.items():
            with self.subTest(name):
                self.refused(request, OTHER_STATUS.get(name, (400,)))
        self.assertEqual(self.seen.targets()[before:], [])

    def test_refused_heads_a_byte_at_a_time(self):
        before = len(self.seen.requests)
        for name in ("obs-fold", "bare cr in a value", "bare lf after a field", "content-length as a list",
                     "folded transfer-encoding", "transfer-encoding chunked twice", "space before the colon",
                     "nul in a value", "host repeated", "fragment"):
            with self.subTest(name), self.running.connect() as client:
                try:
                    for byte in REFUSED[name]:
                        client.send(bytes([byte]))
                except ConnectionError:
                    pass
                self.assertEqual(client.answer().status, 400)
        self.assertEqual(self.seen.targets()[before:], [])

    def test_wrong_versions_are_505(self):
        before = len(self.seen.requests)
        for version in VERSIONS:
            with self.subTest(version):
                answer = self.refused(get(version=version), (400, 505) if version == b"HTTP/2" else (505,))
        self.assertEqual(self.seen.targets()[before:], [])
        self.assertEqual(answer.get("Content-Type"), "application/problem+json")

    def test_what_follows_a_refused_request_is_not_served(self):
        before = len(self.seen.requests)
        for name in ("content-length with transfer-encoding", "transfer-encoding gzip", "obs-fold", "host missing"):
            with self.subTest(name):
                self.refused(REFUSED[name] + get(target=b"/smuggled"))
        self.assertEqual(self.seen.targets()[before:], [])

    def test_broken_chunks_are_400_and_never_a_whole_request_upstream(self):
        for name, body in BROKEN_CHUNKS.items():
            with self.subTest(name):
                before = len(self.seen.requests)
                self.refused(chunked(body))
                whole = [r for r in self.seen.requests[before:] if r.body]
                self.assertEqual(whole, [])

    def test_broken_chunks_behind_the_head_are_400(self):
        """The head has gone on when the fault is found."""
        for name in ("size with a plus", "extension without a name", "data longer than announced",
                     "trailer with obs-fold"):
            with self.subTest(name), self.running.connect() as client:
                before = len(self.seen.requests)
                client.send(chunked(b""))
                self.seen.wait_for(before + 1)
                client.send(BROKEN_CHUNKS[name])
                answer = client.answer()
                self.assertEqual(answer.status, 400)
                self.assertEqual(answer.get("Connection"), "close")
                self.assertTrue(client.is_clean_end())
                self.assertEqual(self.seen.last.body, b"")

    def test_body_that_ends_early_never_completes_upstream(self):
        for request in (post(b"Content-Length: 10\r\n", b"hello"), chunked(b"5\r\nhel"), chunked(b"5\r\nhello\r\n")):
            with self.subTest(request), self.running.connect() as client:
                before = len(self.seen.requests)
                client.send(request)
                self.seen.wait_for(before + 1)
                client.half_close()
                self.running.eventually(lambda: self.running.metric("sluice_connections", listener="main") <= 1,
                                        "the connection is gone")
                self.assertEqual(self.seen.last.body, b"")

    def test_refusals_are_problem_documents(self):
        answer = self.refused(get(b"X: a\0\r\n"))
        self.assertEqual(answer.get("Content-Type"), "application/problem+json")
        self.assertIn(b'"status":400', answer.body)
        self.assertIn(answer.get("X-Request-ID").encode(), answer.body)
        self.assertIsNone(answer.get("Server"))

    def test_accepted_spellings(self):
        accepted = {
            "empty lines first": b"\r\n\r\n\r\n\r\n" + get(),
            "http/1.0 without host": b"GET / HTTP/1.0\r\n\r\n",
            "no space after the colon": get(b"X:a\r\n"),
            "blanks around a value": get(b"X: \t a \t \r\n"),
            "empty value": get(b"X:\r\n"),
            "tab inside a value": get(b"X: a\tb\r\n"),
            "non-ascii in a value": get(b"X: \xc3\xa9\r\n"),
            "transfer-encoding in capitals": post(b"Transfer-Encoding: CHUNKED\r\n", b"0\r\n\r\n"),
            "content-length with zeros": post(b"Content-Length: 005\r\n", b"hello"),
            "nul encoded in the query": get(target=b"/?a=%00"),
            "token characters": get(b"!#$%&'*+-.^_`|~09azAZ: a\r\n"),
            "extensions": chunked(b"5;a;b=c;d=\"e f\"\r\nhello\r\n0;x\r\n\r\n"),
            "chunk size with zeros and capitals": chunked(b"000A\r\nhelloworld\r\n00\r\n\r\n"),
            "ipv6 host": get(host=b"Host: [::1]:80\r\n"),
        }
        for name, request in accepted.items():
            with self.subTest(name), self.running.connect() as client:
                self.assertEqual(client.send(request).answer().status, 200)


if __name__ == "__main__":
    import unittest
    unittest.main()
