"""Rate limits that three gateways share by one Redis, and what becomes of them when it fails.

SLUICE_LIMIT_SECONDS is how long the limits are counted; 30 makes the figures of docs/filters/rate_limit.md.
"""
import collections
import hashlib
import os
import threading
import time
import unittest

from kit import GatewayTest, eventually, sanitized
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
            return [s["items"] for s in gateway.status()["sources"] if s["kind"] == "replicas"] == [count]
        eventually(lambda: all(map(seen, gateways)), "every replica sees the others")

    @staticmethod
    def bucket(redis, policy, key, place=0):
        """(whole, part, time in microseconds) of a bucket as Redis has it, or None."""
        digest = hashlib.sha256(f"header.X-Key={key}".encode()).hexdigest()
        value = redis("GET", f"sluice:{{{policy}:{digest}}}:{place}")
        return tuple(map(int, value.split())) if value else None

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
        rate, burst = 200, 50
        gateways = self.gateways(redis.url, {"hot": limit(f"{rate}/s", burst), "cold": limit("1/h", 3)})
        self.assertEqual(self.ask(gateways[0], "hot", "h"), 200)
        first = self.bucket(redis, "hot", "h")
        cold = collections.Counter()
        with Load(gateways, "hot", "h", 1) as load:
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                for gateway in gateways:
                    for key in range(10):
                        cold[key, self.ask(gateway, "cold", f"c{key}")] += 1
        self.assertEqual(load.faults, [])
        self.assertEqual(set(load.statuses), {200, 429})
        last = self.bucket(redis, "hot", "h")
        # What Redis holds: tokens, 1/1000000 of the next one, microseconds. Nothing was gained or lost on the way.
        second = 1_000_000
        gained = (last[2] - first[2]) * rate
        held = [b[0] * second + b[1] for b in (first, last)]
        self.assertEqual(load.statuses[200] * second, held[0] + gained - held[1])
        self.assertGreater(load.statuses[200], rate * SECONDS * 0.9)
        for key in range(10):
            self.assertEqual(cold[key, 200], 3, "a cold key has its burst and no more")
            self.assertGreater(cold[key, 429], 0)
        print(f"\nwithout leases: {load.statuses[200]} admitted of {load.statuses.total()} in {SECONDS} s, exactly "
              f"what the bucket of {burst} and {rate}/s says")

    def test_several_limits_are_taken_together_or_not_at_all(self):
        redis = self.redis_server()
        policy = {"rate_limit": {"key": ["header.X-Key"], "store": "redis",
                                 "limits": [{"rate": "1/h", "burst": 5}, {"rate": "2/h", "burst": 2}]}}
        gateways = self.gateways(redis.url, {"both": policy})
        said = [self.ask(gateways[i % 3], "both", "k") for i in range(6)]
        self.assertEqual(said, [200, 200, 429, 429, 429, 429])
        self.assertEqual(self.bucket(redis, "both", "k", 0)[0], 3, "a refused request costs nothing")

    def test_a_reload_and_a_restart_keep_the_bucket(self):
        redis = self.redis_server()
        gateways = self.gateways(redis.url, {"p": limit("1/h", 5)}, 1)
        self.assertEqual([self.ask(gateways[0], "p", "k") for _ in range(3)], [200] * 3)
        gateways[0].reload(policies={"p": limit("1/h", 4)})
        self.assertEqual(self.ask(gateways[0], "p", "k"), 200)
        gateways[0].stop()
        again = self.gateways(redis.url, {"p": limit("1/h", 4)}, 1)
        self.assertEqual([self.ask(again[0], "p", "k") for _ in range(2)], [200, 429])


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
