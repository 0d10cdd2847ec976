"""An upstream server that sees the exact bytes and says what a test tells it to."""
import socket
import ssl
import struct
import threading

from .message import Closed, Reader


def ok(body=b"hello", *fields, status="200 OK"):
    """An answer's bytes."""
    body = body.encode("latin-1") if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Request:
    def __init__(self, head):
        self.head = head
        self.raw = head.raw
        self.line = head.line
        self.method, self.target, _ = head.line.split(" ", 2)
        self.body = b""
        self.trailers = []
        self.get = head.get
        self.all = head.all


class Connection:
    """One connection of the gateway; what handlers get."""

    def __init__(self, origin, sock, number):
        self.origin = origin
        self.sock = sock
        self.number = number  # 1 for the first
        self.reader = Reader(sock)

    def head(self):
        """The next request, without its body; None at the end."""
        try:
            request = Request(self.reader.head())
        except (Closed, OSError):
            return None
        self.origin.note(request)
        return request

    def body(self, request):
        if request.head.is_chunked():
            request.body, request.trailers = self.reader.chunked()
        elif request.get("Content-Length"):
            request.body = self.reader.exactly(int(request.get("Content-Length")))
        return request

    def request(self):
        """The next request with its body; None at the end."""
        request = self.head()
        if request and request.get("Expect"):
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return request and self.body(request)

    def send(self, data):
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def finish(self):
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def wait_for_end(self):
        try:
            while self.sock.recv(1 << 16):
                pass
        except OSError:
            pass


class Origin:
    """`answer`: bytes, or a function of the request. `handler`: a function of the Connection that does it all."""

    def __init__(self, answer=None, handler=None, port=None, tls=None, path=None):
        self.answer = ok() if answer is None else answer
        self.handler = handler
        self.tls = tls
        self.path = path
        self.requests = []
        self.accepted = 0
        self.lock = threading.Condition()
        self.sockets = []
        self.threads = []
        self.closed = False
        self.listening = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        if path:
            self.listening.bind(path)
        else:
            self.listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port:
                self.listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self.listening.bind(("127.0.0.1", port.number if port else 0))
        self.listening.listen(512)
        self.port = None if path else self.listening.getsockname()[1]
        self.url = f"unix:{path}" if path else f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self._accept_all, daemon=True)
        self.thread.start()

    @property
    def last(self):
        return self.requests[-1]

    def note(self, request):
        with self.lock:
            self.requests.append(request)
            self.lock.notify_all()

    def wait_for(self, count, timeout=20):
        """Until that many requests came; their heads at least."""
        with self.lock:
            if not self.lock.wait_for(lambda: len(self.requests) >= count, timeout):
                raise AssertionError(f"{len(self.requests)} requests came, not {count}")

    def wait_for_connections(self, count, timeout=20):
        with self.lock:
            if not self.lock.wait_for(lambda: self.accepted >= count, timeout):
                raise AssertionError(f"{self.accepted} connections came, not {count}")

    def targets(self):
        return [r.target for r in self.requests]

    def _accept_all(self):
        while True:
            try:
                sock, _ = self.listening.accept()
            except OSError:
                return
            with self.lock:
                if self.closed:
                    sock.close()
                    return
                self.accepted += 1
                number = self.accepted
                self.sockets.append(sock)
                self.lock.notify_all()
            thread = threading.Thread(target=self._talk, args=(sock, number), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _talk(self, sock, number):
        try:
            if not self.path:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            connection = Connection(self, sock, number)
            (self.handler or self._serve)(connection)
        except (OSError, ssl.SSLError, Closed):
            pass
        finally:
            try:
                sock.close()
            except OSError:
                pass

    def _serve(self, connection):
        while (request := connection.request()) is not None:
            connection.send(self.answer(request) if callable(self.answer) else self.answer)

    def break_connections(self):
        """Ends all connections that are open now."""
        with self.lock:
            sockets, self.sockets = self.sockets, []
        for sock in sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        with self.lock:
            self.closed = True
        try:
            self.listening.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listening.close()
        self.break_connections()
        self.thread.join(10)
        for thread in self.threads:
            thread.join(10)
