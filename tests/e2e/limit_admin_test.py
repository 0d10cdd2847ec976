"""Limits seen and changed while they are in force: /limits and PATCH /policies."""
import json
from urllib.parse import quote

from kit import GatewayTest


class LimitAdmin(GatewayTest):
    def setUp(self):
        self.policies = {"few": {"rate_limit": {"rate": "3/h"}},
                         "both": {"rate_limit": {"key": {"all": ["client.ip", "header.X-Tenant"]},
                                                 "limits": ["5/m", "9/h"]}},
                         "colour": {"headers": {"response": {"set": {"X-Colour": "red"}}}}}
        self.sluice = self.gateway(policies=self.policies, routes={
            "few": {"match": "/few", "use": ["few", "colour"], "respond": {"body": "x"}},
            "both": {"match": "/both", "use": ["both"], "respond": {"body": "x"}},
            "own": {"match": "/own", "filters": {"rate_limit": {"rate": "2/h"}}, "respond": {"body": "x"}}})

    def limit(self, policy, key, method="GET"):
        status, _, body = self.sluice.admin(f"/limits/{quote(policy, '')}/{quote(key, '')}", method)
        return status, json.loads(body)

    def patch(self, policy, body):
        status, _, answer = self.sluice.admin(f"/policies/{quote(policy, '')}", "PATCH", body=body)
        return status, json.loads(answer)

    def statuses(self, count, target="/few", fields=""):
        return [self.sluice.get(target, fields).status for _ in range(count)]

    def test_a_bucket_is_seen_and_filled(self):
        self.assertEqual(self.statuses(4), [200, 200, 200, 429])
        status, seen = self.limit("few", "127.0.0.1")
        self.assertEqual((status, seen["policy"], seen["key"], seen["allowed"]), (200, "few", "127.0.0.1", False))
        bucket, = seen["limits"]
        self.assertEqual((bucket["rate"], bucket["burst"], bucket["left"]), ("3/h", 3, 0))
        self.assertAlmostEqual(bucket["wait_seconds"], 1200, delta=60)
        self.assertAlmostEqual(bucket["full_in_seconds"], 3600, delta=60)
        self.assertEqual(self.limit("few", "client.ip=127.0.0.1")[1]["limits"][0]["left"], 0)
        self.assertEqual(self.limit("few", "192.0.2.1")[1]["limits"][0]["left"], 3)
        self.assertEqual(self.limit("few", "127.0.0.1", "DELETE"),
                         (200, {"policy": "few", "key": "127.0.0.1", "reset": True}))
        self.assertEqual(self.statuses(4), [200, 200, 200, 429])

    def test_a_key_of_several_parts(self):
        self.assertEqual(self.statuses(2, "/both", "X-Tenant: a&b\r\n"), [200, 200])
        _, seen = self.limit("both", "client.ip=127.0.0.1&header.X-Tenant=a%26b")
        self.assertEqual([b["left"] for b in seen["limits"]], [3, 7])

    def test_a_filter_of_one_route(self):
        self.assertEqual(self.statuses(3, "/own"), [200, 200, 429])
        self.assertEqual(self.limit("own/rate_limit", "127.0.0.1", "DELETE")[0], 200)
        self.assertEqual(self.statuses(1, "/own"), [200])

    def test_what_is_not_there(self):
        status, problem = self.limit("fwe", "127.0.0.1")
        self.assertEqual(status, 404)
        self.assertIn("did you mean 'few'", problem["detail"])
        status, problem = self.limit("few", "ann")
        self.assertEqual(status, 404)
        self.assertIn("not a key of this limit", problem["detail"])
        self.assertEqual(self.patch("colour", {"rate": "1/s"})[0], 404)
        self.assertEqual(self.sluice.admin("/limits/few/x", "POST")[1]["Allow"], "GET, HEAD, DELETE")

    def test_a_rate_is_changed_and_kept_over_a_reload_that_does_not_change_it(self):
        self.assertEqual(self.statuses(4), [200, 200, 200, 429])
        self.assertEqual(self.patch("few", {"rate": "3600/h"}),
                         (200, {"policy": "few", "changed": {"rate": "3600/h"}}))
        self.assertEqual(self.sluice.status()["policies"]["few"]["changed"], {"rate": "3600/h"})
        self.assertEqual(self.limit("few", "192.0.2.1")[1]["limits"][0]["burst"], 3600)
        self.sluice.reload(policies={"few": {"rate_limit": {"max_keys": 5000}}})
        self.assertEqual(self.limit("few", "192.0.2.1")[1]["limits"][0]["rate"], "3600/h")
        self.sluice.reload(policies={"few": {"rate_limit": {"rate": "7/h"}}})
        self.assertEqual(self.limit("few", "192.0.2.1")[1]["limits"][0]["rate"], "7/h")
        self.assertNotIn("changed", self.sluice.status()["policies"]["few"])
        self.assertIn("policy.changed", self.sluice.stderr())

    def test_a_change_that_cannot_be(self):
        for policy, body, status, detail in (
                ("few", {"rate": "20"}, 422, "expected a rate such as 100/s"),
                ("few", {"rate": 20}, 422, "expected a rate such as 100/s"),
                ("few", {"rate": None}, 422, "is a text such as"),
                ("few", {"rate": "1/s", "burst": 2}, 422, "exactly one member"),
                ("few", {}, 422, "exactly one member"),
                ("few", {"rte": "1/s"}, 422, "did you mean 'rate'"),
                ("few", {"burst": 0}, 422, "a whole number from 1 on"),
                ("both", {"rate": "1/s"}, 422, "several limits")):
            with self.subTest(body):
                got, problem = self.patch(policy, body)
                self.assertEqual(got, status)
                self.assertIn(detail, problem["detail"])
        self.assertNotIn("changed", self.sluice.status()["policies"]["few"])

    def test_a_configuration_that_is_refused_changes_nothing(self):
        import signal
        self.sluice.change(policies={"few": {"rate_limit": {"rate": "9/h", "store": "redis"}}})
        self.sluice.signal(signal.SIGHUP)
        self.sluice.eventually(lambda: not self.sluice.status().get("last_reload", {"taken": True})["taken"], "refused")
        self.assertEqual(self.statuses(4), [200, 200, 200, 429])


if __name__ == "__main__":
    import unittest
    unittest.main()
