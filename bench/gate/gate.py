"""The gate on speed: counts the gateway's user instructions for each of a few fixed requests and fails when one has
grown by more than TOLERANCE over instructions.json next to this file. --update writes that file.

Instructions repeat where times do not, even on a busy machine. What is left of the clock is small: one connection
with one request after the other, so each has a turn of the loop to itself; one worker; a difference of two runs.
"""
import argparse
import json
import os
import socket
import ssl
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from instructions import available, instructions_per_request  # noqa: E402
from peers import Site, make_certificates, sluice, start  # noqa: E402
from processes import Process, answers, free_port  # noqa: E402
from tokens import token  # noqa: E402

FIGURES = HERE / "instructions.json"
TOLERANCE = 0.03
FEW, MANY = 200, 1200
SKIPPED = 77


@dataclass(frozen=True)
class Case:
    name: str
    path: str
    tls: bool = False
    status: int = 200
    body: bytes = b""
    token: str = None    # the algorithm of the one that it carries
    variant: str = None  # of the configuration, besides the gate's own


ITEM = (HERE.parent / "load/item.json").read_bytes()
NOTE = (HERE.parent / "load/note.json").read_bytes()

CASES = (Case("plain", "/128"), Case("tls", "/128", tls=True), Case("body-16k", "/16384"),
         Case("not-found", "/no/route", status=404), Case("post-1k", "/128", body=ITEM),
         Case("jwt", "/128", token="RS256", variant="rs256"), Case("limit", "/128", variant="limit"),
         # A request with a token and a body, on a route without filters and on one that looks at both.
         Case("bare", "/128", body=ITEM, token="RS256"), Case("bare-text", "/128", body=NOTE, token="RS256"),
         Case("guarded", "/128", body=ITEM, token="RS256", variant="guarded"),
         Case("guarded-text", "/128", body=NOTE, token="RS256", variant="guarded-text"),
         # What a stored answer of 1 KiB costs, and the same bytes from a route that answers by itself.
         Case("respond-1k", "/kilobyte", variant="respond"), Case("hit-1k", "/1024", variant="hit"))


def connect(site, tls):
    connection = socket.create_connection(("127.0.0.1", site.tls if tls else site.http), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not tls:
        return connection
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection)


def request_of(case, signed):
    """The request's bytes: always the same."""
    lines = [f"{'POST' if case.body else 'GET'} {case.path} HTTP/1.1", "Host: gateway.test", "User-Agent: gate"]
    if signed:
        lines.append(f"Authorization: Bearer {signed}")
    if case.body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(case.body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + case.body


def ask(connection, case, request):
    """One request, its whole answer read."""
    connection.sendall(request)
    answer = b""
    while True:
        received = connection.recv(65536)
        if not received:
            raise RuntimeError(f"{case.name}: the connection ended after {answer[:80]!r}")
        answer += received
        head, end, body = answer.partition(b"\r\n\r\n")
        if end and len(body) >= content_length(head):
            return int(head.split()[1])


def content_length(head):
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def send(site, case, requests, signed):
    request = request_of(case, signed)
    with connect(site, case.tls) as connection:
        for _ in range(requests):
            status = ask(connection, case, request)
            if status != case.status:
                raise RuntimeError(f"{case.name}: {status} instead of {case.status}")


def measure(case, peer, tools, directory, origin):
    core = sorted(os.sched_getaffinity(0))[:1]
    certificates = directory / "certificates"
    signed = token(case.token, Site.secret, certificates / "rsa.key") if case.token else None

    def run(prefix, requests):
        site = Site(Path(tempfile.mkdtemp(dir=directory)), certificates, origin, core)
        with start(peer, site, {"observed", "gate", case.variant or "gate"}, tools, prefix):
            send(site, case, requests, signed)

    return round(instructions_per_request(run, FEW, MANY))


def measure_all(program, tools):
    with tempfile.TemporaryDirectory(prefix="sluice-gate-") as name:
        directory = Path(name)
        make_certificates(directory / "certificates")
        port = free_port()
        with Process([tools / "bench_origin", str(port)], os.sched_getaffinity(0)) as origin:
            origin.wait_until(lambda: answers(port))
            return {case.name: measure(case, sluice(program), tools, directory, port) for case in CASES}


def compare(found, kept):
    """Prints each figure next to the one that is kept; gives the names of those that grew too much."""
    grown, shrunk = [], []
    for name, figure in found.items():
        change = figure / kept.get(name, figure) - 1
        grown += [name] if change > TOLERANCE or name not in kept else []
        shrunk += [name] if change < -TOLERANCE else []
        print(f"{name:12} {figure:8,} instructions a request, kept {kept.get(name, 0):8,} {change:+8.1%}")
    if shrunk:
        print(f"cheaper than {FIGURES.name} says: {', '.join(shrunk)}. Keep that with the target update_instructions.")
    return grown


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", type=Path, required=True)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--update", action="store_true", help="keep what is measured now")
    parser.add_argument("--skip", metavar="WHY")
    given = parser.parse_args()
    why = given.skip or (None if available() else "valgrind is not installed")
    if why:
        print(f"skipped: {why}")
        return SKIPPED
    found = measure_all(given.sluice, given.tools)
    if given.update:
        FIGURES.write_text(json.dumps(found, indent=2) + "\n")
        return print(f"kept in {FIGURES.name}: {found}")
    grown = compare(found, json.loads(FIGURES.read_text()))
    if grown:
        print(f"more than {TOLERANCE:.0%} over {FIGURES.name}: {', '.join(grown)}. Make it cheaper or, if it is worth\n"
              "it, build the target update_instructions and say in the commit what the price buys.")
    return 1 if grown else 0


sys.exit(main())
