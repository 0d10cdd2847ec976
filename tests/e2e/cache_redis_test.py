"""A cache in two gateways with one Redis behind: what they share, how purges reach both, and that Redis is never in the
way."""
import concurrent.futures
import itertools
import json
import subprocess
import threading
import time
import unittest

from kit import GatewayTest, binary, eventually
from kit.origin import ok
from kit.redis import Redis

TIMEOUT = 0.1
# What a request may take besides the time-out, on a machine that does other things too.
MARGIN = 1.0
KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"


class Page:
    """An origin's answers, counted: each has its number in the body."""

    def __init__(self, *fields, delay=0.0):
        self.fields = fields or ("Cache-Control: max-age=600",)
        self.delay = delay
        self.count = 0
        self.lock = threading.Lock()

    def __call__(self, request):
        with self.lock:
            self.count += 1
            number = self.count
        time.sleep(self.delay)
        return ok(f"{request.target} {number}", *self.fields)


class Tiered(GatewayTest):
    def redis_server(self, *options):
        redis = Redis(self.directory(), *options)

        def end():
            redis.resume()
            redis.kill()
        self.addCleanup(end)
        return redis

    def start(self, server, origin, **more):
        config = {
            "redis": {"url": server if isinstance(server, str) else server.url, "timeout": f"{int(TIMEOUT * 1000)}ms",
                      **more.pop("redis", {})},
            "policies": {"c": {"cache": {"tiers": ["memory", "redis"], "purge_method": ["127.0.0.1/32"],
                                         **more.pop("cache", {})}}},
        }
        gateway = self.gateway(origin, route={"use": ["c"]}, **config, **more)
        return gateway

    @staticmethod
    def hears(gateway):
        """It has read the log of purges, and both workers have Redis."""
        sources = [s for s in gateway.status()["sources"] if s["kind"] == "purges"]
        return sources[0]["usable"] and gateway.metric("sluice_redis_connections") == 2

    def pair(self, page, **more):
        redis = self.redis_server()
        origin = self.origin(page)
        gateways = [self.start(redis, origin, **more) for _ in range(2)]
        eventually(lambda: all(map(self.hears, gateways)), "both hear Redis")
        return redis, *gateways

    @staticmethod
    def loads(gateway, result):
        return gateway.metric("sluice_cache_second_tier_loads_total", policy="c", result=result)

    @staticmethod
    def saves(gateway, result):
        return gateway.metric("sluice_cache_second_tier_saves_total", policy="c", result=result)

    @staticmethod
    def text(gateway, target="/a", fields=""):
        return gateway.get(target, fields).body.decode()

    def fetch(self, gateway, target="/a", fields=""):
        """A body; what was to be saved has been by then."""
        saved = self.saves(gateway, "saved")
        answer = gateway.get(target, fields)
        self.assertEqual(answer.status, 200)
        if "fwd=" in (answer.get("Cache-Status") or ""):
            eventually(lambda: self.saves(gateway, "saved") > saved, "it is saved")
        return answer.body.decode()

    def purge(self, gateway, target="/a", method="PURGE"):
        self.assertEqual(gateway.get(target, method=method).status, 200)


class SharedEntries(Tiered):
    def test_what_one_fetched_the_other_has(self):
        page = Page()
        _, one, other = self.pair(page)
        self.assertEqual(self.fetch(one), "/a 1")
        answer = other.get("/a")
        self.assertEqual(answer.body.decode(), "/a 1")
        self.assertIn("sluice; hit", answer.get("Cache-Status"))
        self.assertEqual(page.count, 1)
        self.assertEqual(self.loads(one, "miss"), 1)
        self.assertEqual(self.loads(other, "hit"), 1)
        other.get("/a")
        self.assertEqual(self.loads(other, "hit"), 1, "the second time it is in memory")

    def test_survives_a_restart_with_its_age(self):
        page = Page()
        redis = self.redis_server()
        origin = self.origin(page)
        one = self.start(redis, origin)
        eventually(lambda: self.hears(one), "it hears Redis")
        self.fetch(one)
        time.sleep(2.1)
        one.stop()
        again = self.start(redis, origin)
        eventually(lambda: self.hears(again), "it hears Redis")
        answer = again.get("/a")
        self.assertEqual(answer.body.decode(), "/a 1")
        self.assertGreaterEqual(int(answer.get("Age")), 2)
        self.assertLess(int(answer.get("Age")), 30)
        self.assertEqual(page.count, 1)

    def test_variants_are_told_apart(self):
        page = Page("Cache-Control: max-age=600", "Vary: X-Side")
        _, one, other = self.pair(page)
        left, right = (self.fetch(one, fields=f"X-Side: {side}\r\n") for side in ("left", "right"))
        self.assertNotEqual(left, right)
        self.assertEqual(self.text(other, "/a", "X-Side: right\r\n"), right)
        self.assertEqual(self.text(other, "/a", "X-Side: left\r\n"), left)
        self.assertEqual(page.count, 2)
        self.assertEqual(self.fetch(other, fields="X-Side: up\r\n"), "/a 3")
        self.assertEqual(self.text(one, "/a", "X-Side: up\r\n"), "/a 3")

    def test_ends_with_its_time(self):
        page = Page("Cache-Control: max-age=2")
        redis, one, other = self.pair(page)
        self.fetch(one)
        self.assertEqual(len(redis("KEYS", "sluice:value:*")), 1)
        eventually(lambda: not redis("KEYS", "sluice:value:*"), "it expires")
        self.assertEqual(self.text(other), "/a 2")

    def test_what_is_too_large_stays_in_memory(self):
        redis, one, other = self.pair(lambda request: ok(b"x" * 100_000, "Cache-Control: max-age=600"),
                                      redis={"max_entry": "64KiB"})
        one.get("/a")
        eventually(lambda: self.saves(one, "too_large") == 1, "it is too large")
        self.assertIn("hit", one.get("/a").get("Cache-Status"))
        self.assertIn("fwd=uri-miss", other.get("/a").get("Cache-Status"))
        self.assertEqual(redis("KEYS", "sluice:value:*"), [])

    def test_of_both_that_miss_one_asks_the_origin(self):
        page = Page(delay=0.5)
        _, one, other = self.pair(page)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            said = list(pool.map(lambda i: self.text((one, other)[i % 2]), range(16)))
        self.assertEqual(set(said), {"/a 1"})
        self.assertEqual(page.count, 1)
        self.assertEqual(self.loads(one, "collapsed") + self.loads(other, "collapsed"), 1)

    def test_what_cannot_be_stored_is_fetched_by_both_at_once(self):
        page = Page("Cache-Control: no-store", delay=0.5)
        redis, one, other = self.pair(page)
        before = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            said = set(pool.map(lambda i: self.text((one, other)[i % 2]), range(8)))
        self.assertEqual(len(said), 8)
        self.assertLess(time.monotonic() - before, 2 * 0.5 + 0.3 + MARGIN)
        eventually(lambda: not redis("KEYS", "sluice:claim:*"), "no claim is left")

    def test_a_client_that_leaves_holds_nobody_up(self):
        page = Page(delay=0.3)
        redis, one, other = self.pair(page)
        with one.connect() as client:
            client.send("GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n")
            eventually(lambda: redis("KEYS", "sluice:claim:*"), "it is claimed")
        before = time.monotonic()
        self.assertEqual(other.get("/a").status, 200)
        self.assertLess(time.monotonic() - before, 1 + MARGIN)

    def test_the_example_does_what_it_says(self):
        page = Page()
        redis = self.redis_server()
        origin = self.origin(page)
        gateways = [self.example("cache-redis", origin, REDIS_URL=redis.url) for _ in range(2)]
        for gateway in gateways:
            eventually(lambda g=gateway: any(s["kind"] == "purges" and s["usable"] for s in g.status()["sources"]),
                       "it hears Redis")
        self.assertEqual(self.text(gateways[0]), "/a 1")
        eventually(lambda: redis("KEYS", "sluice:value:*"), "it is saved")
        self.assertEqual(self.text(gateways[1]), "/a 1")


class Purges(Tiered):
    def assert_gone_within_a_second(self, gateway, old, target="/a", fields=""):
        before = time.monotonic()
        eventually(lambda: self.text(gateway, target, fields) != old, "it is gone", 5)
        self.assertLess(time.monotonic() - before, 1)

    def test_a_purge_holds_in_the_other_within_a_second(self):
        page = Page()
        _, one, other = self.pair(page)
        for _ in range(5):
            old = self.fetch(one)
            self.assertEqual(self.text(other), old)
            self.purge(one)
            self.assertNotEqual(self.fetch(one), old, "where it was purged: at once")
            self.assert_gone_within_a_second(other, old)
        self.assertEqual(one.metric("sluice_cache_purges_told_total"), 5)
        eventually(lambda: other.metric("sluice_cache_purges_read_total") == 5, "all were read")
        self.assertEqual(other.metric("sluice_cache_purges_missed_total"), 0)

    def test_the_admin_endpoint_purges_in_all_by_url_prefix_and_tag(self):
        page = Page("Cache-Control: max-age=600", "Surrogate-Key: news sport")
        _, one, other = self.pair(page)
        for wanted in ({"url": "http://a.example/a"}, {"prefix": "http://a.example/"}, {"tag": "sport"}, {"prefix": ""}):
            old = self.fetch(one)
            self.assertEqual(self.text(other), old)
            status, _, said = one.admin("/cache/purge", "POST", body=wanted)
            self.assertEqual((status, json.loads(said)), (200, {"purged": 1, "replicas": {"told": True}}))
            self.assert_gone_within_a_second(other, old)

    def test_a_soft_purge_makes_stale_in_all(self):
        page = Page("Cache-Control: max-age=600, stale-while-revalidate=60")
        _, one, other = self.pair(page)
        old = self.fetch(one)
        self.assertEqual(self.text(other), old)
        one.admin("/cache/purge", "POST", body={"url": "http://a.example/a", "soft": True})
        eventually(lambda: other.metric("sluice_cache_purges_read_total") == 1, "it was read")
        self.assertEqual(self.text(other), old, "stale, while a newer one is fetched")
        eventually(lambda: self.text(other) != old, "the newer one", 5)

    def test_the_admin_endpoint_says_when_the_others_do_not_know_yet(self):
        page = Page()
        redis, one, other = self.pair(page)
        old = self.fetch(one)
        self.assertEqual(self.text(other), old)
        redis.kill()
        eventually(lambda: one.metric("sluice_redis_connections") == 0, "it is gone")
        status, _, said = one.admin("/cache/purge", "POST", body={"prefix": ""})
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(said), {"purged": 1, "replicas": {"told": False, "trouble": "redis_down"}})
        self.assertNotEqual(self.text(one), old)

    def test_what_is_fetched_after_a_purge_is_shared_again(self):
        page = Page()
        _, one, other = self.pair(page)
        old = self.fetch(one)
        self.purge(one)
        eventually(lambda: other.metric("sluice_cache_purges_read_total") == 1, "it was read")
        new = self.fetch(one)
        self.assertNotEqual(new, old)
        self.assertEqual(self.text(other), new)
        self.assertEqual(page.count, 2)

    def test_a_purged_answer_does_not_come_back_with_a_restart(self):
        page = Page()
        redis = self.redis_server()
        origin = self.origin(page)
        one = self.start(redis, origin)
        eventually(lambda: self.hears(one), "it hears Redis")
        self.fetch(one)
        self.purge(one)
        one.stop()
        again = self.start(redis, origin)
        eventually(lambda: self.hears(again), "it hears Redis")
        self.assertEqual(self.text(again), "/a 2")
        self.assertEqual(self.loads(again, "purged"), 1)

    def test_what_changes_it_purges_it_everywhere(self):
        page = Page()
        _, one, other = self.pair(page)
        old = self.fetch(one)
        self.assertEqual(self.text(other), old)
        self.assertEqual(one.get("/a", method="DELETE").status, 200)
        self.assert_gone_within_a_second(other, old)

    def test_one_that_was_cut_off_catches_up(self):
        page = Page()
        redis, one, other = self.pair(page)
        old = self.fetch(one)
        self.assertEqual(self.text(other), old)
        other.signal(19)  # SIGSTOP: it hears nothing
        self.purge(one)
        time.sleep(0.5)
        other.signal(18)
        self.assert_gone_within_a_second(other, old)

    def test_purges_while_redis_is_away_are_told_later(self):
        page = Page()
        redis, one, other = self.pair(page)
        old = self.fetch(one)
        self.assertEqual(self.text(other), old)
        redis.pause()
        self.purge(one)
        self.assertNotEqual(self.text(one), old)
        eventually(lambda: one.metric("sluice_cache_purges_put_off_total") > 0, "it could not be told")
        redis.resume()
        eventually(lambda: self.text(other) != old, "it is told", 5)

    def test_a_redis_that_lost_everything_is_not_believed_to_know_all(self):
        page = Page()
        redis, one, other = self.pair(page)
        old = self.fetch(one)
        self.assertEqual(self.text(other), old)
        redis.kill()
        redis.start()
        eventually(lambda: other.metric("sluice_cache_purges_missed_total") == 1, "it may have missed a purge", 10)
        self.assertNotEqual(self.text(other), old)


class Faults(Tiered):
    """Whatever becomes of Redis: no request waits longer than the time-out, and none fails."""

    def timed(self, gateway, target):
        before = time.monotonic()
        self.assertEqual(gateway.get(target).status, 200)
        return time.monotonic() - before

    def test_killed_in_the_middle(self):
        page = Page()
        redis, one, _ = self.pair(page)
        old = self.fetch(one)
        redis.kill()
        eventually(lambda: one.metric("sluice_redis_connections") == 0, "it is gone")
        for i in range(20):
            self.assertLess(self.timed(one, f"/{i}"), TIMEOUT + MARGIN)
        self.assertEqual(self.text(one), old, "memory serves")
        redis.start()
        eventually(lambda: self.hears(one), "it is back", 10)
        saved = self.saves(one, "saved")
        new = itertools.count()  # the first may come before the new log of purges was read: it is not saved
        eventually(lambda: one.get(f"/new/{next(new)}") and self.saves(one, "saved") > saved, "answers are saved")
        self.assertGreater(len(redis("KEYS", "sluice:value:*")), 0)

    def test_stopped_it_costs_the_time_out_and_then_nothing(self):
        page = Page()
        redis, one, _ = self.pair(page)
        old = self.fetch(one)
        redis.pause()
        for i in range(30):
            self.assertLess(self.timed(one, f"/{i}"), TIMEOUT + MARGIN)
        eventually(lambda: not self.hears(one), "it stops asking")
        waited = self.loads(one, "error")
        slowest = min(max(self.timed(one, f"/later/{turn}/{i}") for i in range(10)) for turn in range(3))
        self.assertLess(slowest, TIMEOUT, "now it is not even asked")
        self.assertEqual(self.text(one), old)
        redis.resume()
        eventually(lambda: self.hears(one), "it is back", 10)
        self.assertGreater(waited, 0)

    def test_cut_off_for_long_it_validates_what_it_has(self):
        asked = []

        def answer(request):
            asked.append(request.get("If-None-Match"))
            if request.get("If-None-Match") == '"1"':
                return b"HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nCache-Control: max-age=600\r\n\r\n"
            return ok("hello", 'ETag: "1"', "Cache-Control: max-age=600")
        redis, one, _ = self.pair(answer, redis={"cut_off": "1s"})
        self.fetch(one)
        self.assertIn("hit", one.get("/a").get("Cache-Status"))
        redis.kill()
        time.sleep(1.5)
        answer = one.get("/a")
        self.assertEqual(answer.body.decode(), "hello")
        self.assertIn("fwd=stale", answer.get("Cache-Status"))
        self.assertEqual(asked, [None, '"1"'])
        self.assertIn("hit", one.get("/a").get("Cache-Status"), "it was validated just now")
        self.assertEqual(len(asked), 2)

    def test_a_wrong_password(self):
        page = Page()
        redis = self.redis_server()
        redis("CONFIG", "SET", "requirepass", "right")
        gateway = self.start(f"redis://:wrong@127.0.0.1:{redis.port}", self.origin(page))
        eventually(lambda: "redis_denied" in gateway.stderr(), "it is refused")
        self.assertEqual(self.text(gateway), "/a 1")
        self.assertIn("hit", gateway.get("/a").get("Cache-Status"))
        self.assertNotIn("wrong", gateway.stderr())

    def test_values_that_are_none(self):
        page = Page()
        redis, one, other = self.pair(page)
        self.fetch(one)
        name = redis("KEYS", "sluice:value:*")[0]
        for value in ("", "nonsense", "sluice\x01\x01" + "x" * 100):
            redis("SET", name, value)
            self.assertEqual(other.get("/a").status, 200)
            self.purge(other)
        self.assertGreaterEqual(self.loads(other, "undecodable"), 2)
        redis("DEL", name)
        redis("LPUSH", name, "of another type")
        self.assertEqual(other.get("/a").status, 200)


class Sealed(Tiered):
    def test_is_read_by_those_with_the_key_alone(self):
        page = Page()
        redis = self.redis_server()
        origin = self.origin(page)
        one, same = (self.start(redis, origin, redis={"encrypt": KEY}) for _ in range(2))
        other = self.start(redis, origin, redis={"encrypt": KEY[::-1]})
        eventually(lambda: all(map(self.hears, (one, same, other))), "all hear Redis")
        self.fetch(one)
        name = redis("KEYS", "sluice:value:*")[0]
        self.assertNotIn("/a 1", redis("GET", name))
        self.assertEqual(self.text(same), "/a 1")
        self.assertEqual(self.text(other), "/a 2")
        self.assertEqual(self.loads(other, "foreign"), 1)
        self.assertNotIn(KEY, one.admin("/config")[2])

    def test_what_was_tampered_with_is_not_there(self):
        page = Page()
        redis = self.redis_server()
        origin = self.origin(page)
        one, other = (self.start(redis, origin, redis={"encrypt": KEY}) for _ in range(2))
        eventually(lambda: all(map(self.hears, (one, other))), "both hear Redis")
        self.fetch(one)
        name = redis("KEYS", "sluice:value:*")[0]
        redis("SETRANGE", name, 60, "!!")
        self.assertEqual(self.text(other), "/a 2")
        self.assertEqual(self.loads(other, "foreign"), 1)

    def test_a_key_that_is_none_is_an_error_that_does_not_show_it(self):
        directory = self.directory()
        self.write("cache.key", "deadbeef\n", directory)
        file = self.write("sluice.yaml", 'version: 1\nlisteners: { main: { bind: ":0" } }\n'
                          'redis: { url: "redis://127.0.0.1", encrypt: "${file:cache.key}" }\n'
                          'routes: { all: { match: /, respond: { status: 200 } } }\n', directory)
        said = subprocess.run([binary(), "check", "-c", file], capture_output=True, text=True)
        self.assertEqual(said.returncode, 1)
        self.assertIn("sluice.yaml:3:45: redis.encrypt: expected a key of 32 bytes, as 64 hexadecimal digits or as "
                      "base64 (openssl rand -hex 32), found a secret value", said.stdout + said.stderr)
        self.assertNotIn("deadbeef", said.stdout + said.stderr)

    def test_a_tier_without_redis_is_an_error_with_its_place(self):
        file = self.write("sluice.yaml", 'version: 1\nlisteners: { main: { bind: ":0" } }\npolicies:\n  p:\n'
                          '    cache: { tiers: [memory, redis] }\n'
                          'routes: { all: { match: /, use: [p], respond: { status: 200 } } }\n')
        said = subprocess.run([binary(), "check", "-c", file], capture_output=True, text=True)
        self.assertEqual(said.returncode, 1)
        self.assertIn("sluice.yaml:5:14: policies.p.cache.tiers: there is no 'redis' at the top of the file to be the "
                      "tier", said.stdout + said.stderr)


if __name__ == "__main__":
    unittest.main()
