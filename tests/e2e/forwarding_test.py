"""What an upstream sees of a request and a client of an answer, byte for byte."""
import re

from kit import GatewayTest, ok


class Forwarding(GatewayTest):
    def seen(self, request, method="GET", **options):
        """The head that the origin got, its request id as ID."""
        origin = self.origin()
        gateway = self.gateway(origin, **options)
        answer = gateway.exchange(request, method=method)
        self.assertEqual(answer.status, 200, answer)
        self.request_id = answer.get("X-Request-ID")
        self.port = origin.port
        return origin.last.raw.decode("latin-1").replace(self.request_id, "ID")

    ADDED = ("X-Request-ID: ID\r\n"
             "Forwarded: for=127.0.0.1;host=a.example;proto=http\r\n"
             "X-Forwarded-For: 127.0.0.1\r\n"
             "X-Forwarded-Proto: http\r\n"
             "X-Forwarded-Host: a.example\r\n"
             "Via: 1.1 sluice\r\n")

    def test_a_plain_request(self):
        head = self.seen("GET /a/b?c=d HTTP/1.1\r\nHost: a.example\r\nUser-Agent: x\r\nAccept:   */*  \r\n\r\n")
        self.assertEqual(head, "GET /a/b?c=d HTTP/1.1\r\nHost: a.example\r\nUser-Agent: x\r\nAccept: */*\r\n" +
                         self.ADDED + "\r\n")
        self.assertRegex(self.request_id, r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")

    def test_hop_by_hop_fields_are_removed(self):
        head = self.seen("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close, X-Hop\r\nConnection: x-other\r\n"
                         "X-Hop: 1\r\nx-OTHER: 2\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n"
                         "Proxy-Authorization: Basic x\r\nProxy-Authenticate: x\r\nTE: gzip\r\nTrailer: X\r\n"
                         "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nX-End: 3\r\n\r\n")
        self.assertEqual(head, "GET / HTTP/1.1\r\nHost: a.example\r\nX-End: 3\r\n" + self.ADDED + "\r\n")

    def test_what_cannot_be_nominated_away(self):
        head = self.seen("POST / HTTP/1.1\r\nHost: a.example\r\n"
                         "Connection: host, content-length, x-forwarded-for, x-forwarded-proto, forwarded, via\r\n"
                         "Content-Length: 2\r\n\r\nab")
        self.assertIn("Host: a.example\r\n", head)
        self.assertIn("Content-Length: 2\r\n", head)
        for line in self.ADDED.splitlines():
            self.assertIn(line + "\r\n", head)

    def test_forwarded_fields_of_strangers_are_dropped(self):
        head = self.seen("GET / HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\n"
                         "X-Forwarded_Proto: https\r\nX-FORWARDED-HOST: evil\r\nX-Forwarded-Prefix: /evil\r\n"
                         "Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX_Real_IP: 6.6.6.6\r\n"
                         "X-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\nX_Rewrite_Url: /admin\r\n"
                         "X-Forwarded-Client-Cert: x\r\nClient-Cert: x\r\nClient_Cert: x\r\n"
                         "X-Request-ID: mine\r\nX_Request_ID: mine\r\n\r\n")
        self.assertEqual(head, "GET / HTTP/1.1\r\nHost: a.example\r\n" + self.ADDED + "\r\n")

    def test_via_is_added_to(self):
        head = self.seen("GET / HTTP/1.1\r\nHost: a.example\r\nVia: 1.0 other\r\n\r\n")
        self.assertLess(head.index("Via: 1.0 other\r\n"), head.index("Via: 1.1 sluice\r\n"))

    def test_own_via_is_a_loop(self):
        origin = self.origin()
        gateway = self.gateway(origin)
        self.assertEqual(gateway.get("/", "Via: 1.1 x, 1.1 sluice\r\n").status, 508)
        self.assertEqual(origin.requests, [])

    def test_te_trailers_goes_on(self):
        head = self.seen("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: TE\r\nTE: trailers, gzip\r\n\r\n")
        self.assertIn("Connection: TE\r\nTE: trailers\r\n", head)

    def test_repeated_fields_stay_in_order(self):
        head = self.seen("GET / HTTP/1.1\r\nHost: a.example\r\nX: 1\r\nCookie: a=b\r\nX: 2\r\nX:\r\n\r\n")
        self.assertIn("X: 1\r\nCookie: a=b\r\nX: 2\r\nX: \r\n", head)

    def test_non_ascii_values_are_passed_on(self):
        head = self.seen("GET / HTTP/1.1\r\nHost: a.example\r\nX: \xe9\xff\r\n\r\n")
        self.assertIn("X: \xe9\xff\r\n", head)

    def test_body_by_content_length(self):
        head = self.seen("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 005\r\n\r\nhello", "POST")
        self.assertEqual(head.count("Content-Length: 5\r\n"), 1)
        self.assertNotIn("Transfer-Encoding", head)

    def test_post_without_a_body_has_length_zero(self):
        self.assertIn("Content-Length: 0\r\n", self.seen("POST / HTTP/1.1\r\nHost: a.example\r\n\r\n"))

    def test_get_without_a_body_has_no_length(self):
        self.assertNotIn("Content-Length", self.seen("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"))

    def test_host_is_preserved(self):
        self.assertIn("Host: a.example:8080\r\n", self.seen("GET / HTTP/1.1\r\nHost: A.Example:8080\r\n\r\n"))

    def test_host_of_the_endpoint(self):
        head = self.seen("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", upstream={"host": "endpoint"})
        self.assertIn(f"Host: 127.0.0.1:{self.port}\r\n", head)
        self.assertIn("X-Forwarded-Host: a.example\r\n", head)

    def test_host_by_name(self):
        head = self.seen("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", upstream={"host": "inner.example"})
        self.assertIn("Host: inner.example\r\n", head)

    def test_absolute_form_replaces_the_host(self):
        head = self.seen("GET http://B.example:81/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n")
        self.assertTrue(head.startswith("GET /x?y HTTP/1.1\r\nHost: b.example:81\r\n"), head)
        self.assertIn("X-Forwarded-Host: b.example:81\r\n", head)

    def test_absolute_form_without_a_path(self):
        self.assertTrue(self.seen("GET http://b.example?q HTTP/1.1\r\nHost: a\r\n\r\n").startswith("GET /?q HTTP/1.1"))

    def test_http_1_0_without_host(self):
        head = self.seen("GET / HTTP/1.0\r\n\r\n")
        self.assertTrue(head.startswith("GET / HTTP/1.1\r\nHost: "), head)
        self.assertNotIn("X-Forwarded-Host", head)

    def test_own_method(self):
        self.assertTrue(self.seen("BREW /pot HTTP/1.1\r\nHost: a.example\r\n\r\n").startswith("BREW /pot HTTP/1.1"))

    def test_unix_socket_upstream(self):
        path = self.directory() + "/origin.sock"
        origin = self.origin(path=path)
        gateway = self.gateway(origin)
        self.assertEqual(gateway.get("/x").body, b"hello")
        self.assertIn("host: a.example", origin.last.raw.decode().lower())


class Answers(GatewayTest):
    def answer(self, raw, method="GET", request=None):
        def say(connection):
            connection.request()
            connection.send(raw)
            connection.close()
        gateway = self.gateway(self.origin(handler=say))
        return gateway.exchange(request or f"{method} / HTTP/1.1\r\nHost: a\r\n\r\n", method=method)

    def test_fields_are_passed_on(self):
        answer = self.answer(ok("hello", "Server: theirs", "Date: Sun, 06 Nov 1994 08:49:37 GMT", "Set-Cookie: a=b",
                                "Set-Cookie: c=d", "X: \xe9"))
        self.assertEqual(answer.get("Server"), "theirs")
        self.assertEqual(answer.all("Date"), ["Sun, 06 Nov 1994 08:49:37 GMT"])
        self.assertEqual(answer.all("Set-Cookie"), ["a=b", "c=d"])
        self.assertEqual(answer.get("X"), "\xe9")

    def test_date_is_added(self):
        self.assertRegex(self.answer(ok()).get("Date"), r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$")

    def test_hop_by_hop_fields_are_removed(self):
        answer = self.answer(ok("hello", "Connection: x-hop, keep-alive", "X-Hop: 1", "Keep-Alive: timeout=5",
                                "Proxy-Connection: x", "Trailer: x", "X-End: 1"))
        names = [name.lower() for name in answer.head.names()]
        self.assertEqual([n for n in names if n in ("connection", "x-hop", "keep-alive", "proxy-connection", "trailer")], [])
        self.assertEqual(answer.get("X-End"), "1")

    def test_until_close_becomes_chunked(self):
        answer = self.answer(b"HTTP/1.1 200 OK\r\n\r\nhello")
        self.assertEqual((answer.body, answer.get("Transfer-Encoding")), (b"hello", "chunked"))

    def test_until_close_for_http_1_0(self):
        answer = self.answer(b"HTTP/1.1 200 OK\r\n\r\nhello", request="GET / HTTP/1.0\r\n\r\n")
        self.assertEqual((answer.body, answer.get("Transfer-Encoding"), answer.get("Connection")),
                         (b"hello", None, "close"))

    def test_http_1_0_upstream(self):
        self.assertEqual(self.answer(b"HTTP/1.0 200 OK\r\n\r\nhello").body, b"hello")

    def test_chunked_with_extensions(self):
        answer = self.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0;c\r\n\r\n")
        self.assertEqual(answer.body, b"hello")

    def test_head_keeps_the_length(self):
        answer = self.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n", "HEAD")
        self.assertEqual((answer.get("Content-Length"), answer.body), ("42", b""))

    def test_no_content(self):
        answer = self.answer(b"HTTP/1.1 204 No Content\r\n\r\n")
        self.assertEqual((answer.status, answer.get("Content-Length"), answer.get("Transfer-Encoding")),
                         (204, None, None))

    def test_no_content_with_length_zero(self):
        answer = self.answer(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
        self.assertEqual((answer.status, answer.get("Content-Length")), (204, None))

    def test_no_content_with_content_is_502(self):
        for raw in (b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
            self.assertEqual(self.answer(b"HTTP/1.1 204 No Content\r\n" + raw).status, 502)

    def test_head_of_a_chunked_answer(self):
        self.assertEqual(self.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD").body, b"")

    def test_reason_may_be_missing(self):
        self.assertEqual(self.answer(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok").body, b"ok")

    def test_not_modified_keeps_the_length(self):
        answer = self.answer(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 42\r\nETag: \"x\"\r\n\r\n")
        self.assertEqual((answer.status, answer.get("ETag"), answer.body), (304, '"x"', b""))

    def test_unknown_statuses(self):
        self.assertEqual(self.answer(b"HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n").status, 299)
        self.assertEqual(self.answer(b"HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n").status, 599)

    def test_request_id_is_answered(self):
        self.assertTrue(re.fullmatch(r"[0-9a-f-]{36}", self.answer(ok()).get("X-Request-ID")))


if __name__ == "__main__":
    import unittest
    unittest.main()
