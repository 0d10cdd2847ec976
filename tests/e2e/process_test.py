"""The process among others: descriptors, privileges, listening sockets, many clients."""
import os
import re
import resource
import subprocess
import threading
import time
import unittest

from kit import Client, GatewayTest, Port, eventually, ok, sanitized


class Process(GatewayTest):
    def cpu(self, gateway):
        """Seconds of processor time so far."""
        with open(f"/proc/{gateway.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self, gateway):
        return len(os.listdir(f"/proc/{gateway.pid}/fd"))

    @unittest.skipIf(sanitized, "the sanitizers need descriptors to look at memory")
    def test_out_of_descriptors_is_survived_without_a_spin(self):
        gateway = self.gateway(routes={"x": {"match": "/**", "respond": {"body": "x"}}})
        gateway.get()
        hard = resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, (self.descriptors(gateway) + 5, hard[1]))
        clients = [gateway.connect() for _ in range(20)]
        eventually(lambda: "accept.failed" in gateway.stderr(), "the descriptors run out")
        self.assertLess(gateway.stderr().count("accept.failed"), 20)
        before = self.cpu(gateway)
        time.sleep(1)
        self.assertLess(self.cpu(gateway) - before, 0.5)
        for client in clients[:15]:
            client.close()
        resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, hard)
        for client in clients[15:]:
            self.assertEqual(client.get().status, 200)
        self.assertGreater(gateway.metric("sluice_accept_errors_total", listener="main"), 0)

    def test_an_idle_process_uses_no_processor(self):
        gateway = self.gateway(self.origin())
        gateway.get()
        before = self.cpu(gateway)
        time.sleep(1)
        self.assertLess(self.cpu(gateway) - before, 0.2)

    def test_descriptor_limit_is_raised(self):
        gateway = self.gateway(self.origin())
        soft, hard = resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE)
        self.assertEqual(soft, hard)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_privileges_are_dropped(self):
        gateway = self.gateway(self.origin(), user="nobody")
        with open(f"/proc/{gateway.pid}/status") as status:
            text = status.read()
        ids = set(re.search(r"Uid:\s+(.*)", text)[1].split())
        self.assertEqual(len(ids), 1)
        self.assertNotIn("0", ids)
        self.assertEqual(re.search(r"CapEff:\s+(\w+)", text)[1], f"{1 << 10:016x}")  # CAP_NET_BIND_SERVICE
        self.assertEqual(gateway.get().status, 200)

    def test_nothing_leaks_descriptors(self):
        def moody(connection):
            for request in iter(connection.request, None):
                if request.target == "/close":
                    return
                if request.target == "/reset":
                    return connection.reset()
                connection.send(ok())
        gateway = self.gateway(self.origin(handler=moody), upstream={"pool": {"idle_timeout": "100ms"}})
        gateway.get()
        eventually(lambda: gateway.endpoint()["connections"] == 0, "the pool is empty")
        before = self.descriptors(gateway)
        for i in range(60):
            client = gateway.connect()
            client.send(f"GET {('/', '/close', '/reset')[i % 3]} HTTP/1.1\r\nHost: a\r\n\r\n")
            (client.reset if i % 2 else client.answer)()
            client.close()
        eventually(lambda: gateway.endpoint()["connections"] == 0 and
                   gateway.metric("sluice_connections", listener="main") == 0, "all have gone")
        eventually(lambda: self.descriptors(gateway) <= before + 1, "the descriptors are given back")

    def test_a_listener_on_all_addresses(self):
        port = Port("0.0.0.0")
        self.addCleanup(port.close)
        self.gateway(self.origin(), listener={"bind": f":{port.number}"})
        for host in ("127.0.0.1", "::1"):
            with Client((host, port.number)) as client:
                self.assertEqual(client.get().status, 200)

    def test_unix_socket_is_removed_at_the_end_and_an_abandoned_one_replaced(self):
        path = self.directory() + "/s"
        first = self.gateway(self.origin(), listener={"bind": "unix:" + path})
        first.kill()
        self.assertTrue(os.path.exists(path))
        second = self.gateway(self.origin(), listener={"bind": "unix:" + path})
        with Client(path) as client:
            self.assertEqual(client.get().status, 200)
        self.assertEqual(second.stop(), 0)
        self.assertFalse(os.path.exists(path))

    def test_a_hundred_clients_at_once(self):
        origin = self.origin(lambda r: ok(r.target))
        gateway = self.gateway(origin)
        failures = []
        def ask(i):
            try:
                with gateway.connect() as client:
                    for n in range(20):
                        if client.get(f"/{i}/{n}").body != f"/{i}/{n}".encode():
                            failures.append((i, n))
            except Exception as e:
                failures.append(repr(e))
        threads = [threading.Thread(target=ask, args=(i,)) for i in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(gateway.logged(2000)), 2000)

    def test_curl(self):
        gateway = self.gateway(self.origin(lambda r: ok(r.body)), defaults={"max_body": "10MiB"})
        url = f"http://127.0.0.1:{gateway.port()}/x"
        large = self.write("body", "x" * (3 << 20))
        for arguments in (["-d", "hello"], ["-H", "Transfer-Encoding: chunked", "-d", "hello"], ["-0", "-d", "hello"],
                          ["-T", large], ["-T", large, "-H", "Expect: 100-continue"], ["-I"]):
            with self.subTest(arguments):
                done = subprocess.run(["curl", "-sS", "-w", "%{http_code}", "-o", "/dev/null", *arguments, url],
                                      capture_output=True, timeout=30)
                self.assertEqual((done.stdout, done.stderr), (b"200", b""))


if __name__ == "__main__":
    unittest.main()
