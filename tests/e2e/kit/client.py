"""A client that sends exact bytes and reads exact answers."""
import socket

from .message import Closed, Reader


def parse_chunked(raw):
    """The body of chunked bytes, and its trailer lines."""

    class Bytes:
        def recv(self, _):
            return b""

    reader = Reader(Bytes())
    reader.buffer = raw
    return reader.chunked()


class Answer:
    def __init__(self, head, body, trailers):
        self.head = head
        self.status = int(head.line.split(" ")[1])
        self.body = body
        self.trailers = trailers
        self.get = head.get
        self.all = head.all

    def __repr__(self):
        return f"{self.head.line!r} {self.head.fields} {self.body[:300]!r}"


class Client:
    def __init__(self, address, timeout=20, source=None):
        if isinstance(address, socket.socket):
            self.sock = address
        elif isinstance(address, str):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(address)
        else:
            self.sock = socket.create_connection(address, timeout, source)
        if self.sock.family != socket.AF_UNIX:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(timeout)
        self.reader = Reader(self.sock)

    def send(self, data):
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def head(self):
        return self.reader.head()

    def answer(self, method="GET", interim=False):
        """The next final answer, or with `interim` the next of any kind."""
        while True:
            head = self.reader.head()
            status = int(head.line.split(" ")[1])
            if status >= 200 or status == 101 or interim:
                break
        trailers = []
        if method == "HEAD" or status < 200 or status in (204, 304):
            body = b""
        elif head.is_chunked():
            body, trailers = self.reader.chunked()
        elif head.get("Content-Length") is not None:
            body = self.reader.exactly(int(head.get("Content-Length")))
        else:
            body = self.reader.rest()
        return Answer(head, body, trailers)

    def get(self, target="/", fields="", host="a.example", method="GET"):
        self.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n")
        return self.answer(method)

    def is_closed(self):
        """Waits for the end, without anything before it. A reset is an end too."""
        try:
            return not self.reader.buffer and not self.sock.recv(1)
        except ConnectionError:
            return True

    def is_clean_end(self):
        """The same, but a reset is none."""
        return not self.reader.buffer and not self.sock.recv(1)

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)
        return self

    def reset(self):
        import struct
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


__all__ = ["Answer", "Client", "Closed", "parse_chunked"]
