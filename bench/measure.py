"""Measures one workload: starts its proxies, runs the rounds, checks the logs, and gives a record for the report."""
import contextlib
import datetime
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import load
import peers
from instructions import instructions_per_request
from processes import Process, answers, free_port
from rounds import interleaved
from tokens import token

IDLE_PATIENCE = 1.0      # for memory to settle
PROBE_SECONDS = 2
COUNTED = ("sluice", "nginx", "haproxy")  # Valgrind is no place for Go, nor for h2o's threads
RELOAD_EVERY = 1.0


@dataclass(frozen=True)
class Settings:
    rounds: int = 7
    seconds: float = 5
    warm_up: float = 2
    probes: bool = True
    latency: bool = True


@dataclass(frozen=True)
class Cores:
    """Who runs where: the proxy has its cores for itself."""
    proxy: list
    origin: list
    load: list

    @staticmethod
    def share(available, proxy):
        """Of four or more cores. A proxy with two leaves the others to clients and origin together."""
        if len(available) < 4:
            raise RuntimeError(f"the comparison needs four cores, this process may use {len(available)}")
        rest = available[proxy:4]
        return Cores(available[:proxy], rest[:1], rest[1:]) if proxy == 1 else Cores(available[:proxy], rest, rest)


@dataclass(frozen=True)
class Origin:
    """The upstream; it must never be what limits."""
    port: int
    process: Process


class Bench:
    """What all workloads have in common: tools, certificates, a directory in memory."""

    def __init__(self, tools, available_cores, settings):
        self.tools, self.available, self.settings = tools, available_cores, settings
        memory = Path("/dev/shm")
        self.directory = Path(tempfile.mkdtemp(prefix="sluice-bench-", dir=memory if memory.is_dir() else None))
        self.certificates = peers.make_certificates(self.directory / "certificates")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory, ignore_errors=True)

    @contextlib.contextmanager
    def origin(self, cores):
        port = free_port()
        with Process([self.tools / "bench_origin", str(port)], cores) as process:
            process.wait_until(lambda: answers(port))
            yield Origin(port, process)

    @contextlib.contextmanager
    def started(self, peer, workload, origin, cores, extra=(), prefix=()):
        site = peers.Site(Path(tempfile.mkdtemp(prefix=f"{peer.name}-", dir=self.directory)), self.certificates,
                          origin.port, cores.proxy, workload.routes)
        with self.redis(site, workload, cores), peers.start(peer, site, workload.variant.union(extra), self.tools, prefix, cores.origin) as running:
            yield running
        shutil.rmtree(site.directory, ignore_errors=True)

    @contextlib.contextmanager
    def redis(self, site, workload, cores):
        """The server that keeps the limits, where the workload has one; on the origin's core."""
        if not workload.variant & {"redis", "leases"}:
            yield
            return
        site.redis = free_port()
        command = ["redis-server", "--port", str(site.redis), "--save", "", "--dir", str(site.directory)]
        with Process(command, cores.origin, site.directory / "redis.log") as process:
            process.wait_until(lambda: answers(site.redis))
            yield

    def measure(self, workload, chosen):
        """The record of a workload: see docs/benchmarks.md for what is in it."""
        cores = Cores.share(self.available, workload.cores)
        record = {"workload": workload.name, "when": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
                  "rounds": self.settings.rounds, "seconds": self.settings.seconds}
        with self.origin(cores.origin) as origin:
            record["peers"] = KINDS[workload.kind](self, workload, chosen, origin, cores, record)
            if workload.probes and self.settings.probes:
                for peer in chosen:
                    record["peers"][peer.name].update(self.probe(peer, workload, origin, cores))
        return record

    def run_once(self, running, workload, seconds, cores, prefix=()):
        if workload.kind == "handshakes":
            outcome = load.handshakes(self.tools, running.site.tls, workload.connections, seconds, cores.load,
                                      "resumed" if workload.resumed else "full")
        else:
            outcome = load.wrk(running.url(workload.path, workload.tls), workload.connections, seconds, cores.load,
                               workload.script, prefix, self.fields(running, workload))
        running.answered += outcome.answered
        return outcome

    def fields(self, running, workload):
        """Of every request of the workload."""
        if not workload.token:
            return ()
        signed = token(workload.token, running.site.secret, self.certificates / "rsa.key")
        return (f"Authorization: Bearer {signed}",)

    def throughput(self, workload, chosen, origin, cores, record):
        """Rates in interleaved rounds; percentiles at a fixed rate, where asked for; lines of the log counted."""
        with contextlib.ExitStack() as stack:
            running = {p.name: stack.enter_context(self.started(p, workload, origin, cores)) for p in chosen}
            for one in running.values():
                self.run_once(one, workload, self.settings.warm_up, cores)
            found = {name: {"rates": [], "cpu": [], "busy": [], "origin": [], "resumed": [], "failed": 0}
                     for name in running}
            for _, name in interleaved(list(running), self.settings.rounds):
                self.add_run(found[name], running[name], workload, origin, cores)
            if workload.latency and self.settings.latency:
                self.add_latency(found, running, workload, cores, record)
            for name, one in running.items():
                if "observed" in workload.variant:
                    found[name]["log"] = {"lines": one.log_lines(), "answered": one.answered}
                found[name]["resident"] = one.process.resident_bytes()
        return found

    def add_run(self, found, running, workload, origin, cores):
        before, origin_before = running.process.cpu_seconds(), origin.process.cpu_seconds()
        outcome = self.run_once(running, workload, self.settings.seconds, cores)
        spent = running.process.cpu_seconds() - before
        found["rates"].append(outcome.rate)
        found["cpu"].append(spent / max(1, outcome.answered) * 1e6)
        found["busy"].append(spent / outcome.seconds / len(cores.proxy))
        found["origin"].append((origin.process.cpu_seconds() - origin_before) / outcome.seconds)
        found["failed"] += outcome.failed
        if workload.kind == "handshakes":
            found["resumed"].append(outcome.resumed / max(1, outcome.answered))

    def add_latency(self, found, running, workload, cores, record):
        """At half of what nginx can do, the same rate for all."""
        reference = found.get("nginx") or next(iter(found.values()))
        rate = int(median(reference["rates"]) / 2)
        record["latency_rate"] = rate
        for _, name in interleaved(list(running), self.settings.rounds):
            shown = load.paced(self.tools, running[name].site.http, workload.path, workload.connections, rate,
                               self.settings.seconds, cores.load[-1:])
            running[name].answered += shown["answered"]
            found[name].setdefault("latency", []).append(shown)

    def probe(self, peer, workload, origin, cores):
        """What does not depend on the machine's mood: instructions and system calls."""
        found = {}
        with self.started(peer, workload, origin, cores) as running:
            self.run_once(running, workload, 1, cores)
            found["system_calls"] = self.system_calls(running, workload, cores)
        if peer.name in COUNTED and not workload.script:
            found["instructions"] = self.instructions(peer, workload, origin, cores)
        return found

    def system_calls(self, running, workload, cores):
        report = running.site.directory / "perf.txt"
        perf = ["perf", "stat", "-x,", "-o", report, "-e", "raw_syscalls:sys_enter", "-p",
                ",".join(map(str, running.process.ids())), "--"]
        outcome = self.run_once(running, workload, PROBE_SECONDS, cores, perf)
        counts = [line.split(",")[0] for line in report.read_text().splitlines() if "raw_syscalls" in line]
        return int(counts[0]) / outcome.answered

    def instructions(self, peer, workload, origin, cores):
        def run(prefix, requests):
            with self.started(peer, workload, origin, cores, {"single"}, prefix) as running:
                load.exactly(running.url(workload.path, workload.tls), requests, workload.connections, cores.load,
                             self.fields(running, workload))
        return instructions_per_request(run, *workload.probes)

    def idle(self, workload, chosen, origin, cores, record):
        """Memory for each idle connection: the difference that they make."""
        found = {}
        for peer in chosen:
            with self.started(peer, workload, origin, cores) as running:
                load.wrk(running.url(workload.path), 1, 1, cores.load)
                before = running.process.resident_bytes()
                with load.idle(running.site.http, workload.connections, cores.load):
                    time.sleep(IDLE_PATIENCE)
                    after = running.process.resident_bytes()
            found[peer.name] = {"before": before, "after": after, "each": (after - before) / workload.connections}
        return found

    def reload(self, workload, chosen, origin, cores, record):
        """Requests that fail while the proxy reads its configuration again, once a second."""
        found = {}
        for peer in (p for p in chosen if p.reload):
            with self.started(peer, workload, origin, cores) as running, reloading(running) as count:
                outcome = self.run_once(running, workload, self.settings.seconds, cores)
            found[peer.name] = {"answered": outcome.answered, "failed": outcome.failed, "reloads": count[0]}
        return found

    def origins(self, workload, chosen, origin, cores, record):
        """The upstream itself, without a proxy, next to nginx in its place."""
        in_its_place = Cores(cores.origin, cores.origin, cores.load)
        with self.started(peers.NGINX_ORIGIN, workload, origin, in_its_place) as nginx:
            urls = {"bench_origin": f"http://127.0.0.1:{origin.port}{workload.path}",
                    "nginx": nginx.url(workload.path)}
            found = {name: {"rates": []} for name in urls}
            for _, name in interleaved(list(urls), self.settings.rounds):
                outcome = load.wrk(urls[name], workload.connections, self.settings.seconds, cores.load)
                found[name]["rates"].append(outcome.rate)
        return found


KINDS = {"requests": Bench.throughput, "handshakes": Bench.throughput, "idle": Bench.idle, "reload": Bench.reload,
         "origins": Bench.origins}


@contextlib.contextmanager
def reloading(running):
    """Reloads the proxy every RELOAD_EVERY seconds while the block runs."""
    done = threading.Event()
    count = [0]

    def work():
        while not done.wait(RELOAD_EVERY):
            running.process.signal(running.peer.reload)
            count[0] += 1

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield count
    finally:
        done.set()
        worker.join()
