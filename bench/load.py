"""The clients: each runs for a while against one proxy and says how many answers it got."""
import contextlib
import json
import math
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from processes import pinned

SCRIPTS = Path(__file__).parent / "load"


@dataclass(frozen=True)
class Outcome:
    answered: int
    failed: int       # refused, broken, timed out, or answered with anything but 2xx and 3xx
    seconds: float
    resumed: int = 0  # TLS sessions, of those answered

    @property
    def rate(self):
        return self.answered / self.seconds


def run(command, cores, prefix=()):
    """Runs a client to its end on these cores; gives its output."""
    done = subprocess.run([*prefix, *map(str, command)], preexec_fn=pinned(cores), capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def wrk(url, connections, seconds, cores, script=None, prefix=(), fields=()):
    """Keep-alive requests as fast as they are answered, for whole seconds. `script`: a file of bench/load, arguments;
    `fields`: "Name: value" of every request."""
    extra = ["-s", SCRIPTS / script[0], url, "--", *script[1:]] if script else [url]
    threads = min(len(cores), connections)
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{math.ceil(seconds)}s",
               *with_fields(fields), *extra]
    return parse_wrk(run(command, cores, prefix))


def with_fields(fields):
    return [word for field in fields for word in ("-H", field)]


def parse_wrk(text):
    def number(pattern):
        found = re.search(pattern, text)
        return int(found[1]) if found else 0
    answered, took, unit = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", text).groups()
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    refused = number(r"Non-2xx or 3xx responses: (\d+)")
    return Outcome(answered=int(answered), failed=refused + sum(map(int, errors.groups() if errors else ())),
                   seconds=float(took) * {"ms": 0.001, "s": 1, "m": 60}[unit])


def handshakes(tools, port, slots, seconds, cores, kind):
    """TLS connections with one request each, `full` or `resumed`: a client on each core."""
    command = [tools / "bench_handshakes", port, max(1, slots // len(cores)), seconds, kind]
    with ThreadPoolExecutor(len(cores)) as clients:
        shown = [json.loads(text) for text in clients.map(lambda core: run(command, [core]), cores)]
    return Outcome(answered=sum(s["handshakes"] for s in shown), failed=sum(s["failed"] for s in shown),
                   seconds=seconds, resumed=sum(s["resumed"] for s in shown))


def paced(tools, port, path, connections, rate, seconds, cores):
    """A fixed rate, latencies from each request's due time: {answered, failed, p50, p99, p99.9, max} in µs."""
    return json.loads(run([tools / "bench_paced", port, path, connections, rate, seconds], cores))


def exactly(url, count, connections, cores, fields=()):
    """Exactly so many requests over HTTP/1.1, with h2load."""
    text = run(["h2load", "--h1", "-n", count, "-c", connections, "-t", 1, *with_fields(fields), url], cores)
    answered = int(re.search(r"(\d+) 2xx", text)[1])
    if answered != count:
        raise RuntimeError(f"{answered} of {count} requests were answered:\n{text}")


@contextlib.contextmanager
def idle(port, count, cores):
    """Holds so many idle keep-alive connections, each of which has had one answer, while the block runs."""
    command = ["python3", Path(__file__).parent / "idle.py", port, count]
    child = subprocess.Popen(list(map(str, command)), preexec_fn=pinned(cores), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    try:
        if child.stdout.readline().strip() != "ready":
            raise RuntimeError(f"no {count} connections to port {port}")
        yield
    finally:
        child.kill()
        child.communicate()
