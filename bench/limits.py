#!/usr/bin/env python3
"""What a rate limit costs: the same requests without one, with buckets in memory, in Redis, and in Redis with leases.

    bench/limits.py --binary build/release/sluice [--seconds 5] [--rounds 3] [--connections 64]

One gateway process with one worker on core 0, Redis on core 1, wrk on the others; every request is answered by the
gateway itself, so the difference between two lines is the limit. Each round measures all of them, one after the other;
the figures are medians. Closed loop: latency is what these clients saw at full speed, and at one connection what a
single request waits.
"""
import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import tempfile
import time

KINDS = {
    "none": None,
    "memory": {"store": "memory"},
    "redis": {"store": "redis"},
    "redis, leases": {"store": "redis", "leases": True},
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(cores, command, **more):
    return subprocess.Popen(["taskset", "-c", cores, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            **more)


def until_open(port):
    for _ in range(500):
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port}")


def configuration(port, redis):
    policies, routes = {}, {}
    for name, settings in KINDS.items():
        path = "/" + name.replace(", ", "-")
        routes[path[1:]] = {"match": path, "respond": {"status": 200, "body": "ok"}}
        if settings:
            policies[path[1:]] = {"rate_limit": {"key": ["client.ip"], "rate": "10000000/s", "burst": 10000000, **settings}}
            routes[path[1:]]["use"] = [path[1:]]
    return {"version": 1, "workers": 1, "listeners": {"main": {"bind": f"127.0.0.1:{port}"}},
            "redis": {"url": f"redis://127.0.0.1:{redis}", "timeout": "100ms"},
            "telemetry": {"access_log": "off"}, "policies": policies, "routes": routes}


def wrk(cores, port, name, connections, seconds):
    """(requests a second, milliseconds at the median, at 99 %)"""
    said = subprocess.run(["taskset", "-c", cores, "wrk", "--latency", "-t", str(min(2, connections)), "-c", str(connections),
                           "-d", f"{seconds}s", f"http://127.0.0.1:{port}/{name.replace(', ', '-')}"],
                          capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(f"{name}: requests were refused\n{said}")
    unit = {"us": 0.001, "ms": 1, "s": 1000}

    def percentile(p):
        number, word = re.search(rf"{p}%\s+([\d.]+)(us|ms|s)", said).groups()
        return float(number) * unit[word]
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), percentile(50), percentile(99)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="build/release/sluice")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    last = (os.cpu_count() or 4) - 1
    port, redis_port = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="sluice-limits-") as directory:
        file = os.path.join(directory, "sluice.yaml")
        with open(file, "w") as out:
            json.dump(configuration(port, redis_port), out)
        running = [pinned("1", ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "",
                                "--dir", directory])]
        try:
            until_open(redis_port)
            running.append(pinned("0", [options.binary, "run", "-c", file]))
            until_open(port)
            for connections in (options.connections, 1):
                measure(options, f"2-{last}", port, connections)
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait()


def measure(options, cores, port, connections):
    seen = {name: [] for name in KINDS}
    for _ in range(options.rounds):
        for name in KINDS:
            seen[name].append(wrk(cores, port, name, connections, options.seconds))
    print(f"\n| {connections} connection{'s' if connections > 1 else ''} | decisions/s | median | 99 % |\n|---|---|---|---|")
    for name, rounds in seen.items():
        rate, middle, high = (statistics.median(column) for column in zip(*rounds))
        print(f"| {name} | {rate:,.0f} | {middle:.3f} ms | {high:.3f} ms |", flush=True)


if __name__ == "__main__":
    main()
