"""A running `sluice run`, with a configuration that a test writes as a dictionary (JSON is YAML)."""
import http.client
import json
import os
import re
import signal
import subprocess
import time

from .client import Client
from .ports import Port

sanitized = bool(os.environ.get("SLUICE_SANITIZE"))


def binary():
    return os.environ.get("SLUICE_BINARY") or os.path.join(os.path.dirname(__file__),
                                                           "../../../build/release/sluice")


def merged(base, more):
    """Maps are merged, everything else is replaced; None takes a key away."""
    if not isinstance(base, dict) or not isinstance(more, dict):
        return more
    result = dict(base)
    for key, value in more.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


class Gateway:
    def __init__(self, directory, config, args=(), environment=None, ready=True, ports=None, admin_port=None):
        self.directory = directory
        self.file = os.path.join(directory, "sluice.yaml")
        self.ports = ports or {}
        self.admin_port = admin_port or Port()
        self.write(config)
        self.stdout_path = os.path.join(directory, "stdout")
        self.stderr_path = os.path.join(directory, "stderr")
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.process = subprocess.Popen([binary(), "run", "-c", self.file, *args], stdout=out, stderr=err,
                                            stdin=subprocess.DEVNULL, cwd=directory,
                                            env={**os.environ, **(environment or {})})
        self.ended = self.killed = False
        self.clients = []
        if ready:
            try:
                self.wait_until_ready()
            except BaseException:
                self.kill()
                raise

    # ---- configuration

    def write(self, config):
        """Puts the file in place at once, as an editor or a deployment would."""
        self.config = config
        text = config if isinstance(config, str) else json.dumps(self.complete(config), indent=1)
        with open(self.file + ".new", "w") as out:
            out.write(text)
        os.replace(self.file + ".new", self.file)

    def complete(self, config):
        config = merged({"version": 1, "workers": 2, "admin": {"bind": str(self.admin_port)},
                         "drain": {"accept": "10ms", "finish": "10s"}}, config)
        for name, listener in config["listeners"].items():
            if "bind" not in listener:
                port = self.ports.setdefault(name, Port())
                config["listeners"][name] = {"bind": str(port), **listener}
        return config

    def change(self, **more):
        """Writes a changed configuration; the process has not been told yet."""
        self.write(merged(self.config, more))

    def reload(self, **more):
        """Changes the configuration, sends SIGHUP and waits until it is in force."""
        before = self.version()
        self.change(**more)
        self.signal(signal.SIGHUP)
        self.eventually(lambda: self.version() > before, "the reload is taken")

    def reload_unchanged(self):
        self.signal(signal.SIGHUP)

    def version(self):
        return self.status()["config"]["version"]

    # ---- the process

    @property
    def pid(self):
        return self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def wait_until_ready(self):
        def is_ready():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.stderr()}")
            try:
                return self.admin("/readyz")[0] == 200
            except OSError:
                return False
        self.eventually(is_ready, "the gateway is ready", 60)

    def wait_for_exit(self, timeout=60):
        code = self.process.wait(timeout)
        self.ended = True
        return code

    def stop(self):
        """SIGTERM; the exit code. Whatever happens, the process is gone afterwards."""
        try:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
                try:
                    self.process.wait(60)
                except subprocess.TimeoutExpired:
                    self.process.kill()
                    self.process.wait()
                    raise AssertionError("SIGTERM did not end the gateway: " + self.stderr()) from None
        finally:
            self.ended = True
        return self.process.returncode

    def kill(self):
        """Ends it as a crash would."""
        self.process.kill()
        self.process.wait()
        self.ended = self.killed = True

    def close(self):
        for client in self.clients:
            client.close()
        if not self.ended:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.signal(signal.SIGTERM)
        code = self.stop()
        for port in [*self.ports.values(), self.admin_port]:
            port.close()
        if self.killed:
            return
        if code != 0 or re.search(r"Sanitizer|runtime error:", self.stderr()):
            raise AssertionError(f"the gateway ended with {code}:\n{self.stderr()[-6000:]}")

    def memory(self):
        """Resident, in KiB."""
        with open(f"/proc/{self.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])

    @staticmethod
    def eventually(condition, what, timeout=20):
        until = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"not within {timeout} s: {what}")
            time.sleep(0.01)

    # ---- its clients

    def port(self, listener="main"):
        return self.ports[listener].number

    def connect(self, listener="main", **options):
        self.clients.append(Client(("127.0.0.1", self.port(listener)), **options))
        return self.clients[-1]

    def get(self, target="/", fields="", host="a.example", method="GET", listener="main"):
        with self.connect(listener) as client:
            return client.get(target, fields, host, method)

    def exchange(self, request, listener="main", method="GET"):
        with self.connect(listener) as client:
            return client.send(request).answer(method)

    # ---- what it tells

    def admin(self, path, method="GET", headers=None, body=None):
        """(status, headers, body); a `body` that is no text is sent as JSON."""
        if body is not None and not isinstance(body, str):
            body, headers = json.dumps(body), {"Content-Type": "application/json", **(headers or {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port.number, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def status(self):
        return json.loads(self.admin("/status")[2])

    def endpoint(self, upstream="origin", nth=0):
        return self.status()["upstreams"][upstream]["endpoints"][nth]

    def metrics(self):
        """{(name, frozenset of label pairs): value}"""
        values = {}
        for line in self.admin("/metrics")[2].splitlines():
            if found := re.fullmatch(r"(\w+)(?:\{(.*)\})? ([^ ]+)", line):
                labels = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2] or "")
                values[found[1], frozenset(labels)] = float(found[3])
        return values

    def metric(self, name, /, **labels):
        """The sum of the series that have those labels."""
        wanted = set(labels.items())
        return sum(value for (n, have), value in self.metrics().items() if n == name and wanted <= have)

    def stderr(self):
        with open(self.stderr_path, errors="replace") as text:
            return text.read()

    def log_lines(self, path=None):
        """The access log so far."""
        try:
            with open(path or self.stdout_path) as text:
                return [json.loads(line) for line in text.read().splitlines(True) if line.endswith("\n")]
        except FileNotFoundError:
            return []

    def logged(self, count=1, path=None, **wanted):
        """The first `count` lines whose members are as wanted, once they are there; the only one for count 1."""
        def found():
            return [line for line in self.log_lines(path) if all(line.get(k) == v for k, v in wanted.items())]
        self.eventually(lambda: len(found()) >= count, f"{count} lines with {wanted} in the access log")
        return found()[0] if count == 1 else found()[:count]
