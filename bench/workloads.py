"""What is measured, against whom, and what is aimed at."""
from dataclasses import dataclass, field, replace

PAIR = ("sluice", "nginx", "haproxy")
ALL = (*PAIR, "h2o", "caddy")
COUNTS = (1280, 3840)
FEW_COUNTS = (128, 384)  # for bodies of a MB, under Valgrind


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    kind: str = "requests"       # requests | handshakes | idle | reload | origins
    peers: tuple = PAIR
    cores: int = 1               # that the proxy has
    connections: int = 64
    path: str = "/128"
    tls: bool = False
    script: tuple = ()           # a file of bench/load and its arguments
    token: str = None            # the algorithm of the token that every request carries
    variant: frozenset = frozenset({"observed"})
    routes: int = 10
    resumed: bool = False        # handshakes
    latency: bool = False        # percentiles at half of nginx's rate, too
    probes: tuple = ()           # instructions and system calls, too: the two numbers of requests to count with
    quick: bool = False
    targets: dict = field(default_factory=dict)  # peer: the least ratio of rates that is aimed at

    def with_cores(self, cores):
        return replace(self, name=f"{self.name}-{cores}cores", title=f"{self.title}, {cores} cores", cores=cores,
                       peers=PAIR, latency=False, probes=(), quick=False)


def observed(*more):
    return frozenset({"observed", *more})


def keep_alive():
    for tls, goals in ((False, {"nginx": 1.4, "haproxy": 1.2}), (True, {"nginx": 1.4, "haproxy": 1.25})):
        few = {"targets": {"nginx": 1.1, "haproxy": 1.1}, "quick": not tls}
        main = {"targets": goals, "quick": True, "probes": COUNTS, "peers": PAIR if tls else ALL}
        for connections, more in ((8, few), (64, main), (256, {})):
            word = "TLS" if tls else "plain"
            yield Workload(f"{word.lower()}-{connections}", f"GET 128 B, {word}, {connections} connections",
                           connections=connections, tls=tls, latency=not tls, **more)


def bodies():
    for name, path, goal in (("1k", "/1024", None), ("16k", "/16384", 1.4), ("1m", "/1048576", 1.2)):
        yield Workload(f"down-{name}", f"GET {name.upper()}B", path=path, quick=name != "1k",
                       latency=name == "16k", probes=FEW_COUNTS if name == "1m" else COUNTS,
                       targets={"nginx": goal, "haproxy": goal} if goal else {})
    yield Workload("up-1m", "POST 1MB", script=("upload.lua",), variant=observed("upload"), probes=FEW_COUNTS,
                   targets={"nginx": 1.2, "haproxy": 1.2})


def handshakes():
    for resumed in (False, True):
        word = "resumed" if resumed else "full"
        yield Workload(f"handshake-{word}", f"TLS 1.3 handshake, {word}", kind="handshakes", tls=True, resumed=resumed,
                       variant=observed(*(["resumed"] if resumed else [])), quick=not resumed,
                       targets={"nginx": 1.0, "haproxy": 1.0})


def many_routes():
    for count in (10, 10_000):
        yield Workload(f"routes-{count}", f"{count:,} routes", script=("routes.lua", str(count)), routes=count,
                       variant=observed("routes"))


def guarded():
    """What stands between a request and its upstream: tokens, limits, all of it together."""
    for algorithm, goal in (("HS256", 1.3), ("RS256", 2.0)):
        name = algorithm.lower()
        yield Workload(f"jwt-{name}", f"JWT, {algorithm}", peers=("sluice", "haproxy"), token=algorithm,
                       variant=observed(name), probes=COUNTS, targets={"haproxy": goal})
    yield Workload("rate-limit", "Rate limit for each address", variant=observed("limit"), probes=COUNTS)
    yield Workload("everything", "Log, metrics, id, limit, JWT, retries", peers=("sluice", "haproxy"), token="HS256",
                   variant=observed("everything"), probes=COUNTS, targets={"haproxy": 1.3})
    for name, title in (("redis", "Rate limit through Redis"), ("leases", "Rate limit through Redis, with leases")):
        yield Workload(f"{name}-limit", title, peers=("sluice",), variant=observed(name))


def stored():
    """Answers from memory; the origin is asked once."""
    for name, title, path in (("1k", "1 KB", "/1024"), ("64k", "64 KB", "/65536")):
        yield Workload(f"cache-{name}", f"Cache hit {title}", peers=("sluice", "nginx", "haproxy", "varnish"), path=path,
                       variant=observed("cache"), quick=name == "1k", probes=COUNTS,
                       targets={"nginx": 2.0, "haproxy": 1.4, "varnish": 1.4})


def workloads():
    main = [*keep_alive(), *handshakes(), *bodies()]
    one_core = [*main, Workload("bare-64", "GET 128 B, plain, 64 connections, nobody logs", variant=frozenset()),
                *many_routes(), *guarded(), *stored()]
    two_cores = [workload.with_cores(2) for workload in main]
    other = [Workload("idle", "9,000 idle keep-alive connections", kind="idle", connections=9000),
             Workload("reload", "Reload under load", kind="reload"),
             Workload("origins", "The upstream alone", kind="origins", peers=("nginx",), variant=frozenset())]
    return [*one_core, *two_cores, *other]
