"""What has to be known about a measurement besides its figures."""
import os
import platform
import subprocess
from pathlib import Path

import peers


def text(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def memory():
    return int(Path("/proc/meminfo").read_text().split()[1]) // (1 << 20)


def distribution():
    fields = dict(line.partition("=")[::2] for line in Path("/etc/os-release").read_text().splitlines())
    return fields.get("PRETTY_NAME", "Linux").strip('"')


def describe(root, running):
    return {"processor": processor(), "cores": os.cpu_count(), "memory": memory(), "kernel": platform.release().split("-")[0],
            "system": distribution(), "load": os.getloadavg()[0],
            "congestion": Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip(),
            "commit": text([*f"git -C {root} describe --always --dirty --abbrev=12 --exclude".split(), "*"]),
            "versions": {p.name: peers.version(p) for p in running},
            "wrk": text(["wrk", "--version"]).partition("\n")[0].partition("[")[0].strip(),
            "openssl": text(["openssl", "version"])}
