"""Answers encoded on their way, seen by the decoders that clients use: config/compress.yaml."""
import gzip
import json
import random
import subprocess
import threading
import time
import zlib

from kit import GatewayTest, Port, binary, eventually, ok, sanitized

CODINGS = ("gzip", "br", "zstd")


def text(size, seed=1):
    r = random.Random(seed)
    lines = []
    while sum(map(len, lines)) < size:
        lines.append(json.dumps({"id": r.randrange(10**6), "name": r.choice(["ann", "bob", "carol"]), "n": r.random()}) + "\n")
    return "".join(lines).encode()[:size]


def decode(coding, body):
    """By another program than the gateway's own library, where there is one."""
    if not coding:
        return body
    if coding == "gzip":
        return gzip.decompress(body)
    program = {"br": ["brotli", "-d", "-c"], "zstd": ["zstd", "-d", "-c"]}[coding]
    return subprocess.run(program, input=body, capture_output=True, timeout=60, check=True).stdout


def accepting(codings):
    return f"Accept-Encoding: {codings}\r\n"


class Compress(GatewayTest):
    BODY = text(50_000)
    TAG = '"v1"'

    def served(self, request):
        """An origin that keeps to RFC 9110 §13: If-None-Match is compared weakly, If-Match and If-Range strongly."""
        fields = [f"ETag: {self.TAG}", "Accept-Ranges: bytes", "Content-Type: application/json"]
        match = request.get("If-Match")
        if match and match != self.TAG:
            return ok("", status="412 Precondition Failed")
        held = request.get("If-None-Match", "")
        if self.TAG in (tag.strip().removeprefix("W/") for tag in held.split(",")):
            return f"HTTP/1.1 304 Not Modified\r\nETag: {self.TAG}\r\n\r\n".encode()
        if request.get("Range") == "bytes=0-99" and request.get("If-Range", self.TAG) == self.TAG:
            return ok(self.BODY[:100], f"Content-Range: bytes 0-99/{len(self.BODY)}", *fields, status="206 Partial Content")
        if request.method == "HEAD":
            return ok(self.BODY, *fields)[:-len(self.BODY)]
        return ok(self.BODY, *fields)

    def made(self):
        self.source = self.origin(self.served)
        return self.example("compress", self.source)

    def plainly(self, *origins, **settings):
        return self.gateway(*origins, route={"filters": {"compress": settings}})

    def body_of(self, answer):
        return decode(answer.get("Content-Encoding"), answer.body)

    def test_every_coding_is_what_its_decoders_read(self):
        gateway = self.made()
        for coding in CODINGS:
            answer = gateway.get("/x", accepting(coding))
            self.assertEqual((answer.status, answer.all("Content-Encoding")), (200, [coding]))
            self.assertEqual(answer.all("Vary"), ["Accept-Encoding"])
            self.assertEqual(answer.all("ETag"), ['W/"v1"'])
            self.assertEqual(answer.all("Content-Length") + answer.all("Accept-Ranges"), [])
            self.assertEqual(answer.get("Transfer-Encoding"), "chunked")
            self.assertLess(len(answer.body), len(self.BODY) // 3)
            self.assertEqual(decode(coding, answer.body), self.BODY)

    def test_what_each_client_likes_best(self):
        gateway = self.made()
        for accepted, coding in (("gzip, deflate, br, zstd", "zstd"), ("gzip;q=1.0, br;q=0.5", "gzip"), ("br;q=0, *", "zstd"),
                                 ("identity;q=1, gzip;q=0.9", None), ("deflate", None), ("*;q=0", None), ("", None)):
            answer = gateway.get("/x", accepting(accepted))
            self.assertEqual((answer.status, answer.get("Content-Encoding")), (200, coding), accepted)
            self.assertEqual(answer.get("Vary"), "Accept-Encoding")
            self.assertEqual(self.body_of(answer), self.BODY)
        plain = gateway.get("/x")
        self.assertEqual((plain.get("Content-Encoding"), plain.get("ETag"), plain.get("Accept-Ranges")), (None, self.TAG, "bytes"))
        self.assertEqual((plain.get("Content-Length"), plain.body), (str(len(self.BODY)), self.BODY))

    def test_curl(self):
        gateway = self.made()
        url = f"http://127.0.0.1:{gateway.port()}/x"
        done = subprocess.run(["curl", "-sS", "--compressed", "-D", "-", url], capture_output=True, timeout=60, check=True)
        head, body = done.stdout.split(b"\r\n\r\n", 1)
        self.assertIn(b"content-encoding: ", head.lower())
        self.assertEqual(body, self.BODY)

    def test_head_is_told_what_get_would_be(self):
        gateway = self.made()
        for coding in (*CODINGS, "identity"):
            got, told = (gateway.get("/x", accepting(coding), method=m) for m in ("GET", "HEAD"))
            for name in ("Content-Encoding", "ETag", "Vary", "Content-Length", "Accept-Ranges", "Content-Type"):
                self.assertEqual(told.all(name), got.all(name), (coding, name))
            self.assertEqual(told.body, b"")

    def test_tags(self):
        gateway = self.made()
        client = gateway.connect()
        def ask(fields, method="GET"):
            return client.get("/x", accepting("gzip") + fields, method=method)
        tag = ask("").get("ETag")
        held = ask(f"If-None-Match: {tag}\r\n")
        self.assertEqual((held.status, held.get("ETag"), held.get("Vary")), (304, 'W/"v1"', "Accept-Encoding"))
        self.assertEqual(held.all("Content-Encoding"), [])
        self.assertEqual(ask(f"If-None-Match: {self.TAG}\r\n").get("ETag"), self.TAG, "an answer as it was is confirmed as it was")
        self.assertEqual(ask(f"If-None-Match: {tag}\r\n", "HEAD").status, 304)
        self.assertEqual(ask(f"If-Match: {tag}\r\n").status, 412, "a weakened tag is no promise of bytes")
        whole = ask(f"Range: bytes=0-99\r\nIf-Range: {tag}\r\n")
        self.assertEqual((whole.status, self.body_of(whole)), (200, self.BODY))
        by_date = ask("Range: bytes=0-99\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n")
        self.assertEqual((by_date.status, self.body_of(by_date)), (200, self.BODY), "a date cannot tell the bytes apart")
        part = ask(f"Range: bytes=0-99\r\nIf-Range: {self.TAG}\r\n")
        self.assertEqual((part.status, part.get("Content-Encoding"), part.body), (206, None, self.BODY[:100]))
        self.assertEqual((part.get("ETag"), part.get("Vary")), (self.TAG, "Accept-Encoding"))

    def test_what_goes_out_as_it_is(self):
        answers = {
            "/image": ok(self.BODY, "Content-Type: image/png"),
            "/small": ok("x" * 1000, "Content-Type: text/plain"),
            "/encoded": ok(gzip.compress(self.BODY), "Content-Type: text/plain", "Content-Encoding: gzip"),
            "/fixed": ok(self.BODY, "Content-Type: text/plain", "Cache-Control: max-age=60, no-transform"),
            "/signed": ok(self.BODY, "Content-Type: text/plain", "Repr-Digest: sha-256=:AAAA:"),
            "/grpc": ok(self.BODY, "Content-Type: application/grpc+json"),
            "/login": ok(self.BODY, "Content-Type: text/html"),
            "/none": b"HTTP/1.1 204 No Content\r\nContent-Type: text/html\r\n\r\n",
        }
        origin = self.origin(lambda request: answers[request.target])
        gateway = self.example("compress", origin)
        client = gateway.connect()
        for path, sent in answers.items():
            answer = client.get(path, accepting("zstd, br, gzip"))
            self.assertEqual(answer.body, sent.split(b"\r\n\r\n", 1)[1], path)
            self.assertEqual(answer.get("Content-Encoding"), "gzip" if path == "/encoded" else None, path)
            varies = path in ("/small", "/encoded", "/signed")
            self.assertEqual(answer.get("Vary"), "Accept-Encoding" if varies else None, path)
        by_client = client.get("/image", accepting("gzip") + "Cache-Control: no-transform\r\n")
        self.assertEqual(by_client.body, self.BODY)
        for reason, count in {"type": 3, "small": 1, "encoded": 1, "no_transform": 1, "digest": 1, "no_body": 1}.items():
            self.assertEqual(gateway.metric("sluice_compress_total", policy="shorter", result=reason), count, reason)

    def test_the_upstream_is_told_what_the_client_takes(self):
        gateway = self.made()
        gateway.get("/x", accepting("br;q=0.3, gzip"))
        self.assertEqual(self.source.last.all("Accept-Encoding"), ["br;q=0.3, gzip"])
        answer = gateway.get("/reports/x", accepting("br"))
        self.assertEqual(self.source.last.all("Accept-Encoding"), [], "unless it is taken off")
        self.assertEqual(answer.get("Content-Encoding"), "br")
        self.assertEqual(self.body_of(answer), self.BODY)

    def test_events_go_out_when_they_come(self):
        go_on = threading.Semaphore(0)
        def stream(connection):
            connection.head()
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for i in range(4):
                event = f"data: event {i}\n\n"
                connection.send(f"{len(event):x}\r\n{event}\r\n")
                go_on.acquire(timeout=20)
            connection.send("0\r\n\r\n")
            connection.wait_for_end()
        gateway = self.example("compress", self.origin(handler=stream))
        client = gateway.connect().send(f"GET /events/x HTTP/1.1\r\nHost: a\r\n{accepting('gzip')}\r\n")
        self.assertEqual(client.head().get("Content-Encoding"), "gzip")
        decoder = zlib.decompressobj(31)
        seen = ""
        for i in range(4):
            while f"event {i}\n\n" not in seen:
                size = int(client.reader.until(b"\r\n"), 16)
                seen += decoder.decompress(client.reader.exactly(size)).decode()
                client.reader.exactly(2)
            go_on.release()
        rest, _ = client.reader.chunked()
        decoder.decompress(rest)
        self.assertTrue(decoder.eof)
        self.assertEqual(seen.count("data:"), 4)

    def test_an_upstream_that_breaks_off_leaves_a_broken_answer(self):
        for head in (f"Content-Length: {len(self.BODY)}", "Transfer-Encoding: chunked"):
            def half(connection):
                connection.head()
                connection.send(f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{head}\r\n\r\n")
                connection.send(self.BODY[:20_000] if "Length" in head else b"4e20\r\n" + self.BODY[:20_000] + b"\r\n")
                time.sleep(0.05)
                connection.reset()
            gateway = self.plainly(self.origin(handler=half))
            for coding in CODINGS:
                client = gateway.connect().send(f"GET / HTTP/1.1\r\nHost: a\r\n{accepting(coding)}\r\n")
                self.assertEqual(client.head().get("Content-Encoding"), coding)
                raw = client.reader.rest()
                self.assertFalse(raw.endswith(b"0\r\n\r\n"), "no last chunk")
            old = gateway.connect().send(f"GET / HTTP/1.0\r\nHost: a\r\n{accepting('gzip')}\r\n")
            old.head()
            with self.assertRaises(ConnectionError, msg="without chunks only a reset tells"):
                old.reader.rest()
            gateway.close()

    def test_a_client_that_leaves_gives_its_encoder_back(self):
        go_on = threading.Event()
        def slow(connection):
            if not connection.head():
                return
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
            try:
                while not go_on.wait(0.01):
                    connection.send(b"1000\r\n" + self.BODY[:4096] + b"\r\n")
            except OSError:
                pass
        gateway = self.plainly(self.origin(handler=slow))
        clients = [gateway.connect() for _ in range(12)]
        for i, client in enumerate(clients):
            client.send(f"GET / HTTP/1.1\r\nHost: a\r\n{accepting(CODINGS[i % 3])}\r\n")
            self.assertEqual(client.head().get("Content-Encoding"), CODINGS[i % 3])
        held = lambda: gateway.metric("sluice_compress_memory_bytes", policy="all/compress")
        self.assertGreater(held(), 12 * 100_000)
        for i, client in enumerate(clients):
            client.reset() if i % 2 else client.close()
        eventually(lambda: held() == 0, "the encoders are given back")
        go_on.set()

    def test_bodies_in_any_pieces(self):
        r = random.Random(5)
        bodies = {}
        def any_pieces(connection):
            while request := connection.head():
                body, pieces = bodies[request.target]
                connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
                out = b""
                at = 0
                for size in pieces:
                    part = body[at:at + size]
                    at += size
                    if not part:
                        break
                    out += f"{len(part):x}\r\n".encode() + part + b"\r\n"
                    if r.random() < 0.5:
                        connection.send(out)
                        out = b""
                connection.send(out + b"0\r\n\r\n")
        gateway = self.plainly(self.origin(handler=any_pieces))
        client = gateway.connect()
        for i in range(20 if sanitized else 60):
            body = r.choice([text, lambda n, s: random.Random(s).randbytes(n)])(r.choice([0, 1, 100, 5000, 70_000, 400_000]), i)
            longest = r.choice([10, 1000, 50_000]) if len(body) < 100_000 else 50_000
            pieces, left = [], len(body)
            while left > 0:
                pieces.append(r.randint(1, longest))
                left -= pieces[-1]
            bodies[f"/{i}"] = body, pieces
            coding = CODINGS[i % 3]
            answer = client.get(f"/{i}", accepting(coding))
            self.assertEqual(answer.get("Content-Encoding"), coding)
            self.assertEqual(decode(coding, answer.body), body, i)

    def test_an_old_client_is_sent_it_up_to_the_end(self):
        gateway = self.made()
        client = gateway.connect().send(f"GET /x HTTP/1.0\r\nHost: a\r\n{accepting('gzip')}\r\n")
        head = client.head()
        self.assertEqual((head.get("Content-Encoding"), head.get("Transfer-Encoding"), head.get("Connection")),
                         ("gzip", None, "close"))
        self.assertEqual(gzip.decompress(client.reader.rest()), self.BODY)

    def test_memory_does_not_grow_with_the_body(self):
        size = (16 << 20) if sanitized else (96 << 20)
        piece = text(1 << 20)
        def large(connection):
            while connection.head():
                connection.send(f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {size}\r\n\r\n")
                for _ in range(size // len(piece)):
                    connection.send(piece)
        gateway = self.plainly(self.origin(handler=large), level={"gzip": 1, "br": 1, "zstd": 1})
        for coding in CODINGS:
            before = gateway.memory()
            client = gateway.connect(timeout=120).send(f"GET / HTTP/1.1\r\nHost: a\r\n{accepting(coding)}\r\n")
            client.head()
            most = before
            while not client.reader.buffer.endswith(b"\r\n0\r\n\r\n"):
                client.reader.buffer = client.reader.buffer[-16:]
                client.reader.more()
                most = max(most, gateway.memory())
            self.assertLess(most - before, (96 if sanitized else 16) * 1024, coding)

    def test_a_long_body_does_not_keep_others_waiting(self):
        piece = text(1 << 20)
        def large(connection):
            while request := connection.head():
                if request.target == "/small":
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                    continue
                connection.send(f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {32 << 20}\r\n\r\n")
                for _ in range(32):
                    connection.send(piece)
        gateway = self.gateway(self.origin(handler=large), workers=1,
                               route={"filters": {"compress": {"level": {"br": 9}}}})
        loader = gateway.connect(timeout=120).send(f"GET /large HTTP/1.1\r\nHost: a\r\n{accepting('br')}\r\n")
        self.assertEqual(loader.head().get("Content-Encoding"), "br")
        client = gateway.connect()
        waits = []
        for _ in range(50):
            start = time.monotonic()
            self.assertEqual(client.get("/small").body, b"ok")
            waits.append(time.monotonic() - start)
        self.assertLess(sorted(waits)[25], 1 if sanitized else 0.1, waits)
        self.assertNotIn(b"\r\n0\r\n\r\n", loader.reader.buffer)
        loader.close()

    def test_the_gateways_own_answers_are_answers_too(self):
        closed = Port()
        self.addCleanup(closed.close)
        gateway = self.gateway(routes={"x": {"match": "/**", "respond": {"body": "x" * 5000},
                                             "filters": {"compress": {"min_size": "100B"}}},
                                       "gone": {"match": "/gone", "to": "nobody", "filters": {"compress": {"min_size": "10B"}}}},
                               upstreams={"nobody": {"endpoints": [f"http://{closed}"]}})
        answer = gateway.get("/", accepting("gzip"))
        self.assertEqual(gzip.decompress(answer.body), b"x" * 5000)
        refusal = gateway.get("/gone", accepting("gzip"))
        self.assertEqual((refusal.status, refusal.get("Content-Type")), (502, "application/problem+json"))
        self.assertEqual(json.loads(gzip.decompress(refusal.body))["status"], 502)

    def test_wrong_settings_are_told(self):
        for wrong, message in (("[deflate]", "gzip, br, zstd"), ("{ level: { br: 11 } }", "from 1 to 9"),
                               ("{ types: ['*/*'] }", "most of all types are compressed by themselves")):
            file = self.write("sluice.yaml", f"version: 1\npolicies: {{ p: {{ compress: {wrong} }} }}\n"
                              "listeners: { main: { bind: ':0' } }\nroutes: { r: { match: /, use: [p], respond: { body: x } } }\n")
            done = subprocess.run([binary(), "check", "-c", file], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, r"sluice\.yaml:2:\d+: .*" + message)

    def test_a_stored_answer_is_encoded_once(self):
        self.source = self.origin(lambda request: ok(self.BODY, f"ETag: {self.TAG}", "Content-Type: application/json",
                                                     "Cache-Control: max-age=600"))
        gateway = self.gateway(self.source, policies={"shorter": {"compress": {}}, "kept": {"cache": {}}},
                               route={"use": ["shorter", "kept"]})
        missed = gateway.get("/x", accepting("gzip"))
        self.assertEqual(self.body_of(missed), self.BODY)
        sizes = {}
        for coding in CODINGS:
            made = gateway.get("/x", accepting(coding))
            self.assertEqual((self.body_of(made), made.get("Content-Length")), (self.BODY, None))
            for _ in range(4):
                again = gateway.get("/x", accepting(coding))
                self.assertEqual(again.body, made.body, "the very bytes that were made")
                self.assertEqual(again.get("Content-Length"), str(len(made.body)), "now their number is known")
                self.assertEqual((again.get("Content-Encoding"), again.get("ETag"), again.get("Vary")),
                                 (coding, 'W/"v1"', "Accept-Encoding"))
            told = gateway.get("/x", accepting(coding), method="HEAD")
            self.assertEqual((told.get("Content-Encoding"), told.get("Content-Length")), (coding, str(len(made.body))))
            sizes[coding] = len(made.body)
        self.assertLess(sizes["gzip"], len(missed.body), "and more was tried than in passing")
        for accepted in ("identity", "deflate", "gzip;q=0"):
            plain = gateway.get("/x", accepting(accepted))
            self.assertEqual((plain.get("Content-Encoding"), plain.get("ETag"), plain.body), (None, self.TAG, self.BODY))
        held = gateway.get("/x", accepting("br") + 'If-None-Match: W/"v1"\r\n')
        self.assertEqual((held.status, held.get("ETag"), held.get("Vary")), (304, 'W/"v1"', "Accept-Encoding"))
        self.assertEqual(gateway.get("/x", accepting("br") + 'If-Range: W/"v1"\r\nRange: bytes=0-9\r\n').status, 200)
        part = gateway.get("/x", accepting("br") + f'If-Range: {self.TAG}\r\nRange: bytes=0-9\r\n')
        self.assertEqual((part.status, part.get("Content-Encoding"), part.body), (206, None, self.BODY[:10]))
        self.assertEqual(len(self.source.requests), 1)
        forms = {r: gateway.metric("sluice_compress_forms_total", policy="shorter", result=r) for r in ("made", "reused", "unfinished")}
        self.assertEqual(forms, {"made": 3, "reused": 16, "unfinished": 0})

    def test_an_upstreams_own_coding_is_stored_as_it_is(self):
        def own(request):
            takes = "gzip" in request.get("Accept-Encoding", "")
            return ok(gzip.compress(self.BODY) if takes else self.BODY, "Content-Type: application/json", "Vary: Accept-Encoding",
                      "Cache-Control: max-age=600", *(["Content-Encoding: gzip"] if takes else []))
        self.source = self.origin(own)
        gateway = self.gateway(self.source, policies={"shorter": {"compress": {}}, "kept": {"cache": {}}},
                               route={"use": ["shorter", "kept"]})
        for accepted, coding in (("gzip", "gzip"), ("gzip, br", "gzip"), ("br", "br"), ("identity", None), ("gzip", "gzip")):
            for _ in range(2):
                answer = gateway.get("/x", accepting(accepted))
                self.assertEqual((answer.get("Content-Encoding"), self.body_of(answer)), (coding, self.BODY), accepted)


if __name__ == "__main__":
    import unittest
    unittest.main()
