"""How many requests at once: config/concurrency.yaml in front of an origin that takes its time."""
import threading
import time

from kit import GatewayTest, eventually, ok


class Concurrency(GatewayTest):
    def setUp(self):
        self.inside = self.most = 0
        self.lock = threading.Lock()
        self.gate = threading.Event()

        def answer(_):
            with self.lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
            self.gate.wait(20)
            with self.lock:
                self.inside -= 1
            return ok("app")
        self.source = self.origin(answer)
        self.addCleanup(self.gate.set)
        self.sluice = self.example("concurrency", self.source)

    def send(self, target="/slow/a", fields=""):
        return self.sluice.connect().send(f"GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")

    def policy(self, name, policy="few"):
        return self.sluice.metric("sluice_concurrency_" + name, policy=policy)

    def test_two_at_once_two_wait_and_the_fifth_is_refused(self):
        clients = [self.send() for _ in range(2)]
        eventually(lambda: self.inside == 2, "two are in")
        clients += [self.send() for _ in range(2)]
        eventually(lambda: self.policy("waiting") == 2, "two wait")
        late = self.send().answer()
        self.assertEqual((late.status, late.get("Retry-After")), (503, "1"))
        self.assertEqual(self.sluice.logged(status=503)["flags"], "UO")
        self.gate.set()
        self.assertEqual([c.answer().status for c in clients], [200] * 4)
        self.assertEqual((self.most, self.policy("in_flight"), self.policy("waiting")), (2, 0, 0))

    def test_nobody_waits_longer_than_the_time_out(self):
        for _ in range(2):
            self.send()
        eventually(lambda: self.inside == 2, "two are in")
        began = time.monotonic()
        answer = self.send().answer()
        took = time.monotonic() - began
        self.assertEqual(answer.status, 503)
        self.assertGreaterEqual(took, 0.99)
        self.assertLess(took, 5)

    def test_who_leaves_frees_its_place_at_once(self):
        first = [self.send() for _ in range(2)]
        eventually(lambda: self.inside == 2, "two are in")
        waiting = self.send()
        eventually(lambda: self.policy("waiting") == 1, "one waits")
        waiting.reset()
        eventually(lambda: self.policy("waiting") == 0, "it has left")
        for client in first:
            client.reset()
        eventually(lambda: self.policy("in_flight") == 0, "their places are free")
        again = self.send()
        eventually(lambda: self.policy("in_flight") == 1, "and are taken")
        self.gate.set()
        self.assertEqual(again.answer().status, 200)

    def test_each_client_by_itself(self):
        ann = self.send("/exports", "X-Client: ann\r\n")
        eventually(lambda: self.inside == 1, "it is in")
        self.assertEqual(self.send("/exports", "X-Client: ann\r\n").answer().status, 503)
        ben = self.send("/exports", "X-Client: ben\r\n")
        eventually(lambda: self.inside == 2, "another one is in too")
        self.gate.set()
        self.assertEqual((ann.answer().status, ben.answer().status), (200, 200))

    def test_many_come_and_go_and_no_place_is_lost(self):
        self.gate.set()

        def visit():
            for i in range(60):
                client = self.send()
                if i % 3 == 0:
                    client.reset()
                else:
                    self.assertIn(client.answer().status, (200, 503))
                client.close()
        threads = [threading.Thread(target=visit) for _ in range(6)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertLessEqual(self.most, 2)
        eventually(lambda: self.policy("in_flight") == 0 and self.policy("waiting") == 0, "all have left")

    def test_an_adaptive_limit_is_shown(self):
        self.gate.set()
        self.assertEqual(self.send("/").answer().status, 200)
        self.assertEqual(self.policy("limit", "as-it-can"), 20)


if __name__ == "__main__":
    import unittest
    unittest.main()
