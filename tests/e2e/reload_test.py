"""Reloads and drains while there is traffic."""
import json
import os
import signal
import socket
import threading
import time

from kit import Client, GatewayTest, Port, eventually, ok, sanitized

WEBSOCKET = ("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"
             "Sec-WebSocket-Version: 13\r\n\r\n")


def serve(connection):
    """/ws echoes frames, /long is a download that takes its time, everything else is quick."""
    while request := connection.request():
        if request.target == "/ws":
            connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            "Sec-WebSocket-Accept: y\r\n\r\n")
            while data := connection.reader.buffer or connection.sock.recv(65536):
                connection.reader.buffer = b""
                connection.send(data)
            return
        if request.target == "/long":
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
            for _ in range(60):
                connection.send("x" * 1000)
                time.sleep(0.025)
        elif request.target == "/slow":
            connection.origin.release.wait(20)
            connection.send(ok("slow"))
        else:
            connection.send(ok(request.body or "hello"))


class Traffic:
    """Constant requests: some on kept connections, some on new ones. Every failure is noted."""

    def __init__(self, gateway, kept=3, fresh=2):
        self.gateway = gateway
        self.failures = []
        self.answered = 0
        self.stopping = threading.Event()
        targets = [self.keep] * kept + [self.renew] * fresh
        self.threads = [threading.Thread(target=self.run, args=(t,), daemon=True) for t in targets]
        for thread in self.threads:
            thread.start()

    def run(self, ask):
        try:
            ask()
        except Exception as e:
            self.failures.append(repr(e))

    def check(self, answer):
        self.answered += 1
        if answer.status != 200:
            self.failures.append(answer)

    def client(self):
        return Client(("127.0.0.1", self.gateway.port()))

    def keep(self):
        client = self.client()
        while not self.stopping.is_set():
            client.send("POST /quick HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            answer = client.answer()
            self.check(answer)
            if answer.get("Connection") == "close":
                client.close()
                client = self.client()
        client.close()

    def renew(self):
        while not self.stopping.is_set():
            with self.client() as client:
                self.check(client.get("/new", "Connection: close\r\n"))

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
        return self.failures


class Reload(GatewayTest):
    def started(self, **more):
        self.source = self.origin(handler=serve)
        self.source.release = threading.Event()
        self.addCleanup(self.source.release.set)
        return self.gateway(self.source, route={"timeout": "20s"}, **more)

    def websocket(self, gateway):
        client = gateway.connect().send(WEBSOCKET)
        self.assertEqual(client.answer().status, 101)
        return client

    def echo(self, client, text):
        client.send(text)
        self.assertEqual(client.reader.exactly(len(text)), text)

    def under_load(self, gateway, act):
        socket_ = self.websocket(gateway)
        download = gateway.connect().send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        traffic = Traffic(gateway)
        try:
            eventually(lambda: traffic.answered > 50, "there is traffic")
            for i in range(5):
                act(i)
                self.echo(socket_, b"\x82\x05after")
                before = traffic.answered
                eventually(lambda: traffic.answered > before + 50 or traffic.failures, "traffic goes on")
        finally:
            failures = traffic.stop()
        self.assertEqual(failures, [])
        self.assertEqual(len(download.answer().body), 60000)
        self.echo(socket_, b"\x82\x03end")

    def test_reloads_under_load_lose_nothing(self):
        gateway = self.started()
        self.under_load(gateway, lambda i: gateway.reload(
            routes={f"more{i}": {"match": f"/more{i}", "respond": {"status": 201}}}, defaults={"timeout": f"{i + 5}s"}))
        self.assertEqual(gateway.get("/more4").status, 201)
        self.assertEqual(gateway.metric("sluice_config_reloads_total", result="success"), 5)

    def test_watched_file_under_load(self):
        gateway = self.started(args=["--watch"])
        def edit(i):
            before = gateway.version()
            gateway.change(routes={f"more{i}": {"match": f"/more{i}", "respond": {"status": 201}}})
            eventually(lambda: gateway.version() > before, "the change is seen")
        self.under_load(gateway, edit)
        self.assertEqual(gateway.get("/more4").status, 201)

    def test_watch_sees_the_correction_of_a_broken_file(self):
        gateway = self.started(args=["--watch"])
        good = gateway.config
        gateway.write("version: 1\nnonsense: true\n")
        eventually(lambda: gateway.metric("sluice_config_reloads_total", result="failure") >= 1, "it is refused")
        gateway.write(good)
        eventually(lambda: gateway.version() == 2, "the correction is taken")
        self.assertEqual(gateway.get().status, 200)

    def test_admin_reload(self):
        gateway = self.started()
        gateway.change(routes={"new": {"match": "/new", "respond": {"status": 201}}})
        status, _, body = gateway.admin("/reload", "POST")
        self.assertEqual((status, json.loads(body)["version"]), (200, 2))
        self.assertEqual(gateway.get("/new").status, 201)

    def test_bad_file_is_refused_whole(self):
        gateway = self.started()
        gateway.change(routes={"new": {"match": "/new", "respond": {"status": 201}},
                               "bad": {"match": "/bad", "too": "origin"}})
        gateway.signal(signal.SIGHUP)
        eventually(lambda: gateway.metric("sluice_config_reloads_total", result="failure") == 1, "it is refused")
        self.assertIn("routes.bad.too: unknown key (did you mean 'to'?)", gateway.stderr())
        self.assertEqual(gateway.get("/new").status, 200)
        status, headers, body = gateway.admin("/reload", "POST")
        self.assertEqual((status, headers["Content-Type"]), (422, "application/problem+json"))
        self.assertIn("did you mean 'to'?", "".join(json.loads(body)["errors"]))
        status = gateway.status()
        self.assertEqual((status["config"]["version"], status["last_reload"]["taken"]), (1, False))
        self.assertTrue(status["last_reload"]["errors"])

    def test_what_cannot_change_is_named(self):
        gateway = self.started()
        gateway.change(workers=3, admin={"bind": "127.0.0.1:1"}, user="nobody",
                       routes={"new": {"match": "/new", "respond": {"status": 201}}})
        status, _, body = gateway.admin("/reload", "POST")
        errors = "\n".join(json.loads(body)["errors"])
        self.assertEqual(status, 422)
        for name in ("workers", "admin.bind", "user"):
            self.assertIn(name, errors)
        self.assertEqual(gateway.get("/new").status, 200)

    def test_a_bind_that_fails_changes_nothing(self):
        gateway = self.started()
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        gateway.change(listeners={"second": {"bind": f"127.0.0.1:{taken.getsockname()[1]}"}})
        status, _, body = gateway.admin("/reload", "POST")
        self.assertEqual(status, 422)
        self.assertIn("listeners.second", body)
        self.assertEqual(gateway.get().status, 200)

    def test_new_bind_is_opened(self):
        gateway = self.started()
        gateway.reload(listeners={"second": {}})
        self.assertEqual(gateway.get(listener="second").body, b"hello")
        self.assertEqual(gateway.get().body, b"hello")

    def test_removed_bind_is_drained(self):
        gateway = self.started(listeners={"second": {}})
        idle, busy = gateway.connect("second"), gateway.connect("second")
        self.assertEqual(idle.get().status, 200)
        busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: "/slow" in self.source.targets(), "the slow one is on its way")
        gateway.config["listeners"].pop("second")
        gateway.reload()
        self.assertTrue(idle.is_clean_end())
        with self.assertRaises(ConnectionRefusedError):
            gateway.connect("second")
        self.source.release.set()
        answer = busy.answer()
        self.assertEqual((answer.body, answer.get("Connection")), (b"slow", "close"))
        self.assertEqual(gateway.get().status, 200)

    def test_moved_bind_under_load_of_the_other(self):
        """A listener of two addresses loses one and wins another; the one that stays is not touched."""
        ports = [Port() for _ in range(3)]
        for port in ports:
            self.addCleanup(port.close)
        gateway = self.started(listeners={"main": {"bind": [str(ports[0]), str(ports[1])]}})
        gateway.ports["main"] = ports[0]
        traffic = Traffic(gateway)
        eventually(lambda: traffic.answered > 50, "there is traffic")
        gateway.reload(listeners={"main": {"bind": [str(ports[0]), str(ports[2])]}})
        before = traffic.answered
        eventually(lambda: traffic.answered > before + 50 or traffic.failures, "traffic goes on")
        self.assertEqual(traffic.stop(), [])
        with self.assertRaises(ConnectionRefusedError):
            Client(("127.0.0.1", ports[1].number))
        with Client(("127.0.0.1", ports[2].number)) as client:
            self.assertEqual(client.get().status, 200)

    def test_health_connections_and_counters_live_on(self):
        refused = Port()
        self.addCleanup(refused.close)
        source = self.origin()
        gateway = self.gateway(f"http://{refused}", source, upstream={
            "health": {"interval": "100ms", "timeout": "100ms", "fall": 1}})
        eventually(lambda: not gateway.endpoint()["healthy"], "it is unhealthy")
        client = gateway.connect()
        self.assertEqual(client.get("/1").status, 200)
        since = gateway.endpoint()["since"]
        gateway.reload(defaults={"timeout": "7s"})
        self.assertEqual((gateway.endpoint()["healthy"], gateway.endpoint()["since"]), (False, since))
        self.assertEqual(client.get("/2").status, 200)
        self.assertEqual(gateway.metric("sluice_requests_total", route="all", code="200"), 2)

    def test_a_running_request_keeps_its_configuration(self):
        gateway = self.started()
        client = gateway.connect().send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: "/slow" in self.source.targets(), "it is on its way")
        gateway.config["upstreams"] = {}
        gateway.config["routes"] = {"gone": {"match": "/**", "respond": {"status": 410}}}
        gateway.reload()
        self.source.release.set()
        self.assertEqual(client.answer().body, b"slow")
        self.assertEqual(client.get().status, 410)

    def test_included_files(self):
        gateway = self.started()
        directory = os.path.join(gateway.directory, "conf.d")
        os.mkdir(directory)
        self.write("a.yaml", "routes: { extra: { match: /extra, respond: { status: 202 } } }\n", directory)
        gateway.reload(include="conf.d/*.yaml")
        self.assertEqual(gateway.get("/extra").status, 202)

    def test_twenty_reloads_leave_no_memory_behind(self):
        gateway = self.started()
        routes = {f"r{i}": {"match": f"/r{i}/**", "to": "origin"} for i in range(1000)}
        for i in range(5):
            gateway.reload(routes={**routes, "n": {"match": "/n", "respond": {"status": 200 + i}}})
        before = gateway.memory()
        for i in range(20):
            gateway.reload(routes={"n": {"match": "/n", "respond": {"status": 200 + i}}})
        if not sanitized:
            self.assertLess(gateway.memory() - before, 16 * 1024)


class Drain(GatewayTest):
    def started(self, **drain):
        self.source = self.origin(handler=serve)
        self.source.release = threading.Event()
        self.addCleanup(self.source.release.set)
        return self.gateway(self.source, route={"timeout": "30s"}, drain={"accept": "300ms", "finish": "10s", **drain})

    def test_idle_process_ends_with_zero(self):
        gateway = self.started()
        began = time.monotonic()
        self.assertEqual(gateway.stop(), 0)
        self.assertLess(time.monotonic() - began, 8)

    def test_sigint_drains_too(self):
        gateway = self.started()
        gateway.signal(signal.SIGINT)
        self.assertEqual(gateway.wait_for_exit(), 0)

    def test_in_flight_requests_finish_and_idle_connections_close(self):
        gateway = self.started()
        idle, busy = gateway.connect(), gateway.connect()
        self.assertEqual(idle.get().status, 200)
        busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: "/slow" in self.source.targets(), "it is on its way")
        gateway.signal(signal.SIGTERM)
        eventually(lambda: gateway.admin("/readyz")[0] == 503, "readyz is red")
        self.assertEqual(gateway.admin("/healthz")[0], 200)
        self.assertTrue(idle.is_clean_end())
        self.source.release.set()
        answer = busy.answer()
        self.assertEqual((answer.body, answer.get("Connection")), (b"slow", "close"))
        self.assertEqual(gateway.wait_for_exit(), 0)

    def test_new_connections_are_accepted_at_first(self):
        gateway = self.started(accept="2s")
        gateway.signal(signal.SIGTERM)
        eventually(lambda: gateway.admin("/readyz")[0] == 503, "the drain has begun")
        self.assertEqual(gateway.get().status, 200)
        self.assertEqual(gateway.wait_for_exit(), 0)

    def test_download_finishes(self):
        gateway = self.started()
        client = gateway.connect().send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        client.head()
        gateway.signal(signal.SIGTERM)
        self.assertEqual(len(client.reader.exactly(60000)), 60000)
        self.assertEqual(gateway.wait_for_exit(), 0)

    def test_websockets_get_1001(self):
        gateway = self.started(finish="5s")
        clients = []
        for _ in range(3):
            client = gateway.connect().send(WEBSOCKET)
            self.assertEqual(client.answer().status, 101)
            client.send(b"\x82\x05hello")
            self.assertEqual(client.reader.exactly(7), b"\x82\x05hello")
            clients.append(client)
        gateway.signal(signal.SIGTERM)
        for client in clients:
            frame = client.reader.exactly(4)
            self.assertEqual(frame, b"\x88\x02\x03\xe9")
            self.assertTrue(client.is_closed())
        self.assertEqual(gateway.wait_for_exit(), 0)

    def test_what_is_left_is_cut_at_the_end(self):
        gateway = self.started(finish="300ms")
        client = gateway.connect().send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: "/slow" in self.source.targets(), "it is on its way")
        began = time.monotonic()
        gateway.signal(signal.SIGTERM)
        self.assertEqual(gateway.wait_for_exit(), 0)
        self.assertTrue(0.5 < time.monotonic() - began < 10)
        self.assertTrue(client.is_closed())

    def test_a_second_signal_stops_at_once(self):
        gateway = self.started(finish="60s")
        client = gateway.connect().send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        eventually(lambda: "/slow" in self.source.targets(), "it is on its way")
        gateway.signal(signal.SIGTERM)
        eventually(lambda: "drain.begun" in gateway.stderr(), "the drain has begun")
        began = time.monotonic()
        gateway.signal(signal.SIGTERM)
        self.assertEqual(gateway.wait_for_exit(), 0)
        self.assertLess(time.monotonic() - began, 10)
        self.assertTrue(client.is_closed())

    def test_admin_drain(self):
        gateway = self.started()
        self.assertEqual(gateway.admin("/drain", "POST")[0], 200)
        self.assertEqual(gateway.wait_for_exit(), 0)

    def test_a_second_process_takes_over(self):
        """With SO_REUSEPORT two can listen; the new one is told that the address is taken."""
        gateway = self.started()
        from kit.gateway import Gateway
        with self.assertRaises(AssertionError) as failed:
            other = Gateway(self.directory(), {**gateway.config, "listeners": {
                "main": {"bind": str(gateway.ports["main"])}}})
            self.addCleanup(other.close)
        self.assertIn("ended with 1", str(failed.exception))
        self.assertIn("Address already in use", str(failed.exception))

    def test_drain_tells_clients_by_connection_close(self):
        gateway = self.started(accept="3s")
        client = gateway.connect()
        self.assertIsNone(client.get().get("Connection"))
        gateway.signal(signal.SIGTERM)
        self.assertTrue(client.is_clean_end())
        self.assertEqual(gateway.wait_for_exit(), 0)

    def test_sd_notify(self):
        path = self.directory() + "/notify"
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listening.bind(path)
        listening.settimeout(20)
        self.addCleanup(listening.close)
        gateway = self.gateway(self.origin(), environment={"NOTIFY_SOCKET": path})
        self.assertIn(b"READY=1", listening.recv(1000))
        gateway.reload()
        self.assertIn(b"RELOADING=1", listening.recv(1000))
        self.assertIn(b"READY=1", listening.recv(1000))
        self.assertEqual(gateway.stop(), 0)
        self.assertIn(b"STOPPING=1", listening.recv(1000))


if __name__ == "__main__":
    import unittest
    unittest.main()
