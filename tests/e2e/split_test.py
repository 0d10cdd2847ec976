"""Two releases side by side: config/split.yaml in front of real servers, and its weights changed while it serves."""
import json
import threading
import time

from kit import GatewayTest, ok


class Split(GatewayTest):
    def setUp(self):
        self.blue, self.green = self.origin(ok("blue")), self.origin(ok("green"))
        self.gw = self.example("split", self.blue, UPSTREAM_NEXT=self.green.url)

    def weights(self, route="orders", **weights):
        """Sets them ('orders_next' is 'orders-next') and gives those that stood before."""
        status, _, body = self.put(route, {k.replace("_", "-"): v for k, v in weights.items()})
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def put(self, route, body):
        return self.gw.admin(f"/routes/{route}/weights", "PUT", body=body)

    def standing(self, route="orders"):
        return {t["upstream"]: t["weight"] for t in self.gw.status()["routes"][route]["to"]}

    def sides(self, callers=300, target="/orders/1"):
        """Who is served by the next release; each on whatever connection and worker comes."""
        green = set()
        with self.gw.connect() as client:
            for i in range(callers):
                if client.get(target, f"X-Tenant: caller-{i}\r\n").body == b"green":
                    green.add(i)
        return green

    def side(self, fields="", target="/orders/1"):
        return self.gw.get(target, fields).body.decode()


class Canary(Split):
    def test_a_tenth_of_the_callers_and_always_the_same(self):
        first = self.sides()
        self.assertTrue(10 <= len(first) <= 55, len(first))
        self.assertEqual(self.sides(), first, "on another connection")
        self.gw.reload_unchanged()
        self.assertEqual(self.sides(), first, "after a reload")

    def test_a_restart_and_another_replica_divide_alike(self):
        first = self.sides()
        self.gw = self.example("split", self.blue, UPSTREAM_NEXT=self.green.url)
        self.assertEqual(self.sides(), first)

    def test_nobody_goes_back_while_it_grows(self):
        before = self.sides()
        for weight in (20, 50, 100):
            self.weights(orders=100 - weight, orders_next=weight)
            after = self.sides()
            self.assertLess(before, after, f"at {weight} %")
            before = after
        self.assertEqual(len(before), 300)

    def test_a_tester_names_the_side(self):
        for side, body in {"orders": "blue", "orders-next": "green"}.items():
            for i in range(20):
                self.assertEqual(self.side(f"X-Tenant: t-{i}\r\nX-Side: {side}\r\n"), body)
                self.assertEqual(self.side(f"X-Tenant: t-{i}\r\nCookie: side={side}\r\n"), body)
        self.assertEqual(self.side("X-Side: orders-next\r\n", "/invoices/1"), "blue", "where no route says so")

    def test_another_name_is_ignored(self):
        for i in range(20):
            plain = self.side(f"X-Tenant: t-{i}\r\n")
            self.assertEqual(self.side(f"X-Tenant: t-{i}\r\nX-Side: elsewhere\r\n"), plain)

    def test_each_side_is_counted(self):
        self.green.answer = ok("green", status="500 Oops")
        green = len(self.sides(100))
        self.gw.get("/orders/1", "X-Side: orders-next\r\n")
        by = {"route": "orders", "upstream": "orders-next"}
        self.assertEqual(self.gw.metric("sluice_split_requests_total", forced="no", **by), green)
        self.assertEqual(self.gw.metric("sluice_split_requests_total", forced="yes", **by), 1)
        self.assertEqual(self.gw.metric("sluice_split_answers_total", result="badly", **by), green + 1)
        by["upstream"] = "orders"
        self.assertEqual(self.gw.metric("sluice_split_answers_total", result="well", **by), 100 - green)
        self.assertEqual(self.gw.metric("sluice_split_answers_total", result="badly", **by), 0)
        self.assertEqual(self.gw.metric("sluice_split_weight", **by), 90)

    def test_a_side_that_is_gone_does_not_fall_back(self):
        self.green.close()
        answers = [self.gw.get("/orders/1", "X-Side: orders-next\r\n").status for _ in range(3)]
        self.assertEqual(answers, [502] * 3)
        self.assertEqual(self.side("X-Side: orders\r\n"), "blue")


class Flip(Split):
    def test_flip_and_rollback(self):
        self.assertEqual(self.sides(50, "/invoices/1"), set())
        before = self.weights("invoices", orders=0, orders_next=100)
        self.assertEqual(before, {"orders": 100, "orders-next": 0})
        self.assertEqual(len(self.sides(50, "/invoices/1")), 50)
        self.assertEqual(self.weights("invoices", **{k.replace("-", "_"): v for k, v in before.items()}),
                         {"orders": 0, "orders-next": 100})
        self.assertEqual(self.sides(50, "/invoices/1"), set())
        self.assertEqual(self.standing("orders"), {"orders": 90, "orders-next": 10}, "the other route stayed")

    def test_no_request_is_lost_and_all_workers_turn_at_once(self):
        """Clients keep asking on both workers; once the flip is answered nobody is served by the old side."""
        stop, seen, faults = threading.Event(), [], []

        def ask():
            try:
                with self.gw.connect() as client:
                    while not stop.is_set():
                        began = time.monotonic()
                        answer = client.get("/invoices/1")
                        seen.append((began, answer.status, answer.body))
            except Exception as fault:
                faults.append(fault)
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        flips = []
        for i in range(20):
            time.sleep(0.02)
            green = i % 2 == 0
            self.weights("invoices", orders=0 if green else 100, orders_next=100 if green else 0)
            flips.append((time.monotonic(), b"green" if green else b"blue"))
        time.sleep(0.02)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(faults, [])
        self.assertEqual({status for _, status, _ in seen}, {200})
        bodies = {body for _, _, body in seen}
        self.assertEqual(bodies, {b"blue", b"green"})
        after_last = [body for began, _, body in seen if began > flips[-1][0]]
        self.assertEqual(set(after_last), {flips[-1][1]})

    def test_it_survives_a_reload_unless_the_file_changes_that_value(self):
        self.weights("orders", orders=50, orders_next=50)
        text = self.gw.config
        version = self.gw.version()

        def reload(to):
            nonlocal version
            self.gw.write(to)
            self.gw.reload_unchanged()
            self.gw.eventually(lambda: self.gw.version() > version, "the reload is taken")
            version = self.gw.version()
        reload(text + "\n# nothing of it\n")
        self.assertEqual(self.standing(), {"orders": 50, "orders-next": 50})
        self.assertEqual([t["configured"] for t in self.gw.status()["routes"]["orders"]["to"]], [90, 10])
        reload(text.replace("weight: 90", "weight: 80"))
        self.assertEqual(self.standing(), {"orders": 80, "orders-next": 10})


class Guard(Split):
    def refused(self, route, body, status, words):
        got, headers, text = self.put(route, body)
        self.assertEqual((got, headers["Content-Type"]), (status, "application/problem+json"), text)
        self.assertIn(words, json.loads(text)["detail"])
        self.assertEqual(self.standing(), {"orders": 90, "orders-next": 10})

    def test_unknown_route(self):
        self.refused("order", {"orders": 1, "orders-next": 1}, 404, "did you mean 'orders'?")

    def test_unknown_upstream(self):
        self.refused("orders", {"orders": 1, "orders-net": 1}, 422, "did you mean 'orders-next'?")

    def test_upstream_left_out(self):
        self.refused("orders", {"orders-next": 100}, 422, "the member 'orders' is missing")

    def test_all_zero(self):
        self.refused("orders", {"orders": 0, "orders-next": 0}, 422, "all weights are 0")

    def test_no_number(self):
        self.refused("orders", {"orders": "many", "orders-next": 1}, 422, "the weight of 'orders' is a whole number")

    def test_bad_json(self):
        status, _, text = self.gw.admin("/routes/orders/weights", "PUT", {"Content-Type": "application/json"}, "{orders: 1}")
        self.assertEqual(status, 400, text)
        status, _, text = self.gw.admin("/routes/orders/weights", "PUT", {"Content-Type": "text/plain"}, "{}")
        self.assertEqual(status, 415, text)

    def test_no_split_on_that_route(self):
        text = self.gw.config + "  lone: { match: /lone, to: orders }\n"
        version = self.gw.version()
        self.gw.write(text)
        self.gw.reload_unchanged()
        self.gw.eventually(lambda: self.gw.version() > version, "the reload is taken")
        self.refused("lone", {"orders": 1}, 409, "does not have several upstreams")

    def test_another_method(self):
        status, headers, _ = self.gw.admin("/routes/orders/weights")
        self.assertEqual((status, headers["Allow"]), (405, "PUT"))

    def test_a_page_in_a_browser_may_not(self):
        status, _, _ = self.gw.admin("/routes/orders/weights", "PUT", {"Origin": "https://evil.example"},
                                     {"orders": 0, "orders-next": 100})
        self.assertEqual(status, 403)
        self.assertEqual(self.standing(), {"orders": 90, "orders-next": 10})
