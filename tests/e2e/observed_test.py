"""What is seen from outside: the admin endpoint, metrics, the access log, request ids."""
import json
import os
import re
import signal

from kit import GatewayTest, Port, eventually, ok

UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


class Admin(GatewayTest):
    def test_every_page(self):
        gateway = self.gateway(self.origin())
        for path, kind in {"/metrics": "text/plain", "/healthz": "text/plain", "/readyz": "text/plain",
                           "/status": "application/json", "/config": "application/json"}.items():
            with self.subTest(path):
                status, headers, body = gateway.admin(path)
                self.assertEqual(status, 200)
                self.assertTrue(headers["Content-Type"].startswith(kind))
                self.assertTrue(body)
                head = gateway.admin(path, "HEAD")
                self.assertEqual((head[0], head[2]), (200, ""))
                wrong = gateway.admin(path, "POST")
                self.assertEqual((wrong[0], wrong[1]["Allow"]), (405, "GET, HEAD"))
        for path in ("/reload", "/drain"):
            status, headers, _ = gateway.admin(path)
            self.assertEqual((status, headers["Allow"]), (405, "POST"))
        status, headers, body = gateway.admin("/nothing")
        self.assertEqual((status, headers["Content-Type"]), (404, "application/problem+json"))
        self.assertEqual(json.loads(body)["status"], 404)
        self.assertEqual(gateway.status()["ready"], True)

    def test_wrong_host_and_origin_are_403(self):
        gateway = self.gateway(self.origin())
        for headers in ({"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example"}, {"Origin": "http://localhost"},
                        {"Origin": "null"}):
            for path in ("/status", "/healthz", "/metrics", "/config"):
                with self.subTest((headers, path)):
                    self.assertEqual(gateway.admin(path, headers=headers)[0], 403)
            self.assertEqual(gateway.admin("/reload", "POST", headers)[0], 403)
        self.assertEqual(gateway.version(), 1)
        self.assertEqual(gateway.admin("/status", headers={"Host": "localhost:1"})[0], 200)

    def test_hosts_by_choice(self):
        gateway = self.gateway(self.origin(), admin={"hosts": ["ops.example", "127.0.0.1"]})
        self.assertEqual(gateway.admin("/status", headers={"Host": "ops.example"})[0], 200)
        self.assertEqual(gateway.admin("/status", headers={"Host": "localhost"})[0], 403)

    def test_token_off_loopback(self):
        port = Port("0.0.0.0")
        self.addCleanup(port.close)
        from kit.gateway import Gateway
        config = self.forwarding(self.origin())
        gateway = Gateway(self.directory(), {**config, "admin": {"bind": str(port), "token": "open sesame"}}, ready=False)
        self.addCleanup(gateway.close)
        gateway.admin_port.close()
        gateway.admin_port = port
        gateway.wait_until_ready()
        self.assertEqual(gateway.admin("/healthz")[0], 200)
        for path, method in (("/status", "GET"), ("/metrics", "GET"), ("/config", "GET"), ("/reload", "POST"), ("/drain", "POST")):
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "open sesame"},
                            {"Authorization": "Bearer open sesam"}):
                with self.subTest((path, headers)):
                    status, answered, _ = gateway.admin(path, method, headers)
                    self.assertEqual(status, 401)
                    self.assertIn("Bearer", answered["WWW-Authenticate"])
        status, _, body = gateway.admin("/config", headers={"Authorization": "Bearer open sesame"})
        self.assertEqual(status, 200)
        self.assertNotIn("sesame", body)

    def test_nothing_but_probes_off_loopback_without_a_token(self):
        port = Port("0.0.0.0")
        self.addCleanup(port.close)
        from kit.gateway import Gateway
        gateway = Gateway(self.directory(), {**self.forwarding(self.origin()), "admin": {"bind": str(port)}}, ready=False)
        self.addCleanup(gateway.close)
        gateway.admin_port.close()
        gateway.admin_port = port
        gateway.wait_until_ready()
        for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}):
            self.assertEqual(gateway.admin("/status", headers=headers)[0], 401)
        self.assertIn("reachable off loopback without 'token'", gateway.stderr())

    def test_config_hides_secrets(self):
        secret = self.write("token", "hunter2\n")
        gateway = self.gateway(self.origin(), admin={"token": "${file:" + secret + "}"},
                               routes={"x": {"match": "/x", "respond": {"body": "${file:" + secret + "}"}}})
        body = gateway.admin("/config")[2]
        self.assertNotIn("hunter2", body)
        self.assertEqual(json.loads(body)["routes"]["all"]["match"]["path"], "/**")
        self.assertEqual(gateway.get("/x").body, b"hunter2")
        self.assertNotIn("hunter2", gateway.stderr())

    def test_status(self):
        gateway = self.gateway(self.origin(), routes={"ping": {"match": {"path": "/ping", "host": "a.b"}, "respond": {"body": "x"}}})
        client = gateway.connect()
        client.get()
        status = gateway.status()
        self.assertEqual(status["listeners"]["main"]["connections"], 1)
        self.assertEqual(status["config"]["version"], 1)
        self.assertEqual(sorted(status["routes"]), ["all", "ping"])
        self.assertEqual(status["routes"]["ping"]["host"], "a.b")
        endpoint = status["upstreams"]["origin"]["endpoints"][0]
        self.assertEqual((endpoint["healthy"], endpoint["connections"]), (True, 1))

    def test_broken_requests_are_refused(self):
        from kit import Client
        gateway = self.gateway(self.origin())
        for raw, status in ((b"nonsense\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", 431),
                            (b"POST /reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", 413)):
            with self.subTest(status), Client(("127.0.0.1", gateway.admin_port.number)) as client:
                client.send(raw)
                self.assertEqual(client.answer().status, status)
        self.assertEqual(gateway.admin("/healthz")[0], 200)


class Metrics(GatewayTest):
    def test_names_and_values_after_known_traffic(self):
        origin = self.origin(lambda r: ok(status="404 Not Found") if r.target == "/missing" else ok())
        gateway = self.gateway(origin, routes={"ping": {"match": "/ping", "respond": {"body": "pong"}}})
        client = gateway.connect()
        for _ in range(3):
            client.get("/secret/path")
        client.get("/missing")
        client.get("/ping")
        client.get(method="BREW")
        self.assertEqual(gateway.exchange("GET / HTTP/1.1\r\n\r\n").status, 400)
        gateway.logged(7)
        metrics = gateway.metrics()
        def count(**labels):
            return metrics["sluice_requests_total", frozenset({"listener": "main", **labels}.items())]
        self.assertEqual(count(route="all", method="GET", code="200", source="upstream"), 3)
        self.assertEqual(count(route="all", method="GET", code="404", source="upstream"), 1)
        self.assertEqual(count(route="all", method="other", code="200", source="upstream"), 1)
        self.assertEqual(count(route="ping", method="GET", code="200", source="gateway"), 1)
        self.assertEqual(gateway.metric("sluice_requests_total", code="400", source="gateway"), 1)
        endpoint = f"127.0.0.1:{origin.port}"
        self.assertEqual(metrics["sluice_upstream_requests_total", frozenset(
            {"upstream": "origin", "endpoint": endpoint, "code": "200"}.items())], 4)
        self.assertEqual(metrics["sluice_upstream_requests_total", frozenset(
            {"upstream": "origin", "endpoint": endpoint, "code": "404"}.items())], 1)
        self.assertEqual(metrics["sluice_upstream_duration_seconds_count", frozenset({("upstream", "origin")})], 5)
        self.assertEqual(metrics["sluice_request_duration_seconds_count", frozenset(
            {("listener", "main"), ("route", "all")})], 5)
        self.assertEqual(gateway.metric("sluice_request_duration_seconds_bucket", route="all", le="+Inf"), 5)
        self.assertEqual(gateway.metric("sluice_gateway_duration_seconds_count", route="all"), 5)
        self.assertLess(gateway.metric("sluice_gateway_duration_seconds_sum", route="all"), 5)
        self.assertEqual(metrics["sluice_connections", frozenset({("listener", "main")})], 1)
        self.assertEqual(metrics["sluice_config_reloads_total", frozenset({("result", "success")})], 0)
        text = gateway.admin("/metrics")[2]
        self.assertNotIn("secret", text)
        for name in ("sluice_requests_total", "sluice_request_duration_seconds", "sluice_gateway_duration_seconds",
                     "sluice_upstream_requests_total", "sluice_upstream_duration_seconds", "sluice_connections",
                     "sluice_config_reloads_total"):
            self.assertRegex(text, rf"(?m)^# HELP {name} \S")
            self.assertRegex(text, rf"(?m)^# TYPE {name} (counter|gauge|histogram)$")

    def test_endpoint_health_is_a_gauge(self):
        gateway = self.gateway(self.origin(), upstream={"health": {"interval": "100ms", "timeout": "100ms"}})
        eventually(lambda: gateway.metric("sluice_endpoint_healthy", upstream="origin") == 1, "it is healthy")

    def test_a_thousand_routes_are_scraped_under_traffic(self):
        routes = {f"r{i}": {"match": f"/r{i}", "respond": {"body": "x"}} for i in range(1000)}
        gateway = self.gateway(routes=routes)
        client = gateway.connect()
        for i in range(1000):
            self.assertEqual(client.get(f"/r{i}").status, 200)
        gateway.logged(1000)
        self.assertEqual(gateway.metric("sluice_requests_total", code="200"), 1000)

    def test_labels_are_names(self):
        gateway = self.gateway(routes={"odd-name.x": {"match": "/x", "respond": {"body": "x"}}})
        gateway.get("/x")
        eventually(lambda: gateway.metric("sluice_requests_total", route="odd-name.x") == 1, "it is counted")


class AccessLog(GatewayTest):
    def test_fields(self):
        origin = self.origin(lambda r: ok("hello world"))
        gateway = self.gateway(origin)
        answer = gateway.exchange("POST /a/%62?secret=1 HTTP/1.1\r\nHost: A.Example:80\r\nUser-Agent: test/1 \"x\"\r\n"
                                  "Authorization: Bearer hidden\r\nCookie: hidden=1\r\nContent-Length: 3\r\n\r\nabc", method="POST")
        line = gateway.logged()
        expected = {"request_id": answer.get("X-Request-ID"), "client": "127.0.0.1", "listener": "main", "protocol": "HTTP/1.1",
                    "method": "POST", "scheme": "http", "host": "a.example", "path": "/a/b", "status": 200, "source": "upstream",
                    "route": "all", "upstream": "origin", "endpoint": f"127.0.0.1:{origin.port}", "attempts": 1,
                    "bytes_received": 3, "bytes_sent": 11, "user_agent": 'test/1 "x"'}
        self.assertEqual({key: line.get(key) for key in expected}, expected)
        self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertGreater(line["duration"], 0)
        self.assertLessEqual({"head", "filters", "first_byte", "upstream"}, set(line["phases"]))
        self.assertNotIn("flags", line)
        with open(gateway.stdout_path) as text:
            raw = text.read()
        for hidden in ("hidden", "secret"):
            self.assertNotIn(hidden, raw)

    def test_query_by_choice(self):
        gateway = self.gateway(self.origin(), telemetry={"access_log": {"query": True}})
        gateway.get("/x?a=b")
        self.assertEqual(gateway.logged()["query"], "a=b")

    def test_off(self):
        gateway = self.gateway(self.origin(), telemetry={"access_log": "off"})
        gateway.get()
        gateway.stop()
        self.assertEqual(gateway.log_lines(), [])

    def test_sample_of_none(self):
        gateway = self.gateway(self.origin(), telemetry={"access_log": {"sample": 0}})
        for _ in range(20):
            gateway.get()
        gateway.stop()
        self.assertEqual(gateway.log_lines(), [])

    def test_odd_bytes_stay_one_line_of_json(self):
        gateway = self.gateway(self.origin())
        gateway.get('/x"%22%0a<>', 'User-Agent: \t"\\\xe9\xff{}\t\r\n')
        self.assertTrue(gateway.logged(status=200)["user_agent"].startswith('"\\'))
        self.assertEqual(gateway.logged()["path"], '/x"%22%0A<>')

    def test_refused_requests_are_logged(self):
        gateway = self.gateway(self.origin())
        gateway.exchange("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n")
        line = gateway.logged(status=400)
        self.assertEqual((line["flags"], line["source"], line["cause"]), ("DPE", "gateway", "space_in_field_name"))

    def test_flags(self):
        """One traffic for each of the letters; the others have theirs where they are tested."""
        refused = Port()
        self.addCleanup(refused.close)
        silent = self.origin(handler=lambda c: (c.head(), c.wait_for_end()))
        closing = self.origin(handler=lambda c: c.head())
        garbage = self.origin(handler=lambda c: (c.head(), c.send("nonsense\r\n\r\n")))
        sources = {"uf": f"http://{refused}", "ut": silent.url, "uc": closing.url, "upe": garbage.url}
        gateway = self.gateway(
            listeners={"main": {}}, upstreams={n: {"endpoints": [u]} for n, u in sources.items()},
            routes={n: {"match": f"/{n}", "to": n, "timeout": "200ms"} for n in sources})
        for target, status in (("/uf", 502), ("/ut", 504), ("/uc", 502), ("/upe", 502), ("/nothing", 404)):
            self.assertEqual(gateway.get(target).status, status)
        for target, flags in {"/uf": {"UF"}, "/ut": {"UT", "DT"}, "/uc": {"UC"}, "/upe": {"UPE"}, "/nothing": {"NR"}}.items():
            with self.subTest(target):
                line = next(line for line in gateway.logged(5) if line["path"] == target)
                self.assertEqual(set(line["flags"].split(",")), flags)
                self.assertTrue(line["cause"])

    def test_a_client_that_leaves_during_the_answer(self):
        def flood(connection):
            connection.request()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                connection.send("1000\r\n" + "x" * 4096 + "\r\n")
        gateway = self.gateway(self.origin(handler=flood))
        client = gateway.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        client.head()
        client.reset()
        line = gateway.logged()
        self.assertEqual((line["status"], line["flags"]), (200, "DC"))

    def test_rotation(self):
        path = self.directory() + "/access.log"
        gateway = self.gateway(self.origin(), telemetry={"access_log": {"path": path}})
        gateway.get("/before")
        gateway.logged(path=path)
        os.rename(path, path + ".1")
        gateway.signal(signal.SIGUSR1)
        eventually(lambda: os.path.exists(path), "the file is opened anew")
        gateway.get("/after")
        self.assertEqual(gateway.logged(path=path)["path"], "/after")
        self.assertEqual([line["path"] for line in gateway.log_lines(path + ".1")], ["/before"])

    def test_nothing_is_lost_at_the_end(self):
        gateway = self.gateway(self.origin())
        client = gateway.connect()
        for _ in range(500):
            client.get()
        client.close()
        self.assertEqual(gateway.stop(), 0)
        self.assertEqual(len(gateway.log_lines()), 500)

    def test_log_level(self):
        gateway = self.gateway(self.origin(), telemetry={"log": {"level": "error"}})
        self.assertNotIn(" info ", gateway.stderr().split("config.published")[-1])


class RequestId(GatewayTest):
    def test_made_passed_on_answered_logged(self):
        origin = self.origin()
        gateway = self.gateway(origin)
        ids = [gateway.get().get("X-Request-ID") for _ in range(50)]
        for one in ids:
            self.assertRegex(one, f"^{UUID7}$")
        self.assertEqual(len(set(ids)), 50)
        self.assertEqual([r.get("X-Request-ID") for r in origin.requests], ids)
        self.assertEqual({line["request_id"] for line in gateway.logged(50)}, set(ids))

    def test_taken_from_trusted_proxies(self):
        origin = self.origin()
        gateway = self.gateway(origin, listener={"trusted_proxies": ["127.0.0.1"]})
        answer = gateway.get(fields="X-Request-ID: from-the-proxy.1\r\n")
        self.assertEqual((answer.get("X-Request-ID"), origin.last.all("X-Request-ID")),
                         ("from-the-proxy.1", ["from-the-proxy.1"]))
        self.assertEqual(gateway.logged()["request_id"], "from-the-proxy.1")

    def test_bad_ones_are_replaced(self):
        gateway = self.gateway(self.origin(), listener={"trusted_proxies": ["127.0.0.1"]})
        for bad in ("", "a b", "x" * 1000, "a\"b"):
            with self.subTest(bad):
                self.assertRegex(gateway.get(fields=f"X-Request-ID: {bad}\r\n").get("X-Request-ID"), f"^{UUID7}$")

    def test_of_strangers_is_replaced(self):
        gateway = self.gateway(self.origin())
        self.assertRegex(gateway.get(fields="X-Request-ID: mine\r\n").get("X-Request-ID"), f"^{UUID7}$")

    def test_under_another_name(self):
        origin = self.origin()
        gateway = self.gateway(origin, telemetry={"request_id": {"header": "X-Trace"}})
        answer = gateway.get()
        self.assertRegex(answer.get("X-Trace"), UUID7)
        self.assertEqual(origin.last.get("X-Trace"), answer.get("X-Trace"))
        self.assertIsNone(answer.get("X-Request-ID"))

    def test_of_an_upstream_is_replaced(self):
        gateway = self.gateway(self.origin(ok("x", "X-Request-ID: theirs")))
        self.assertEqual(len(gateway.get().all("X-Request-ID")), 1)

    def test_in_problem_documents(self):
        answer = self.gateway(routes={"x": {"match": "/x", "respond": {"body": "x"}}}).get("/y")
        self.assertEqual(json.loads(answer.body)["instance"], "urn:uuid:" + answer.get("X-Request-ID"))
        self.assertTrue(re.fullmatch(UUID7, answer.get("X-Request-ID")))


if __name__ == "__main__":
    import unittest
    unittest.main()
