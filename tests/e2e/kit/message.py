"""HTTP/1 messages as they were on the wire."""


class Closed(Exception):
    """The other side ended the connection where a message was expected."""


class Head:
    """The first line and the fields, and the exact bytes they were."""

    def __init__(self, raw):
        self.raw = raw
        lines = raw.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if line]

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def names(self):
        return [key for key, _ in self.fields]

    def is_chunked(self):
        return self.get("Transfer-Encoding", "").lower() == "chunked"


class Reader:
    """Cuts what a socket receives into heads and bodies."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.total = 0

    def more(self):
        received = self.sock.recv(1 << 18)
        if not received:
            raise Closed(f"closed after {self.buffer[:200]!r}")
        self.total += len(received)
        self.buffer += received

    def until(self, mark):
        while mark not in self.buffer:
            self.more()
        at = self.buffer.index(mark) + len(mark)
        taken, self.buffer = self.buffer[:at], self.buffer[at:]
        return taken

    def exactly(self, size):
        pieces = []
        while size > len(self.buffer):
            size -= len(self.buffer)
            pieces.append(self.buffer)
            self.buffer = b""
            self.more()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return b"".join(pieces) + taken

    def head(self):
        return Head(self.until(b"\r\n\r\n"))

    def chunked(self):
        """The body and the trailers' lines."""
        body = b""
        while True:
            size = int(self.until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                break
            body += self.exactly(size)
            if self.exactly(2) != b"\r\n":
                raise ValueError("chunk without its end")
        trailers = []
        while (line := self.until(b"\r\n")) != b"\r\n":
            trailers.append(line[:-2].decode("latin-1"))
        return body, trailers

    def rest(self):
        """Everything up to the end; a reset is told by an exception."""
        try:
            while True:
                self.more()
        except Closed:
            taken, self.buffer = self.buffer, b""
            return taken
