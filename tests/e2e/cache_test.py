"""Answers that are there already: config/cache.yaml and what stands around it, with real processes."""
import json
import os
import subprocess
import threading
import time

from kit import GatewayTest, binary, eventually, ok


def fresh(body="body", *fields, seconds=60):
    return ok(body, f"Cache-Control: max-age={seconds}", *fields)


class Cache(GatewayTest):
    def setUp(self):
        self.answers = {}
        self.count = 0

        def answer(request):
            self.count += 1
            made = self.answers.get(request.target, fresh())
            return made(request) if callable(made) else made
        self.source = self.origin(answer)

    def example(self):
        return super().example("cache", self.source)

    def cached(self, gateway, target, fields="", method="GET"):
        answer = gateway.get(target, fields, method=method)
        return answer.status, answer.body, answer.get("Cache-Status")

    def purge(self, gateway, **what):
        status, _, body = gateway.admin("/cache/purge", "POST", {"Content-Type": "application/json"},
                                        json.dumps(what))
        return status, json.loads(body)

    def test_a_hit_needs_no_origin(self):
        gateway = self.example()
        for expected in ("^sluice; fwd=uri-miss; ttl=(60|59); stored$", "^sluice; hit; ttl=5[0-9]$"):
            status, body, told = self.cached(gateway, "/a")
            self.assertEqual((status, body), (200, b"body"))
            self.assertRegex(told, expected)
        answer = gateway.get("/a", method="HEAD")
        self.assertEqual((answer.status, answer.get("Content-Length")), (200, "4"))
        self.assertEqual(self.count, 1)
        self.assertEqual(gateway.metric("sluice_cache_requests_total", policy="as-told", result="hit"), 2)

    def test_hits_survive_the_death_of_the_origin(self):
        gateway = self.example()
        self.cached(gateway, "/articles/a")
        self.source.close()
        self.assertEqual(self.cached(gateway, "/articles/a")[0], 200)
        self.assertEqual(self.cached(gateway, "/articles/b")[0], 502)

    def test_the_query_as_the_settings_see_it(self):
        gateway = self.example()
        for target in ("/articles/a?x=1&y=2", "/articles/a?y=2&x=1", "/articles/a?utm_source=z&y=2&x=1"):
            self.cached(gateway, target)
        self.assertEqual(self.count, 1)
        self.cached(gateway, "/articles/a?y=2")
        self.assertEqual(self.count, 2)

    def test_validation_and_conditions(self):
        def tagged(request):
            if request.get("If-None-Match") == '"1"':
                return b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
            return ok("body", 'ETag: "1"', "Cache-Control: no-cache")
        self.answers["/a"] = tagged
        gateway = self.example()
        self.cached(gateway, "/a")
        self.assertEqual(self.cached(gateway, "/a")[:2], (200, b"body"))
        self.assertIn("fwd-status=304", self.cached(gateway, "/a")[2])
        answer = gateway.get("/a", 'If-None-Match: "1"\r\n')
        self.assertEqual((answer.status, answer.body, answer.get("ETag")), (304, b"", '"1"'))
        self.assertIsNone(answer.get("Content-Length"), "the length of no answer")

    def test_ranges_of_what_is_stored(self):
        self.answers["/a"] = fresh("0123456789")
        gateway = self.example()
        self.cached(gateway, "/a")
        answer = gateway.get("/a", "Range: bytes=3-5\r\n")
        self.assertEqual((answer.status, answer.body, answer.get("Content-Range"), answer.get("Content-Length")),
                         (206, b"345", "bytes 3-5/10", "3"))
        self.assertEqual(gateway.get("/a", "Range: bytes=20-\r\n").status, 416)
        self.assertEqual(self.count, 1)

    def test_many_misses_are_one_request(self):
        gate = threading.Event()

        def slow(_):
            gate.wait(20)
            return fresh("slow")
        self.answers["/slow"] = slow
        gateway = self.example()
        clients = [gateway.connect().send("GET /slow HTTP/1.1\r\nHost: a.example\r\n\r\n") for _ in range(20)]
        eventually(lambda: self.count >= 1, "one asks")
        time.sleep(0.3)  # the others wait, or there would be more requests
        gate.set()
        self.assertEqual({c.answer().body for c in clients}, {b"slow"})
        self.assertEqual(self.count, 1)

    def test_purges_by_url_prefix_and_tag(self):
        gateway = self.example()
        for name in "abcd":
            self.answers[f"/articles/{name}"] = ok(name, f"Surrogate-Key: all {name}")
            answer = gateway.get(f"/articles/{name}")
            self.assertIsNone(answer.get("Surrogate-Key"))
        self.assertEqual(self.purge(gateway, url="http://A.Example/articles/./a"), (200, {"purged": 1}))
        self.assertEqual(self.purge(gateway, url="http://a.example/articles/a"), (200, {"purged": 0}))
        self.assertEqual(self.purge(gateway, tag="b"), (200, {"purged": 1}))
        self.assertEqual(self.purge(gateway, prefix="http://a.example/articles/c"), (200, {"purged": 1}))
        self.assertEqual(self.purge(gateway, tag="all", soft=True), (200, {"purged": 1}))
        before = self.count
        told = [self.cached(gateway, f"/articles/{name}")[2] for name in "abcd"]
        self.assertTrue(all("fwd=uri-miss" in t for t in told[:3]), told)
        self.assertIn("hit; ttl=", told[3])
        eventually(lambda: self.count == before + 4, "the soft one is fetched behind its back")
        status, _, body = gateway.admin("/status")
        self.assertEqual(json.loads(body)["cache"]["size"], 64 << 20)

    def test_purges_that_are_wrong_say_why(self):
        gateway = self.example()
        for body, status, detail in (({}, 422, "exactly one member is expected, of 'url', 'prefix', 'tag'"),
                                     ({"url": "x", "tag": "y"}, 422, "exactly one member"),
                                     ({"uri": "x"}, 422, "unknown member 'uri' (did you mean 'url'?)"),
                                     ({"url": 1}, 422, "'url' is a text"),
                                     ({"url": "/a"}, 422, "'url' is a URL with scheme, host and path"),
                                     ({"prefix": "http://a"}, 422, "'prefix' is a URL"),
                                     ({"tag": ""}, 422, "'tag' is empty"),
                                     ({"tag": "x", "soft": "yes"}, 422, "'soft' is true or false")):
            with self.subTest(body):
                answered, problem = self.purge(gateway, **body)
                self.assertEqual(answered, status)
                self.assertIn(detail, problem["detail"])
        self.assertEqual(gateway.admin("/cache/purge")[0], 405)

    def test_the_method_purge(self):
        gateway = self.example()
        self.cached(gateway, "/articles/a")
        answer = gateway.get("/articles/a", method="PURGE")
        self.assertEqual((answer.status, json.loads(answer.body)), (200, {"purged": 1}))
        self.cached(gateway, "/articles/a")
        self.assertEqual(self.count, 2)

    def test_a_change_invalidates(self):
        gateway = self.example()
        self.cached(gateway, "/a")
        self.assertEqual(gateway.exchange("POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\n\r\nx").status, 200)
        self.assertIn("uri-miss", self.cached(gateway, "/a")[2])

    def test_each_caller_has_its_own(self):
        self.answers["/account/me"] = lambda r: ok(f"answer {self.count}")
        self.answers["/account/news"] = ok("news", "Cache-Control: public, max-age=60")
        gateway = self.example()
        ann, ben = "X-API-Key: ann-key-for-the-example\r\n", "X-API-Key: ben-key-for-the-example\r\n"
        first = self.cached(gateway, "/account/me", ann)[1]
        self.assertNotEqual(self.cached(gateway, "/account/me", ben)[1], first)
        self.assertEqual(self.cached(gateway, "/account/me", ann)[1], first)
        self.assertEqual(gateway.get("/account/me").status, 401)
        before = self.count
        self.cached(gateway, "/account/news", ann)
        self.cached(gateway, "/account/news", ben)
        self.assertEqual(self.count, before + 1)
        self.assertEqual(gateway.get("/account/news").status, 401)

    def test_a_reload_keeps_what_is_stored_and_the_size(self):
        gateway = self.gateway(self.source, policies={"kept": {"cache": {"ttl": "60s"}}},
                               cache_memory={"size": "16MiB"}, route={"use": ["kept"]})
        self.cached(gateway, "/a")
        gateway.reload(policies={"kept": {"cache": {"ttl": "30s"}}})
        self.assertIn("hit", self.cached(gateway, "/a")[2])
        gateway.change(cache_memory={"size": "32MiB"})
        status, _, body = gateway.admin("/reload", "POST")
        self.assertEqual(status, 422)
        self.assertIn("cache_memory.size: cannot change in a reload; restart for it", json.loads(body)["errors"])

    def test_explain_says_what_the_key_consists_of(self):
        gateway = self.example()
        said = subprocess.run([binary(), "explain", "-c", gateway.file, "GET", "http://a/articles/x"], text=True,
                              capture_output=True, timeout=60, env={**os.environ, "UPSTREAM": self.source.url}).stdout
        self.assertIn("key: method, scheme, authority, path, query without utm_source utm_campaign (in any order), policy, "
                      "route, principal unless the answer is for everybody", said)

    def test_what_is_stale_is_given_while_the_origin_is_gone(self):
        self.answers["/a"] = ok("old", "Cache-Control: max-age=1")
        gateway = self.example()
        self.cached(gateway, "/a")
        self.source.close()
        eventually(lambda: "stale-if-error" in self.cached(gateway, "/a")[2], "its time is over")
        self.assertEqual(self.cached(gateway, "/a")[:2], (200, b"old"))

    def test_no_credential_is_in_a_key_or_a_log(self):
        gateway = self.example()
        self.cached(gateway, "/account/me", "X-API-Key: ann-key-for-the-example\r\n")
        self.assertNotIn("ann-key", gateway.stderr())
        self.assertNotIn("ann-key", gateway.metrics())


if __name__ == "__main__":
    import unittest
    unittest.main()
