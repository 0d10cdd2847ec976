"""Clients that ask all the time, half of them on new connections, and note what they got.

    with Load(gateway) as load:
        load.more(300)                  # answers, from now on
        hurt()
        load.more(600)
    self.assertEqual(load.failures(), [])
"""
import threading
import time

from .client import Client
from .gateway import Gateway


class Load:
    def __init__(self, gateway, clients=6, target="/load", fields=""):
        self.gateway, self.target, self.fields = gateway, target, fields
        self.answers = []  # (status or what went wrong, body, seconds)
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._ask, args=(i % 2 == 0,), daemon=True) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _ask(self, keeps):
        client = None
        while not self.stopping.is_set():
            began, body = time.monotonic(), b""
            try:
                client = client or Client(("127.0.0.1", self.gateway.port()))
                answer = client.get(self.target, self.fields)
                got, body = answer.status, answer.body
            except Exception as e:  # whatever it is, it is a request that failed
                got, client = repr(e), None
            self.answers.append((got, body, time.monotonic() - began))
            if client and not keeps:
                client.close()
                client = None
        if client:
            client.close()

    def more(self, count):
        so_far = len(self.answers)
        Gateway.eventually(lambda: len(self.answers) >= so_far + count, f"{count} more answers", 60)

    def until(self, condition, what):
        """Until it holds for what was answered from now on."""
        so_far = len(self.answers)
        Gateway.eventually(lambda: condition(self.answers[so_far:]), what, 60)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
        return [got for got, *_ in self.answers]

    def failures(self):
        return [got for got, *_ in self.answers if got != 200]
