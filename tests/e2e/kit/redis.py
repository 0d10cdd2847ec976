"""A real redis-server of the test's own, and as much of its protocol as a test needs.

    redis = Redis(directory)                      # starts on a free port of loopback
    redis("SET", "a", "1")                        # "OK"; a list is a list, an error raises RedisError
    redis.pause(), redis.resume()                 # SIGSTOP, SIGCONT
    redis.kill(), redis.start()                   # started again it is empty
"""
import os
import signal
import socket
import subprocess
import threading
import time


class RedisError(Exception):
    pass


class Redis:
    def __init__(self, directory, *options):
        self.directory = directory
        self.options = options
        self.password = None
        self.process = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        with open(os.path.join(self.directory, f"redis-{self.port}.log"), "ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                 "--dir", self.directory, *self.options], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while True:
            try:
                return self("PING")
            except (OSError, RedisError):
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
                time.sleep(0.01)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __call__(self, *words):
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            stream = connection.makefile("rwb")
            if self.password:
                self.ask(stream, "AUTH", self.password)
            return self.ask(stream, *words)

    @classmethod
    def ask(cls, stream, *words):
        stream.write(b"*%d\r\n" % len(words))
        for word in map(str, words):
            stream.write(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()))
        stream.flush()
        return cls.reply(stream)

    @classmethod
    def reply(cls, stream):
        line = stream.readline()
        if not line:
            raise ConnectionError("redis hung up")
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"-":
            raise RedisError(rest)
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == "-1" else stream.read(int(rest) + 2)[:-2].decode("latin-1")
        if kind == b"*":
            return [cls.reply(stream) for _ in range(int(rest))]
        return rest


class Address:
    """One address in front of several servers, of which one is reached at a time: what a virtual IP does."""

    def __init__(self, port):
        self.target = port
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def move(self, port):
        """From now on another server; what is connected to the one before is cut."""
        self.target = port
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def accept(self):
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self.connections += [client, server]
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listening.close()
        self.move(0)
        for connection in self.connections:
            connection.close()
