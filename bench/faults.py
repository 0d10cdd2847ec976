"""Servers fail under a constant load: how many requests are lost, and how long those that are answered take.

    python3 bench/faults.py build/release/sluice            # exits 1 where a request was lost or the p99 stays up
    python3 bench/faults.py build/release/sluice --slow     # one slow server, a table of the policies

Two lives of an upstream with five servers. In the first, one of them is killed, one is stopped and one begins to answer
500 to half of what it gets, all at once. In the second all are restarted, one after the other. The load is GET at a
fixed rate, one in ten over a new connection; what a request waited counts from when it was due.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from processes import Process, answers, free_port

CONNECTIONS, EACH, SLICE = 64, 10, 0.25
HEALTHY = 10  # seconds before anything happens: the retry budget looks back so far
SICK = 15
SLOW = "20ms"
POLICIES = ("round_robin", "random", "least_request", "peak_ewma")

CONFIG = """
version: 1
workers: 1
listeners: {{ main: {{ bind: "127.0.0.1:{gateway}" }} }}
telemetry: {{ access_log: {{ path: "{folder}/access.log" }} }}
upstreams:
  app:
    endpoints: [{endpoints}]
    balance: {balance}
    connect_timeout: 100ms
    health: {{ path: /1, interval: 200ms, timeout: 100ms, rise: 2, fall: 2 }}
    outlier: {{ consecutive_5xx: 3, success_rate: 85%, min_requests: 50, eject: 10s, max_ejected: 60% }}
routes:
  all:
    match: "/**"
    timeout: 2s
    retry: {{ attempts: 5, on: [connect, reset, timeout, 5xx], per_try: 50ms, backoff: 0s, budget: 20% }}
    to: app
"""


class Site:
    """Five servers, and a gateway in front of them."""

    def __init__(self, binary, tools, balance, folder, slow=False):
        self.binary, self.tools, self.cores = binary, tools, sorted(os.sched_getaffinity(0))
        self.ports = [free_port() for _ in range(5)]
        self.port = free_port()
        self.running = []  # all that was ever started
        try:
            self.start(balance, folder, slow)
        except BaseException:
            self.__exit__()
            raise

    def start(self, balance, folder, slow):
        self.servers = [self.serve(port, slow and port == self.ports[0]) for port in self.ports]
        file = folder / "sluice.yaml"
        endpoints = ", ".join(f'"http://127.0.0.1:{port}"' for port in self.ports)
        file.write_text(CONFIG.format(gateway=self.port, folder=folder, endpoints=endpoints, balance=balance))
        gateway = Process([self.binary, "run", "-c", str(file)], self.cores[:1], folder / "gateway.log")
        self.running.append(gateway)
        gateway.wait_until(lambda: answers(self.port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            if process.child.poll() is None:
                process.signal(signal.SIGCONT)
            process.stop()

    def serve(self, port, slow=False):
        command = [str(self.tools / "bench_origin"), str(port)]
        if slow:
            command = [self.binary, "echo", "--bind", f"127.0.0.1:{port}", "--delay", SLOW]
        server = Process(command, self.cores[1:2])
        self.running.append(server)
        server.wait_until(lambda: answers(port))
        return server

    def fail(self):
        killed, stopped, failing = self.servers[:3]
        killed.signal(signal.SIGKILL)
        stopped.signal(signal.SIGSTOP)
        failing.signal(signal.SIGUSR1)

    def restart_all(self):
        for i, port in enumerate(self.ports):
            self.servers[i].stop()
            self.servers[i] = self.serve(port)
            time.sleep(1.5)  # as an orchestrator does that waits until a server counts as healthy

    def load(self, rate, seconds, after=0, event=lambda: None):
        timer = threading.Timer(after, event)
        timer.start()
        command = [self.tools / "bench_paced", self.port, "/128", CONNECTIONS, rate, seconds, EACH, SLICE]
        done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, check=True, text=True,
                              preexec_fn=lambda: os.sched_setaffinity(0, self.cores[2:3] or self.cores))
        timer.join()
        return json.loads(done.stdout)


def median(values):
    return sorted(values)[len(values) // 2]


def over(slices, bound):
    """How many of them took longer: some do before anything has happened, on a machine that others use too."""
    return f"{sum(s['p99'] > bound for s in slices)} of {len(slices)}"


def tell(name, result):
    total = result["answered"] + result["failed"] if result["answered"] < result["failed"] else result["answered"]
    good = 100 * (1 - result["failed"] / total)
    print(f"{name}: {total} requests, {result['failed']} failed, {good:.4f} % answered well")
    return good


def faults(site, rate):
    result = site.load(rate, HEALTHY + SICK, HEALTHY, site.fail)
    slices = result["slices"]
    well = tell("one killed, one stopped, one failing", result)
    healthy = slices[int(2 / SLICE):int(HEALTHY / SLICE)]
    later = slices[int((HEALTHY + 1) / SLICE):int((HEALTHY + SICK) / SLICE)]
    before, first, after = (median([s["p99"] for s in part]) for part in (healthy, later[:int(1 / SLICE)], later))
    print(f"  p99 {before:.0f} us before, {first:.0f} us in the second second, {after:.0f} us from then on; "
          f"over twice the healthy one: {over(healthy, 2 * before)} slices before, {over(later, 2 * before)} after")
    for i in range(int(HEALTHY / SLICE) - 1, int((HEALTHY + 2) / SLICE)):
        s = slices[i]
        print(f"  {i * SLICE - HEALTHY:+.2f} s: {s['answered']} answered, {s['failed']} failed, p50 {s['p50']:.0f}, "
              f"p99 {s['p99']:.0f}, max {s['max']:.0f} us")
    return well >= 99.99 and max(first, after) <= 2 * before


def restarts(site, rate):
    result = site.load(rate, 14, 2, site.restart_all)
    tell("all restarted one by one", result)
    return result["failed"] == 0


def slow(asked, tools):
    print("| policy | p50 | p99 | p99.9 |\n|---|---|---|---|")
    for policy in POLICIES:
        with tempfile.TemporaryDirectory(prefix="sluice-slow-") as name:
            with Site(asked.binary, tools, policy, Path(name), slow=True) as site:
                site.load(asked.rate, 1)
                seen = site.load(asked.rate, 8)
        milliseconds = (f"{seen[share] / 1000:.2f} ms" for share in ("p50", "p99", "p99.9"))
        print(f"| `{policy}` | {' | '.join(milliseconds)} |" + (f" {seen['failed']} failed" if seen["failed"] else ""))
    return True


def all_lives(asked, tools):
    good = True
    for life in (faults, restarts):
        with tempfile.TemporaryDirectory(prefix="sluice-faults-") as name:
            with Site(asked.binary, tools, asked.balance, Path(name)) as site:
                good &= life(site, asked.rate)
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--rate", type=int, default=2000, help="requests a second")
    parser.add_argument("--balance", default="least_request")
    parser.add_argument("--slow", action="store_true", help="one slow server instead, a table of policies")
    asked = parser.parse_args()
    tools = Path(asked.binary).resolve().parent / "bench/tools"
    return 0 if (slow if asked.slow else all_lives)(asked, tools) else 1


if __name__ == "__main__":
    sys.exit(main())
