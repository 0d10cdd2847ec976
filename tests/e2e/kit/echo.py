"""A `sluice echo` process that a signal can reach, on a port that its successor can take over.

    echo = Echo("a", delay="100ms")     # answers; {"name": "a", ...} is what it says
    echo.kill(), echo.start()           # SIGKILL; another process on the same port
    echo.pause(), echo.resume()         # SIGSTOP, SIGCONT
"""
import signal
import subprocess

from .client import Client, Closed
from .gateway import Gateway, binary
from .ports import Port


class Echo:
    def __init__(self, name, delay="0ms"):
        self.name, self.port = name, Port()
        self.url = f"http://{self.port}"
        self.process = None
        self.start(delay)

    def start(self, delay="0ms"):
        self.process = subprocess.Popen(
            [binary(), "echo", "--bind", str(self.port), "--name", self.name, "--delay", delay],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        Gateway.eventually(self.answers, f"{self.name} answers")

    def answers(self):
        try:
            with Client(("127.0.0.1", self.port.number), 5) as client:
                return client.get("/healthz").status == 200
        except (OSError, Closed):
            return False

    def signal(self, number):
        self.process.send_signal(number)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait(20)

    end = kill

    def close(self):
        self.kill()
        self.port.close()
