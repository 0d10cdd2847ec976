"""Bodies are streamed: memory does not grow with their length."""
import threading

from kit import GatewayTest, sanitized

SIZE = (128 << 20) if sanitized else (1 << 30)
BOUND = (96 if sanitized else 32) * 1024
PIECE = bytes(range(256)) * 4096


def receive(sock, size):
    """That many bytes, of which only the count is kept."""
    room = memoryview(bytearray(1 << 20))
    while size > 0:
        got = sock.recv_into(room[:min(size, len(room))])
        if got == 0:
            raise AssertionError(f"{size} bytes are missing")
        size -= got


class Watch:
    """The most that the gateway had, while it worked."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.most = gateway.memory()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while not self.stopping.wait(0.02):
            self.most = max(self.most, self.gateway.memory())

    def stop(self):
        self.stopping.set()
        self.thread.join()
        return self.most


class Memory(GatewayTest):
    def ready(self, handler):
        origin = self.origin(handler=handler)
        gateway = self.gateway(origin, route={"timeout": "60s"}, defaults={"max_body": "off"})
        self.assertEqual(gateway.get("/small").status, 200)
        return gateway

    def assert_bounded(self, gateway, work):
        before = gateway.memory()
        watch = Watch(gateway)
        try:
            work()
        finally:
            most = watch.stop()
        self.assertLess(most - before, BOUND)

    def small(self, connection):
        request = connection.head()
        if request and request.target == "/small":
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return connection.head() or request
        return request

    def test_download(self):
        def send(connection):
            if self.small(connection).target == "/small":
                return
            connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n")
            for _ in range(SIZE // len(PIECE)):
                connection.send(PIECE)
            connection.wait_for_end()
        gateway = self.ready(send)
        def work():
            client = gateway.connect(timeout=60).send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
            client.head()
            receive(client.sock, SIZE - len(client.reader.buffer))
        self.assert_bounded(gateway, work)

    def test_upload(self):
        def take(connection):
            if self.small(connection).target == "/small":
                return
            receive(connection.sock, SIZE - len(connection.reader.buffer))
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        gateway = self.ready(take)
        def work():
            client = gateway.connect(timeout=60).send(f"POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: {SIZE}\r\n\r\n")
            for _ in range(SIZE // len(PIECE)):
                client.send(PIECE)
            self.assertEqual(client.answer().status, 200)
        self.assert_bounded(gateway, work)

    def test_chunked_upload_and_download(self):
        chunk = f"{len(PIECE):x}\r\n".encode() + PIECE + b"\r\n"
        count = SIZE // len(PIECE) // 4
        def echo(connection):
            if self.small(connection).target == "/small":
                return
            while not (connection.reader.buffer.endswith(b"\r\n0\r\n\r\n")):
                connection.reader.buffer = connection.reader.buffer[-16:]
                connection.reader.more()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(count):
                connection.send(chunk)
            connection.send("0\r\n\r\n")
            connection.wait_for_end()
        gateway = self.ready(echo)
        def work():
            client = gateway.connect(timeout=60).send("POST /large HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(count):
                client.send(chunk)
            client.send("0\r\n\r\n")
            client.head()
            while not client.reader.buffer.endswith(b"\r\n0\r\n\r\n"):
                client.reader.buffer = client.reader.buffer[-16:]
                client.reader.more()
        self.assert_bounded(gateway, work)

    def test_a_client_that_does_not_read_holds_its_upstream_back(self):
        sent = []
        def flood(connection):
            if self.small(connection).target == "/small":
                return
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
            while True:
                connection.send(PIECE)
                sent.append(1)
        gateway = self.ready(flood)
        before = gateway.memory()
        clients = [gateway.connect().send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(8)]
        for client in clients:
            client.head()
        count = -1
        while count != len(sent):
            count = len(sent)
            threading.Event().wait(0.5)
        self.assertLess(len(sent), 8 * 64)
        self.assertLess(gateway.memory() - before, BOUND)

    def test_a_client_that_asks_and_never_reads(self):
        gateway = self.gateway(routes={"x": {"match": "/**", "respond": {"body": "x" * 10_000}}})
        gateway.get()
        before = gateway.memory()
        client = gateway.connect(timeout=1)
        try:
            for _ in range(1000):
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 100)
        except OSError:
            pass
        self.assertLess(gateway.memory() - before, BOUND)

    def test_many_idle_connections_are_small(self):
        gateway = self.gateway(self.origin(), listener={"limits": {"connections_per_ip": "off"}})
        clients = [gateway.connect() for _ in range(50)]
        for client in clients:
            client.get()
        before = gateway.memory()
        more = [gateway.connect() for _ in range(400)]
        for client in more:
            self.assertEqual(client.get().status, 200)
        if not sanitized:
            self.assertLess(gateway.memory() - before, 8 * 1024)


if __name__ == "__main__":
    import unittest
    unittest.main()
