"""A real dnsmasq of the test's own, on a port of loopback.

    dns = Dns(directory)
    dns.answer(srv=[("_http._tcp.orders.internal", "a.orders.internal", 9001, 10, 60)],
               hosts={"a.orders.internal": "127.0.0.1"}, ttl=1)      # it is started anew: that is how it learns
    dns.kill()
"""
import os
import shutil
import socket
import struct
import subprocess

from .gateway import Gateway

BINARY = shutil.which("dnsmasq") or "/usr/sbin/dnsmasq"


class Dns:
    def __init__(self, directory):
        self.file = os.path.join(directory, "dnsmasq.conf")
        self.log = os.path.join(directory, "dnsmasq.log")
        self.process = None
        while True:  # until both kinds have the same port
            with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                tcp.bind(("127.0.0.1", 0))
                self.port = tcp.getsockname()[1]
                try:
                    udp.bind(("127.0.0.1", self.port))
                    break
                except OSError:
                    pass

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def answer(self, srv=(), hosts=None, ttl=1):
        """From now on this and nothing else: what is not here is no name."""
        self.kill()
        lines = [f"port={self.port}", "listen-address=127.0.0.1", "bind-interfaces", "no-resolv", "no-hosts",
                 "local=/internal/", f"local-ttl={ttl}", "pid-file=", "user=root", "group="]
        lines += ["srv-host=" + ",".join(map(str, record)) for record in srv]
        for name, addresses in (hosts or {}).items():
            lines += [f"host-record={name},{a},{ttl}" for a in addresses.split()]
        with open(self.file, "w") as out:
            out.write("\n".join(lines) + "\n")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([BINARY, "--keep-in-foreground", f"--conf-file={self.file}"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        Gateway.eventually(self.is_up, "dnsmasq answers")

    def is_up(self):
        if self.process.poll() is not None:
            with open(self.log) as log:
                raise AssertionError(f"dnsmasq ended with {self.process.returncode}: {log.read()}")
        question = struct.pack("!6H", 1, 0x100, 1, 0, 0, 0) + b"\x02up\x08internal\0" + struct.pack("!2H", 1, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(0.2)
            try:
                udp.connect(("127.0.0.1", self.port))
                udp.send(question)
                return len(udp.recv(512)) >= 12
            except OSError:
                return False

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
        self.process = None
