"""A million requests while health flaps and the configuration is reloaded: nobody may notice.

    python3 bench/soak.py build/release/sluice 1000000
"""

import http.server
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

RELOADS = 10
FLAP = 1.5  # seconds between two changes of the flapping endpoint's health
GROWTH = 8 * 1024  # KiB that resident memory may grow by between the warm-up's end and the last request

CONFIG = """
version: 1
workers: 2
listeners:
  plain: {{ bind: "127.0.0.1:{plain}" }}
  secure: {{ bind: "127.0.0.1:{secure}", tls: {{ certificates: self-signed }} }}
admin: {{ bind: "127.0.0.1:{admin}" }}
telemetry: {{ access_log: {{ path: "{folder}/access.log" }} }}
upstreams:
  steady:
    endpoints: ["http://127.0.0.1:{one}", "http://127.0.0.1:{two}"]
    health: {{ path: /healthz, interval: 500ms, timeout: 400ms }}
  flapping:
    endpoints: ["http://127.0.0.1:{one}", "http://127.0.0.1:{two}"]
    health: {{ path: /, port: {health}, interval: 200ms, timeout: 150ms, rise: 1, fall: 1 }}
  fallback: {{ endpoints: ["http://127.0.0.1:{two}"] }}
routes:
  steady: {{ match: "/steady/**", to: steady }}
  mixed: {{ match: "/mixed/**", to: [{{ upstream: steady, weight: {weight} }}, {{ upstream: fallback, weight: 1 }}] }}
  flapping: {{ match: "/flapping/**", to: flapping }}
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Health(http.server.BaseHTTPRequestHandler):
    """Answers 200 and 503 in turns, for as long as FLAP says."""

    def do_GET(self):
        well = int(time.monotonic() / FLAP) % 2 == 0
        self.send_response(200 if well else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def resident(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


def wait_until(ready, seconds=30):
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise SystemExit("soak: not ready in time")
        time.sleep(0.05)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Load:
    """h2load on one URL; the counts are in its last lines."""

    def __init__(self, url, requests):
        self.requests = requests
        self.process = subprocess.Popen(
            ["h2load", "--h1", "-n", str(requests), "-c", "32", "-t", "1", url],
            stdout=subprocess.PIPE, text=True)

    def failures(self):
        out = self.process.communicate()[0]
        good = int(re.search(r"status codes: (\d+) 2xx", out).group(1))
        return self.requests - good, out


def run_load(urls, requests):
    loads = [Load(url, requests // len(urls)) for url in urls]
    results = [load.failures() for load in loads]
    for (failed, out), url in zip(results, urls):
        if failed:
            print(f"{url}: {failed} failed\n{out}")
    return sum(failed for failed, _ in results)


def soak(binary, total, folder, processes):
    names = ["plain", "secure", "admin", "one", "two", "health"]
    ports = dict(zip(names, free_ports(len(names))))
    file = pathlib.Path(folder, "sluice.yaml")

    def configure(weight):
        file.write_text(CONFIG.format(folder=folder, weight=weight, **ports))

    health = http.server.ThreadingHTTPServer(("127.0.0.1", ports["health"]), Health)
    threading.Thread(target=health.serve_forever, daemon=True).start()
    for name in ("one", "two"):
        processes.append(subprocess.Popen([binary, "echo", "--bind", f"127.0.0.1:{ports[name]}"],
                                          stderr=subprocess.DEVNULL))
        wait_until(lambda: listens(ports[name]))
    configure(1)
    log = open(pathlib.Path(folder, "gateway.log"), "w+")
    gateway = subprocess.Popen([binary, "run", "-c", str(file)], stderr=log)
    processes.append(gateway)
    wait_until(lambda: listens(ports["plain"]))

    base = [f"http://127.0.0.1:{ports['plain']}", f"https://127.0.0.1:{ports['secure']}"]
    urls = [b + path for b in base for path in ("/steady/a", "/mixed/b")]
    failed = run_load(urls, total // 10)
    before = resident(gateway.pid)

    done = threading.Event()
    reloads = threading.Thread(target=reload_now_and_then, args=(gateway.pid, configure, done))
    reloads.start()
    began = time.monotonic()
    failed += run_load(urls, total - total // 10)
    took = time.monotonic() - began
    done.set()
    reloads.join()
    after = resident(gateway.pid)

    page = subprocess.run(["curl", "-s", f"http://127.0.0.1:{ports['admin']}/metrics"],
                          stdout=subprocess.PIPE, text=True).stdout
    reloaded = re.search(r'sluice_config_reloads_total\{result="\w*(?:ok|success)\w*"\} (\d+)', page)
    gateway.send_signal(signal.SIGTERM)
    code = gateway.wait(60)
    log.seek(0)
    text = log.read()
    flaps = text.count("unhealthy")
    print(f"requests {total}, failed {failed}, {took:.0f} s, reloads {reloaded.group(1) if reloaded else '?'}, "
          f"health changes {flaps}, resident {before} -> {after} KiB, exit code {code}")
    if "Sanitizer" in text or "runtime error" in text:
        print(text[-20000:])
        return 1
    grown = after - before > GROWTH and "asan" not in binary and "tsan" not in binary
    return 1 if failed or grown or code != 0 else 0


def reload_now_and_then(pid, configure, done):
    for n in range(RELOADS):
        if done.wait(1.0):
            return
        configure(n + 2)
        os.kill(pid, signal.SIGHUP)


def main():
    binary, total = sys.argv[1], int(sys.argv[2])
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            return soak(binary, total, folder, processes)
        finally:
            for p in processes:
                if p.poll() is None:
                    p.terminate()
                    p.wait(10)


if __name__ == "__main__":
    sys.exit(main())
