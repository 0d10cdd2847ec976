"""Rate limits that three gateways share by one Redis, and what becomes of them when it fails.

SLUICE_LIMIT_SECONDS is how long the limits are counted; 30 makes the figures of docs/filters/rate_limit.md.
"""
import collections
import hashlib
import os
import signal
import subprocess
import threading
import time
import unittest

from kit import GatewayTest, binary, eventually
from kit.redis import Address, Redis

SECONDS = float(os.environ.get("SLUICE_LIMIT_SECONDS", "5"))
TIMEOUT = 0.1
# What a request may take besides the time-out, on a machine that does other things too.
MARGIN = 1.0


def limit(rate, burst, **more):
    return {"rate_limit": {"key": ["header.X-Key"], "rate": rate, "burst": burst, "store": "redis", **more}}


class Shared(GatewayTest):
    def redis_server(self, *options):
        redis = Redis(self.directory(), *options)

        def end():
            redis.resume()
            redis.kill()
        self.addCleanup(end)
        return redis

    def gateways(self, url, policies, count=3):
        """So many processes with one configuration; each policy stands alone on a route of its name."""
        config = {
            "redis": {"url": url, "timeout": f"{int(TIMEOUT * 1000)}ms"},
            "replicas": {"heartbeat": "200ms", "expire": "1s"},
            "policies": policies,
            "routes": {name: {"match": "/" + name, "use": [name], "respond": {"status": 200}} for name in policies},
        }
        gateways = [self.gateway(**config) for _ in range(count)]
        self.wait_for_replicas(gateways, count)
        return gateways

    @staticmethod
    def wait_for_replicas(gateways, count):
        def seen(gateway):
            return gateway.status()["redis"]["replicas"] == count == gateway.metric("sluice_redis_replicas")
        eventually(lambda: all(map(seen, gateways)), "every replica sees the others")

    @staticmethod
    def bucket(redis, policy, key, place=0):
        """(whole, part, time in microseconds) of a bucket as Redis has it, or None."""
        digest = hashlib.sha256(f"header.X-Key={key}".encode()).hexdigest()
        value = redis("GET", f"sluice:{{{policy}:{digest}}}:{place}")
        return tuple(map(int, value.split())) if value else None

    @classmethod
    def begin(cls, redis, policy, key, whole):
        """Puts so many tokens into a bucket. From one that is not full nothing that it gains is lost, so what was
        taken follows from how it stands later: to the millionth of a token."""
        digest = hashlib.sha256(f"header.X-Key={key}".encode()).hexdigest()
        seconds, rest = map(int, redis("TIME"))
        redis("SET", f"sluice:{{{policy}:{digest}}}:0", f"{whole} 0 {seconds * 1_000_000 + rest}")
        return cls.bucket(redis, policy, key)

    @staticmethod
    def taken(first, last, rate):
        """From a bucket of so many tokens a second, between two looks, in millionths."""
        held = [b[0] * 1_000_000 + b[1] for b in (first, last)]
        return held[0] + (last[2] - first[2]) * rate - held[1]

    def ask(self, gateway, route, key):
        return gateway.get("/" + route, f"X-Key: {key}\r\n").status


class Load:
    """Clients that ask as fast as they are answered, until the end of a `with`."""

    def __init__(self, gateways, route, key, clients=2):
        self.statuses = collections.Counter()
        self.slowest = 0
        self.faults = []
        self.going = True
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(g, route, key)) for g in gateways
                        for _ in range(clients)]

    def run(self, gateway, route, key):
        try:
            with gateway.connect() as client:
                while self.going:
                    before = time.monotonic()
                    status = client.get("/" + route, f"X-Key: {key}\r\n").status
                    took = time.monotonic() - before
                    with self.lock:
                        self.statuses[status] += 1
                        self.slowest = max(self.slowest, took)
        except Exception as fault:  # an assertion of the test's, in its own thread
            self.faults.append(repr(fault))

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for t in self.threads:
            t.join()


class Exact(Shared):
    def test_three_gateways_admit_burst_and_rate_to_the_request(self):
        redis = self.redis_server()
        rate, burst = 200, 400
        gateways = self.gateways(redis.url, {"hot": limit(f"{rate}/s", burst), "cold": limit("1/h", 3)})
        cold = collections.Counter()
        first = self.begin(redis, "hot", "h", burst // 2)
        with Load(gateways, "hot", "h", 1) as load:
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                for gateway in gateways:
                    for key in range(10):
                        cold[key, self.ask(gateway, "cold", f"c{key}")] += 1
        self.assertEqual(load.faults, [])
        self.assertEqual(set(load.statuses), {200, 429})
        last = self.bucket(redis, "hot", "h")
        self.assertEqual(load.statuses[200] * 1_000_000, self.taken(first, last, rate))
        self.assertGreater(load.statuses[200], rate * SECONDS * 0.9)
        for key in range(10):
            self.assertEqual(cold[key, 200], 3, "a cold key has its burst and no more")
            self.assertGreater(cold[key, 429], 0)
        print(f"\nwithout leases: {load.statuses[200]} admitted of {load.statuses.total()} in {SECONDS} s, exactly "
              f"the {burst // 2} that were there and what {rate}/s gave")

    def test_several_limits_are_taken_together_or_not_at_all(self):
        redis = self.redis_server()
        policy = {"rate_limit": {"key": ["header.X-Key"], "store": "redis",
                                 "limits": [{"rate": "1/h", "burst": 5}, {"rate": "2/h", "burst": 2}]}}
        gateways = self.gateways(redis.url, {"both": policy})
        said = [self.ask(gateways[i % 3], "both", "k") for i in range(6)]
        self.assertEqual(said, [200, 200, 429, 429, 429, 429])
        self.assertEqual(self.bucket(redis, "both", "k", 0)[0], 3, "a refused request costs nothing")

    def test_the_example_does_what_it_says(self):
        redis = self.redis_server()
        gateway = self.example("rate_limit_redis", self.origin(), REDIS_URL=redis.url)
        eventually(lambda: gateway.metric("sluice_redis_connections") > 0, "Redis is there")
        said = [gateway.get("/reports/1").status for _ in range(4)]
        self.assertEqual(said, [200, 200, 200, 429])
        answer = gateway.get("/")
        self.assertEqual(answer.status, 200)
        self.assertIn('"per-client:10/s"', " ".join(answer.all("RateLimit-Policy")))
        redis.kill()
        self.assertEqual(gateway.get("/reports/2").status, 503)
        self.assertEqual(gateway.get("/").status, 200)

    def test_store_redis_without_redis_is_an_error_with_its_place(self):
        text = ('version: 1\nlisteners: { main: { bind: ":0" } }\npolicies:\n  p:\n'
                '    rate_limit: { rate: 1/s, store: redis }\n'
                'routes: { all: { match: /, use: [p], respond: { status: 200 } } }\n')
        said = subprocess.run([binary(), "check", "-c", self.write("sluice.yaml", text)], capture_output=True, text=True)
        self.assertEqual(said.returncode, 1)
        self.assertIn("sluice.yaml:5:37: policies.p.rate_limit.store: there is no 'redis' at the top of the file",
                      said.stdout + said.stderr)

    def test_a_reload_and_a_restart_keep_the_bucket(self):
        redis = self.redis_server()
        gateways = self.gateways(redis.url, {"p": limit("1/h", 5)}, 1)
        self.assertEqual([self.ask(gateways[0], "p", "k") for _ in range(3)], [200] * 3)
        gateways[0].reload(policies={"p": limit("1/h", 4)})
        self.assertEqual(self.ask(gateways[0], "p", "k"), 200)
        gateways[0].stop()
        again = self.gateways(redis.url, {"p": limit("1/h", 4)}, 1)
        self.assertEqual([self.ask(again[0], "p", "k") for _ in range(2)], [200, 429])


class Leases(Shared):
    """Tokens that a worker has in advance are paid for before they are spent: a key never gets more than its bucket
    gives, and at most half a burst less."""

    def test_admits_what_the_bucket_gives_less_what_is_held(self):
        redis = self.redis_server()
        rate, burst = 300, 480
        gateways = self.gateways(redis.url, {"hot": limit(f"{rate}/s", burst, leases=True)})
        began = time.monotonic()  # the bucket is filled from here on, by any clock
        first = self.begin(redis, "hot", "h", burst // 2)

        def taken():
            return self.taken(first, self.bucket(redis, "hot", "h"), rate) / 1_000_000
        widest = 0
        with Load(gateways, "hot", "h") as load:
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                time.sleep(0.02)
                admitted = load.statuses[200]
                widest = max(widest, taken() - admitted)
        took = time.monotonic() - began
        admitted = load.statuses[200]
        self.assertEqual(load.faults, [])
        self.assertEqual(set(load.statuses), {200, 429})
        # Half a burst held, and what was admitted between the two looks.
        self.assertLessEqual(widest, burst / 2 + 12 + rate * 0.2)
        self.assertLessEqual(admitted, burst / 2 + rate * took)
        self.assertGreaterEqual(admitted, rate * SECONDS)
        # Back within three tenths of a second, well before the bucket is full: then it is exact again.
        eventually(lambda: taken() == admitted, "all leases have been given back", 5)
        spared = sum(g.metric("sluice_rate_limit_spared_total", policy="hot") for g in gateways)
        print(f"\nwith leases: {admitted} admitted of {load.statuses.total()} in {took:.2f} s; the bucket gives "
              f"{burst / 2 + rate * took:.0f}, at most {widest:.0f} were held (bound {burst // 2}), "
              f"{100 * spared / load.statuses.total():.0f} % were decided without a round trip")

    def test_a_hot_key_below_its_limit_hardly_asks_redis(self):
        redis = self.redis_server()
        gateways = self.gateways(redis.url, {"hot": limit("1000000/s", 1000000, leases=True)})
        redis("CONFIG", "RESETSTAT")
        with Load(gateways, "hot", "h") as load:
            time.sleep(2)
        self.assertEqual(load.faults, [])
        self.assertEqual(set(load.statuses), {200})
        calls = [line for line in redis("INFO", "commandstats").splitlines() if line.startswith("cmdstat_evalsha:")]
        asked = int(calls[0].split("calls=")[1].split(",")[0])
        self.assertLess(asked, load.statuses[200] / 5)
        print(f"\na hot key with leases: {asked} round trips for {load.statuses[200]} requests")

    def test_a_stopped_gateway_gives_its_leases_back(self):
        redis = self.redis_server()
        gateways = self.gateways(redis.url, {"hot": limit("1/h", 6000, leases=True)}, 1)
        with Load(gateways, "hot", "h") as load:
            time.sleep(0.5)
            gateways[0].signal(signal.SIGTERM)
            time.sleep(0.2)
        gateways[0].stop()
        admitted = load.statuses[200]
        self.assertGreater(admitted, 100)
        # What was answered while the client was cut off may be missing from its count.
        self.assertAlmostEqual(6000 - self.bucket(redis, "hot", "h")[0], admitted, delta=4)


class Faults(Shared):
    """Whatever happens to Redis: no request waits longer than the time-out, none is a 500, and the policy on
    failure holds."""

    policies = {"local": limit("1/h", 30), "allow": limit("1/h", 5, on_store_failure="allow"),
                "deny": limit("1/h", 5, on_store_failure="deny"), "steady": limit("50/s", 30)}

    def assert_policies_hold(self, gateways, key):
        """For a key that nobody has used: a third of 30 for each of three, everything, nothing."""
        for gateway in gateways:
            local = [self.ask(gateway, "local", key) for _ in range(12)]
            self.assertEqual(local, [200] * 10 + [429] * 2)
            self.assertEqual([self.ask(gateway, "allow", key) for _ in range(7)], [200] * 7)
            self.assertEqual(self.ask(gateway, "deny", key), 503)

    def assert_back(self, gateways, redis, name):
        """A key that nobody has used is decided by Redis again, within seconds."""
        before = time.monotonic()
        for gateway in gateways:
            eventually(lambda g=gateway: g.metric("sluice_redis_connections") == 2, "both workers have Redis", 10)
        self.assertLess(time.monotonic() - before, 8)
        for i, gateway in enumerate(gateways):
            self.assertEqual(self.ask(gateway, "deny", f"{name}-{i}"), 200)
            self.assertEqual(self.bucket(redis, "deny", f"{name}-{i}")[0], 4)

    def assert_bounded(self, load):
        self.assertEqual(load.faults, [])
        self.assertLessEqual(set(load.statuses), {200, 429})
        self.assertLess(load.slowest, TIMEOUT + MARGIN)

    def test_killed_and_restarted_empty(self):
        redis = self.redis_server()
        gateways = self.gateways(redis.url, self.policies)
        with Load(gateways, "steady", "k", 1) as load:
            time.sleep(0.5)
            redis.kill()
            self.assert_policies_hold(gateways, "killed")
            redis.start()
            self.assert_back(gateways, redis, "restarted")
        self.assert_bounded(load)
        failures = sum(g.metric("sluice_rate_limit_store_failures_total", policy="steady") for g in gateways)
        self.assertGreater(failures, 0)

    def test_stopped_and_continued(self):
        redis = self.redis_server()
        gateways = self.gateways(redis.url, self.policies)
        with Load(gateways, "steady", "k", 1) as load:
            time.sleep(0.5)
            redis.pause()
            before = time.monotonic()
            self.assert_policies_hold(gateways, "stopped")
            # 60 requests on two workers of three gateways; a few wait, then nobody does.
            self.assertLess(time.monotonic() - before, 3 * 2 * 6 * TIMEOUT + 5)
            redis.resume()
            self.assert_back(gateways, redis, "continued")
        self.assert_bounded(load)

    def test_a_password_that_became_wrong(self):
        redis = self.redis_server()
        gateways = self.gateways(redis.url, self.policies)
        with Load(gateways, "steady", "k", 1) as load:
            redis("CONFIG", "SET", "requirepass", "other")
            redis.password = "other"
            redis("CLIENT", "KILL", "TYPE", "normal")
            eventually(lambda: all("redis_denied" in g.stderr() for g in gateways), "the refusal is in the log")
            self.assertIn({"state": "down", "trouble": "redis_denied"}, gateways[0].status()["redis"]["workers"])
            self.assert_policies_hold(gateways, "denied")
            redis("CONFIG", "SET", "requirepass", "")
            redis.password = None
            self.assert_back(gateways, redis, "allowed")
        self.assert_bounded(load)
        for gateway in gateways:
            self.assertNotIn("other", gateway.stderr())

    def test_a_replica_is_promoted_behind_the_same_address(self):
        master = self.redis_server()
        replica = self.redis_server("--replicaof", "127.0.0.1", str(master.port))
        address = Address(master.port)
        self.addCleanup(address.close)
        eventually(lambda: "master_link_status:up" in replica("INFO", "replication"), "the replica follows")
        gateways = self.gateways(f"redis://127.0.0.1:{address.port}", self.policies)
        self.assertEqual([self.ask(gateways[i % 3], "allow", "spent") for i in range(6)], [200] * 5 + [429])
        eventually(lambda: self.bucket(replica, "allow", "spent"), "it is replicated")
        with Load(gateways, "steady", "k", 1) as load:
            time.sleep(0.5)
            # First the address leads to the replica, which may not write: an error like any other.
            address.move(replica.port)
            self.assert_policies_hold(gateways, "between")
            master.kill()
            replica("REPLICAOF", "NO", "ONE")
            self.assert_back(gateways, replica, "promoted")
            self.assertEqual([self.ask(g, "allow", "spent") for g in gateways], [429] * 3,
                             "what was replicated counts")
        self.assert_bounded(load)

    def test_a_redis_that_was_never_there(self):
        redis = self.redis_server()
        redis.kill()
        config = {"redis": {"url": redis.url}, "policies": {"deny": self.policies["deny"]},
                  "routes": {"all": {"match": "/deny", "use": ["deny"], "respond": {"status": 200}}}}
        gateway = self.gateway(**config)
        answer = gateway.get("/deny", "X-Key: a\r\n")
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.get("Retry-After"), "1")
        redis.start()
        eventually(lambda: self.ask(gateway, "deny", "a") == 200, "it is found", 10)

    def test_a_reload_moves_to_another_redis(self):
        first, second = self.redis_server(), self.redis_server()
        gateways = self.gateways(first.url, {"p": limit("1/h", 2)}, 1)
        self.assertEqual(self.ask(gateways[0], "p", "k"), 200)
        gateways[0].reload(redis={"url": second.url})
        eventually(lambda: self.ask(gateways[0], "p", "k") == 429, "it is used up there")
        self.assertEqual(self.bucket(second, "p", "k")[0], 0)
        self.assertEqual(self.bucket(first, "p", "k")[0], 1)


if __name__ == "__main__":
    unittest.main()
