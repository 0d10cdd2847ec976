"""Processes that the benchmark starts: pinned to cores, watched through /proc, ended by their id.

    with Process(["nginx", ...], cores=[0], log=path) as nginx:
        before = nginx.cpu_seconds()
"""
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    """A TCP port of the loopback address that nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(cores):
    """For subprocess: what the child does before it becomes the program."""
    return lambda: os.sched_setaffinity(0, cores)


class Process:
    """A running program with its descendants. It has a session of its own, so Ctrl-C reaches the benchmark alone."""

    def __init__(self, command, cores, log=None, environment=None, **pipes):
        self.name = Path(command[0]).name
        self.log = Path(log or os.devnull)
        with open(self.log, "ab") as output:
            pipes = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output, **pipes}
            self.child = subprocess.Popen(command, start_new_session=True, preexec_fn=pinned(cores),
                                          env={**os.environ, **(environment or {})}, **pipes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def ids(self):
        """Its own process id and those of its descendants."""
        found = []
        todo = [self.child.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    todo += map(int, children.read_text().split())
                except OSError:
                    pass  # it ended meanwhile
        return found

    def cpu_seconds(self):
        """User and system time of all its processes since they started."""
        return sum(cpu_seconds(pid) for pid in self.ids())

    def resident_bytes(self):
        return sum(resident_bytes(pid) for pid in self.ids())

    def wait_until(self, ready, patience=10):
        """Waits until `ready()` is true; raises with the end of the program's output when it does not come to it."""
        end = time.monotonic() + patience
        while not ready():
            if self.child.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} does not answer:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def signal(self, number):
        self.child.send_signal(number)

    def stop(self, patience=5):
        """Asks it to end; what is left of it afterwards, or after `patience` seconds, is killed."""
        started = self.ids()
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(patience)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        for pid in started:
            kill(pid, self.child.pid)
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe:
                pipe.close()


def kill(pid, session):
    """Only within the session that was started, should the id belong to somebody else by now."""
    try:
        if os.getsid(pid) == session:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def cpu_seconds(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / TICKS  # utime, stime


def resident_bytes(pid):
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def answers(port):
    """Whether something accepts connections on this port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False
