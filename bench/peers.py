"""The proxies that are compared: how each is configured, started, reloaded and asked for its log.

    with start(PEERS["nginx"], site, {"observed"}) as nginx:
        load.wrk(nginx.url("/128"), ...)
"""
import contextlib
import re
import shutil
import signal
import string
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from processes import Process, answers, free_port

HERE = Path(__file__).parent
class Template(string.Template):
    delimiter = "@"


@dataclass(frozen=True)
class Peer:
    """A proxy. Its configuration is bench/peers/TEMPLATE; `command` starts it in the foreground."""
    name: str
    template: str
    command: tuple
    version: tuple
    single: tuple = ()       # the command for one process, where it has others besides its worker
    environment: dict = field(default_factory=dict)
    reload: int = None       # the signal that makes it read its configuration again
    log: str = "file"        # file | udp | none

    def installed(self):
        return shutil.which(self.command[0]) is not None

    def ports(self, site):
        """Those that it listens on for clients."""
        return [site.http, site.tls] if "@{tls}" in (HERE / "peers" / self.template).read_text() else [site.http]


@dataclass
class Site:
    """What a started proxy is told: where to listen, what is behind it, and the cores it has."""
    directory: Path
    certificates: Path
    origin: int
    cores: list
    routes: int = 10
    secret: str = "secretsecretsecretsecretsecret12"
    redis: int = 0           # the port of the server that keeps the limits

    def __post_init__(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        self.http, self.tls, self.admin, self.sink = (free_port() for _ in range(4))

    def fields(self):
        return {"dir": self.directory, "certs": self.certificates, "origin": self.origin, "cores": len(self.cores),
                "http": self.http, "tls": self.tls, "admin": self.admin, "sink": self.sink, "secret": self.secret,
                "bench": HERE, "redis": self.redis}


def sluice(path):
    return Peer("sluice", "sluice.yaml", (str(path), "run", "-c", "@{config}"), (str(path), "--version"),
                reload=signal.SIGHUP)


OTHERS = (
    Peer("nginx", "nginx.conf", ("nginx", "-e", "@{dir}/error.log", "-p", "@{dir}", "-c", "@{config}"),
         ("nginx", "-v"), reload=signal.SIGHUP),
    Peer("haproxy", "haproxy.cfg", ("haproxy", "-W", "-db", "-f", "@{config}"), ("haproxy", "-v"),
         single=("haproxy", "-db", "-f", "@{config}"), reload=signal.SIGUSR2, log="udp"),
    Peer("h2o", "h2o.conf", ("h2o", "-c", "@{config}"), ("h2o", "--version")),
    Peer("caddy", "Caddyfile", ("caddy", "run", "--adapter", "caddyfile", "--config", "@{config}"),
         ("caddy", "version"), environment={"GOMAXPROCS": "@{cores}", "HOME": "@{dir}"}),
    Peer("varnish", "varnish.vcl", ("varnishd", "-F", "-j", "none", "-a", "127.0.0.1:@{http}", "-f", "@{config}",
                                    "-s", "malloc,256m", "-n", "@{dir}/varnish"), ("varnishd", "-V"), log="none"),
)

NGINX_ORIGIN = Peer("nginx-origin", "nginx-origin.conf", OTHERS[0].command, OTHERS[0].version, log="none")


def fill(text, fields):
    return Template(text).substitute({name: str(value) for name, value in fields.items()})


MARK = re.compile(r"\s*#: ([!\w -]+)$")


def keep(line, variant):
    """A template's line for this variant, or None: see the first line of bench/peers/nginx.conf."""
    mark = MARK.search(line)
    if not mark:
        return line
    words = mark[1].split()
    wanted = {word for word in words if not word.startswith("!")}
    unwanted = {word[1:] for word in words if word.startswith("!")}
    if (wanted and not variant & wanted) or variant & unwanted:
        return None
    return line[:mark.start()]


def configuration(peer, fields, variant):
    lines = (HERE / "peers" / peer.template).read_text().splitlines()
    kept = (keep(line, variant) for line in lines)
    return fill("\n".join(line for line in kept if line is not None) + "\n", fields)


def write_routes(directory, count):
    """The files of many routes, for the peers that include one: /svc-0/ to /svc-(COUNT-1)/."""
    names = [f"svc-{i}" for i in range(count)]
    (directory / "routes.conf").write_text("".join(f"location /{n}/ {{ proxy_pass http://origin; }}\n" for n in names))
    (directory / "routes.map").write_text("".join(f"{n} origin\n" for n in names))
    (directory / "routes.yaml").write_text(
        "routes:\n" + "".join(f'  {n}: {{ match: "/{n}/**", to: origin }}\n' for n in names))


class Running:
    """A proxy at work."""

    def __init__(self, peer, site, process, sink):
        self.peer, self.site, self.process, self.sink = peer, site, process, sink
        self.answered = 0  # what the clients were told so far; each is a line in the log

    def url(self, path, tls=False):
        return f"https://127.0.0.1:{self.site.tls}{path}" if tls else f"http://127.0.0.1:{self.site.http}{path}"

    def log_lines(self):
        """Lines of its access log so far, flushed; None when it keeps none."""
        time.sleep(1.5)
        if self.sink:
            self.sink.signal(signal.SIGUSR1)
            return int(self.sink.child.stdout.readline())
        path = self.site.directory / "access.log"
        return count_lines(path) if self.peer.log == "file" and path.exists() else None


def count_lines(path):
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


@contextlib.contextmanager
def start(peer, site, variant, tools, prefix=(), sink_cores=None):
    """Runs the proxy until the block ends; `prefix` is a command that runs it, such as valgrind."""
    fields = site.fields()
    write_routes(site.directory, site.routes)
    fields["config"] = site.directory / peer.template
    fields["config"].write_text(configuration(peer, fields, variant))
    command = peer.single if "single" in variant and peer.single else peer.command
    environment = {name: fill(value, fields) for name, value in peer.environment.items()}
    with contextlib.ExitStack() as stack:
        sink = None
        if peer.log == "udp" and variant & {"observed", "everything"}:
            sink = stack.enter_context(Process([tools / "bench_sink", str(site.sink)], sink_cores or site.cores,
                                               stdout=subprocess.PIPE))
        process = stack.enter_context(Process([*prefix, *(fill(word, fields) for word in command)], site.cores,
                                              site.directory / "output.log", environment))
        process.wait_until(lambda: all(map(answers, peer.ports(site))), patience=60 if prefix else 15)
        yield Running(peer, site, process, sink)


def version(peer):
    """The program's own words, cut to its number."""
    shown = subprocess.run(peer.version, capture_output=True, text=True, check=False)
    first = (shown.stdout + shown.stderr).strip().splitlines()[:1]
    found = re.search(r"\d+\.\d[\w.+~-]*", first[0] if first else "")
    return found[0] if found else "unknown"


def make_certificates(directory):
    """A P-256 certificate for TLS and an RSA key for tokens."""
    directory.mkdir(parents=True, exist_ok=True)
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", "/CN=localhost", "-keyout", "ec.key", "-out", "ec.crt")
    openssl("genrsa", "-out", "rsa.key", "2048")
    openssl("rsa", "-in", "rsa.key", "-pubout", "-out", "rsa.pub")
    (directory / "ec.pem").write_text((directory / "ec.crt").read_text() + (directory / "ec.key").read_text())
    return directory
