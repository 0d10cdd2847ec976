"""What is well formed goes on byte for byte, what is not goes nowhere: config/validate.yaml and what stands around it."""
import json
import subprocess
import unittest

from kit import GatewayTest, ok

GOOD = {"id": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "title": "The lamp does not work", "severity": "low",
        "author": {"name": "Ann", "email": "ann@example.com"}, "tags": ["light", "hall"],
        "items": [{"sku": "LMP-0042", "quantity": 1, "price": 19.99}]}
JSON = "application/json"


def post(gateway, body, fields=None, target="/reports", method="POST", **options):
    """By a connection of its own: a body that is refused unread closes it."""
    body = body if isinstance(body, bytes) else body.encode()
    lines = {"Host": "a", "X-Tenant": "acme", "Content-Type": JSON, "Content-Length": str(len(body)), **(fields or {})}
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items() if v is not None)
    return gateway.connect().send(head.encode() + b"\r\n" + body).answer(method)


def errors(answer):
    return json.loads(answer.body).get("errors")


class Validate(GatewayTest):
    def setUp(self):
        self.upstream = self.origin(lambda request: ok(request.body))
        self.example_gateway = self.example("validate", self.upstream)

    def test_what_is_valid_goes_on_byte_for_byte(self):
        odd = " " + json.dumps(GOOD, indent=3).replace("19.99", "1.999e1").replace("Ann", "\\u0041nn") + "\r\n\t "
        answer = post(self.example_gateway, odd)
        self.assertEqual((answer.status, answer.body), (200, odd.encode()))
        self.assertEqual(self.upstream.requests[0].get("Content-Length"), str(len(odd)))

    def test_all_faults_in_one_problem(self):
        bad = {**GOOD, "id": "x", "severity": "huge", "more": 1, "tags": ["a", "a", "B"],
               "items": [{"sku": "lmp", "quantity": 0, "price": 0.001}, {"quantity": 1, "x": 1}]}
        del bad["title"]
        answer = post(self.example_gateway, json.dumps(bad))
        self.assertEqual((answer.status, answer.get("Content-Type")), (422, "application/problem+json"))
        problem = json.loads(answer.body)
        self.assertEqual((problem["status"], problem["title"]), (422, "Unprocessable Content"))
        self.assertTrue(problem["instance"].startswith("urn:uuid:"))
        found = {(e["pointer"], e["keyword"]) for e in problem["errors"]}
        self.assertEqual(found, {("/id", "format"), ("/severity", "enum"), ("/more", "unevaluatedProperties"),
                                 ("/tags", "uniqueItems"), ("/tags/2", "pattern"), ("/items/0/sku", "pattern"),
                                 ("/items/0/quantity", "minimum"), ("/items/0/price", "multipleOf"),
                                 ("/items/1", "required"), ("/items/1/x", "additionalProperties"), ("", "required")})
        self.assertNotIn(b"huge", answer.body.replace(b'"low", "normal", "high"', b""), "no value is repeated")
        self.assertEqual(self.upstream.requests, [])
        self.assertEqual(self.example_gateway.metric("sluice_validate_requests_total", policy="report",
                                                     result="invalid"), 1)

    def test_what_is_no_json(self):
        for body in ("{", "{'a': 1}", '{"a": 1, "a": 2}', '"\\ud800"', "01", "\ufeff{}", "nul", "[1,]", '{"a"\x00:1}'):
            with self.subTest(body):
                answer = post(self.example_gateway, body)
                self.assertEqual(answer.status, 400)
                self.assertIn("at byte", errors(answer)[0]["detail"])
        self.assertEqual(post(self.example_gateway, b'"\xff"').status, 400)
        self.assertEqual(self.upstream.requests, [])

    def test_limits_of_json(self):
        for body in ("[" * 9 + "]" * 9, json.dumps(list(range(201))), json.dumps("x" * 16385), "[" * 100000):
            with self.subTest(body[:20]):
                answer = post(self.example_gateway, body)
                self.assertEqual(answer.status, 422)
                self.assertEqual(errors(answer)[0]["keyword"], "json")
        self.assertEqual(self.upstream.requests, [])

    def test_types_and_codings(self):
        for fields, accept in (({"Content-Type": "text/plain"}, ("application/json", None)),
                               ({"Content-Type": None}, ("application/json", None)),
                               ({"Content-Type": "application/json; charset=iso-8859-1"}, ("application/json", None)),
                               ({"Content-Encoding": "gzip"}, (None, "identity"))):
            with self.subTest(fields):
                answer = post(self.example_gateway, json.dumps(GOOD), fields)
                self.assertEqual((answer.status, (answer.get("Accept"), answer.get("Accept-Encoding"))), (415, accept))
        for good in ("application/json;charset=UTF-8", "APPLICATION/JSON", "application/vnd.report+json"):
            self.assertEqual(post(self.example_gateway, json.dumps(GOOD), {"Content-Type": good}).status, 200)
        self.assertEqual(len(self.upstream.requests), 3)
        pictures = [post(self.example_gateway, b"\x89PNG", {"Content-Type": t}, "/reports/1/picture", "PUT").status
                    for t in ("image/png", "text/html")]
        self.assertEqual(pictures, [200, 415])

    def test_fields(self):
        missing = post(self.example_gateway, json.dumps(GOOD), {"X-Tenant": None})
        self.assertEqual((missing.status, errors(missing)),
                         (422, [{"header": "X-Tenant", "detail": "is missing", "keyword": "required"}]))
        wrong = post(self.example_gateway, json.dumps(GOOD), {"X-Tenant": "Acme"})
        self.assertEqual(errors(wrong), [{"header": "X-Tenant", "detail": "must match '^[a-z]+$'", "keyword": "pattern"}])
        self.assertEqual(self.upstream.requests, [])

    def test_query(self):
        gateway = self.example_gateway
        for query in ("", "?page=1&size=100&sort=newest&tag=a&tag=b-c", "?other=%00", "?tag=a", "?p%61ge=2"):
            with self.subTest(query):
                self.assertEqual(gateway.get("/reports" + query).status, 200)
        self.assertEqual(self.upstream.requests[-1].target, "/reports?p%61ge=2")
        count = len(self.upstream.requests)
        for query, name, keyword in (("page=0", "page", "minimum"), ("page=x", "page", "type"),
                                     ("page=1&page=2", "page", "type"), ("size=101", "size", "maximum"),
                                     ("sort=up", "sort", "enum"), ("tag=A", "tag", "pattern"),
                                     ("tag=a&tag=b&tag=c&tag=d&tag=e&tag=f", "tag", "maxItems"),
                                     ("page=%ff", "page", "type"), ("page=1%00", "page", "type")):
            with self.subTest(query):
                answer = gateway.get("/reports?" + query)
                self.assertEqual(answer.status, 422)
                self.assertEqual([(e["query"], e["keyword"]) for e in errors(answer)], [(name, keyword)])
        self.assertEqual(len(self.upstream.requests), count)

    def test_a_body_that_is_missing_or_empty(self):
        for length in (None, "0"):
            answer = post(self.example_gateway, b"", {"Content-Length": length})
            self.assertEqual((answer.status, errors(answer)[0]["detail"]), (422, "the body is missing"))
        chunked = post(self.example_gateway, b"0\r\n\r\n", {"Content-Length": None, "Transfer-Encoding": "chunked"})
        self.assertEqual(chunked.status, 422)
        self.assertEqual(self.upstream.requests, [])

    def test_chunked(self):
        text = json.dumps(GOOD).encode()
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(text[i:i + 7]), text[i:i + 7]) for i in range(0, len(text), 7))
        answer = post(self.example_gateway, chunks + b"0\r\n\r\n",
                      {"Content-Length": None, "Transfer-Encoding": "chunked"})
        self.assertEqual((answer.status, answer.body), (200, text))

    def test_expect_100_continue(self):
        text = json.dumps(GOOD)
        head = ("POST /reports HTTP/1.1\r\nHost: a\r\nX-Tenant: acme\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
                "Expect: 100-continue\r\n\r\n")
        client = self.example_gateway.connect().send(head.format(JSON, len(text)))
        self.assertEqual(client.answer(interim=True).status, 100)
        self.assertEqual(client.send(text).answer().status, 200)
        self.assertIsNone(self.upstream.requests[0].get("Expect"))
        refused = self.example_gateway.connect().send(head.format("text/plain", len(text)))
        self.assertEqual(refused.answer(interim=True).status, 415, "nobody is told to send what nobody reads")
        bad = self.example_gateway.connect().send(head.format(JSON, 2))
        self.assertEqual(bad.answer(interim=True).status, 100)
        self.assertEqual(bad.send("[]").answer().status, 422)
        self.assertEqual(len(self.upstream.requests), 1)

    def test_by_curl(self):
        gateway = self.example_gateway
        url = f"http://127.0.0.1:{gateway.port()}/reports"
        command = ["curl", "-sS", "-o", "-", "-w", "\n%{http_code}", "-H", "X-Tenant: acme", "--json"]
        for body, status in ((json.dumps(GOOD), "200"), (json.dumps({**GOOD, "items": []}), "422"), ("{", "400")):
            out = subprocess.run([*command, body, url], capture_output=True, text=True, timeout=30)
            self.assertEqual(out.stdout.rsplit("\n", 1)[1], status, out)
        self.assertEqual(len(self.upstream.requests), 1)


class Buffers(GatewayTest):
    def test_over_the_buffer_or_the_longest_body_it_is_413(self):
        upstream = self.origin(ok("app"))
        gateway = self.gateway(upstream, route={"max_body": "4KiB", "buffer": "1KiB",
                                                "filters": {"validate": {"body": {"inline": "true"}}}})
        inside, over, far_over = ('"%s"' % ("x" * n) for n in (1000, 1023, 5000))
        self.assertEqual(post(gateway, inside).status, 200)
        for body in (over, far_over):
            self.assertEqual(post(gateway, body).status, 413)
            chunk = f"{len(body):x}\r\n{body}\r\n0\r\n\r\n"
            self.assertEqual(post(gateway, chunk, {"Content-Length": None, "Transfer-Encoding": "chunked"}).status, 413)
        self.assertEqual(len(upstream.requests), 1)

    def test_in_shadow_it_refuses_nothing(self):
        upstream = self.origin(lambda request: ok(request.body))
        gateway = self.gateway(upstream, route={"buffer": "1KiB", "filters": {"validate": {
            "mode": "shadow", "body": {"inline": '{"type": "array"}'}}}})
        for body in ("{}", "{", '"%s"' % ("x" * 2000)):
            answer = post(gateway, body)
            self.assertEqual((answer.status, answer.body), (200, body.encode()))
        self.assertEqual(gateway.metric("sluice_validate_requests_total", policy="all/validate", result="invalid"), 1)


if __name__ == "__main__":
    unittest.main()
