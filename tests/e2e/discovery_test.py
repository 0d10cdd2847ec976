"""Endpoints that are found: config/discovery-srv.yaml with a real dnsmasq, config/discovery-file.yaml with a file that
changes, in front of real processes that come and go."""
import json
import os
import subprocess

from kit import GatewayTest, binary, eventually
from kit.dns import Dns
from kit.echo import Echo
from kit.load import Load


def who(answers):
    """The names of those who answered."""
    return {json.loads(body)["name"] for got, body, _ in answers if got == 200}


class Found(GatewayTest):
    names = "abc"

    def setUp(self):
        self.echoes = {}
        for name in self.names:
            self.echoes[name] = Echo(name)
            self.addCleanup(self.echoes[name].close)

    def discovery(self):
        return self.gateway.status()["upstreams"]["orders"]["discovery"]

    def endpoints(self):
        """{name: what /status says}"""
        return {e["name"]: e for e in self.gateway.status()["upstreams"]["orders"]["endpoints"]}

    def failed(self):
        return self.gateway.metric("sluice_discovery_failures_total", upstream="orders")

    def grow_and_shrink(self, become, names_of):
        """Under load, with processes that live only while they are among the endpoints."""
        with Load(self.gateway) as load:
            for names in ("abc", "bc", "c", "ca", "abc"):
                for name in names:
                    if self.echoes[name].process.poll() is not None:
                        self.echoes[name].start()
                become(names)
                eventually(lambda: names_of(self.endpoints()) == set(names), f"{names} are the endpoints")
                load.until(lambda answers: who(answers) >= set(names), f"each of {names} answers")
                load.until(lambda answers: len(answers) > 50 and who(answers[-20:]) <= set(names), f"only {names} answer")
                for name in set("abc") - set(names):
                    if self.echoes[name].process.poll() is None:
                        self.echoes[name].kill()
        self.assertEqual(load.failures(), [])


class Services(Found):
    SERVICE = "_http._tcp.orders.internal"

    def setUp(self):
        super().setUp()
        self.dns = Dns(self.directory())
        self.addCleanup(self.dns.kill)

    def record(self, name, priority=0, weight=1):
        return (self.SERVICE, f"{name}.internal", self.echoes[name].port.number, priority, weight)

    def serve(self, *records):
        self.dns.answer(records, {f"{n}.internal": "127.0.0.1" for n in self.names})

    def start(self):
        self.gateway = self.example("discovery-srv", self.echoes["a"], SERVICE=self.SERVICE, DNS=self.dns.address)
        eventually(lambda: self.discovery()["usable"], "the service is found")

    def names_of(self, endpoints):
        return {name.split(".")[0] for name, e in endpoints.items() if e["available"]}

    def test_grows_and_shrinks_under_load(self):
        self.serve(*map(self.record, "abc"))
        self.start()
        eventually(lambda: self.gateway.get().status == 200, "somebody answers")
        self.grow_and_shrink(lambda names: self.serve(*map(self.record, names)), self.names_of)

    def test_weight_is_weight_and_priority_is_tier(self):
        self.serve(self.record("a", 10, 60), self.record("b", 10, 20), self.record("c", 20, 0))
        self.start()
        endpoints = self.endpoints()
        told = {name.split(".")[0]: (e["weight"], e["tier"]) for name, e in endpoints.items()}
        self.assertEqual(told, {"a": (60, 10), "b": (20, 10), "c": (1, 20)})
        self.assertEqual(endpoints[f"a.internal:{self.echoes['a'].port.number}"]["address"], str(self.echoes["a"].port))
        with Load(self.gateway) as load:
            load.until(lambda answers: who(answers) == set("ab"), "the first tier answers")
            for name in "ab":
                self.echoes[name].kill()
            load.until(lambda answers: who(answers[-20:]) == {"c"}, "the second tier answers")
        self.assertLessEqual(set(load.failures()), {502}, "what was on its way to those who died")
        self.assertNotIn("c", who(load.answers[:20]))

    def test_a_server_that_is_gone_and_an_empty_answer_keep_the_last_good_set(self):
        self.serve(self.record("a"), self.record("b"))
        self.start()
        self.assertEqual(self.gateway.get().status, 200)
        since = {name: e["since"] for name, e in self.endpoints().items()}
        with Load(self.gateway) as load:
            for fail in (self.dns.kill, self.serve):
                fail()
                before = self.failed()
                eventually(lambda: self.failed() > before + 1, "looking fails twice")
                status = self.discovery()
                self.assertIn(status["error"], ("dns_no_answer", "dns_not_found", "dns_empty"))
                self.assertEqual((status["kind"], status["name"], status["usable"], status["items"]),
                                 ("srv", self.SERVICE, True, 2))
                load.more(50)
            self.serve(self.record("a"), self.record("b"), self.record("c"))
            load.until(lambda answers: who(answers) == set("abc"), "the third is found")
        self.assertEqual(load.failures(), [])
        self.assertNotIn("error", self.discovery())
        self.assertIn("discovery.recovered", self.gateway.stderr())
        now = {name: e["since"] for name, e in self.endpoints().items() if name in since}
        self.assertEqual(now, since, "what stayed is what it was")

    def test_a_name_with_several_addresses(self):
        """`dns` with a server: both addresses are endpoints, and are called by the name."""
        origin = self.origin()
        self.dns.answer(hosts={"orders.internal": "127.0.0.1 127.0.0.2"})
        self.gateway = super().gateway(upstreams={"orders": {"host": "endpoint", "discover": {
            "dns": "orders.internal", "port": origin.port, "server": self.dns.address, "refresh": "200ms"}}},
            routes={"all": {"match": "/**", "to": "orders"}})
        eventually(lambda: len(self.endpoints()) == 2, "both are found")
        self.assertEqual(self.gateway.get().status, 200)
        self.assertEqual(origin.last.get("Host"), f"orders.internal:{origin.port}")
        self.dns.answer(hosts={"orders.internal": "127.0.0.1"})
        eventually(lambda: set(self.endpoints()) == {f"127.0.0.1:{origin.port}"}, "one is left")


class Files(Found):
    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.directory(), "orders.yaml")

    def write(self, text, path=None):
        """As a program does that wants no reader to see half of it."""
        with open((path or self.file) + ".new", "w") as out:
            out.write(text)
        os.replace((path or self.file) + ".new", path or self.file)

    def list(self, names):
        self.write(json.dumps({"endpoints": [self.echoes[n].url for n in names]}))

    def start(self):
        self.gateway = self.example("discovery-file", self.echoes["a"], ENDPOINTS=self.file)

    def names_of(self, endpoints):
        ports = {str(echo.port): name for name, echo in self.echoes.items()}
        return {ports[name] for name in endpoints}

    def test_the_first_request_finds_them(self):
        self.list("ab")
        self.start()
        self.assertEqual(self.gateway.get().status, 200)
        status = self.discovery()
        self.assertEqual((status["kind"], status["name"], status["items"]), ("file", self.file, 2))
        self.assertLess(status["age_seconds"], 60)
        self.assertEqual(self.gateway.metric("sluice_source_usable", kind="file", name=self.file), 1)

    def test_grows_and_shrinks_under_load(self):
        self.list("abc")
        self.start()
        self.grow_and_shrink(self.list, self.names_of)

    def test_a_bad_file_is_told_with_its_place_and_the_last_good_set_stays(self):
        self.list("ab")
        self.start()
        with Load(self.gateway) as load:
            self.write("endpoints:\n  - http://127.0.0.1:9001\n  - { url: \"http://127.0.0.1:1\", weigth: 2 }\n")
            eventually(lambda: self.failed() == 1, "it is refused")
            error = f"{self.file}:3:34: endpoints[1].weigth: unknown key (did you mean 'weight'?)"
            self.assertEqual(self.discovery()["error"], error)
            self.assertIn(error, self.gateway.stderr())
            self.assertEqual(self.names_of(self.endpoints()), set("ab"))
            os.unlink(self.file)
            eventually(lambda: self.failed() == 2, "it is missed")
            self.assertIn("No such file", self.discovery()["error"])
            before = self.gateway.version()
            self.gateway.reload_unchanged()
            eventually(lambda: self.gateway.version() > before, "a reload is taken all the same")
            self.assertEqual(self.names_of(self.endpoints()), set("ab"))
            load.more(50)
            self.list("c")
            load.until(lambda answers: who(answers[-20:]) == {"c"}, "the correction is taken")
        self.assertEqual(load.failures(), [])
        self.assertNotIn("error", self.discovery())

    def test_what_is_missing_at_the_start_is_found_when_it_comes(self):
        self.start()
        self.assertEqual(self.gateway.get().status, 503)
        self.assertFalse(self.discovery()["usable"])
        checked = subprocess.run([binary(), "check", "-c", self.gateway.file], capture_output=True, text=True,
                                 timeout=60, env={**os.environ, "ENDPOINTS": self.file})
        self.assertEqual(checked.returncode, 0)
        self.assertIn("upstreams.orders.discover: " + self.file, checked.stdout + checked.stderr)
        self.list("a")
        eventually(lambda: self.gateway.get().status == 200, "it is there")

    def test_a_link_above_it_is_swapped(self):
        """As Kubernetes mounts configuration: what changes is a link to the directory."""
        base = os.path.dirname(self.file)
        for version, names in (("one", "a"), ("two", "b")):
            os.mkdir(os.path.join(base, version))
            self.write(json.dumps({"endpoints": [self.echoes[n].url for n in names]}),
                       os.path.join(base, version, "orders.yaml"))
        os.symlink("one", os.path.join(base, "..data"))
        os.symlink("..data/orders.yaml", self.file)
        self.start()
        self.assertEqual(self.names_of(self.endpoints()), {"a"})
        os.symlink("two", os.path.join(base, "..new"))
        os.replace(os.path.join(base, "..new"), os.path.join(base, "..data"))
        eventually(lambda: self.names_of(self.endpoints()) == {"b"}, "the other one is read")

    def test_weights_tiers_and_zones_are_those_of_the_file(self):
        urls = {name: echo.url for name, echo in self.echoes.items()}
        self.write(f"endpoints:\n  - {urls['a']}\n  - {{ url: \"{urls['b']}\", weight: 3, zone: eu-1 }}\n"
                   f"  - {{ url: \"{urls['c']}\", tier: 1 }}\n")
        self.start()
        told = [(e["weight"], e["tier"], e.get("zone")) for e in self.endpoints().values()]
        self.assertEqual(told, [(1, 0, None), (3, 0, "eu-1"), (1, 1, None)])
        with Load(self.gateway, clients=2) as load:
            load.until(lambda answers: who(answers) == set("ab"), "the first tier answers")
        self.assertEqual(load.failures(), [])


if __name__ == "__main__":
    import unittest
    unittest.main()
