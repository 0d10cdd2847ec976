"""idle.py PORT COUNT: opens COUNT connections, has one request answered on each, says "ready", holds them all."""
import resource
import socket
import sys

BODY = 128


def opened(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(f"GET /128 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    answer = b""
    while len(answer.partition(b"\r\n\r\n")[2]) < BODY:
        received = connection.recv(4096)
        if not received:
            sys.exit(f"closed after {answer[:60]!r}")
        answer += received
    return connection


def main(port, count):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    connections = [opened(port) for _ in range(count)]
    print("ready", flush=True)
    sys.stdin.read()
    del connections


main(int(sys.argv[1]), int(sys.argv[2]))
