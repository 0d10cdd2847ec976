"""Ports that nobody else gets while they are held."""
import socket


class Port:
    """A port of 127.0.0.1, kept by a bound socket that does not listen. Servers that set SO_REUSEPORT can open
    it; until one does, connections are refused."""

    def __init__(self, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.holder = socket.socket(family)
        self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.holder.bind((host, 0))
        self.host = f"[{host}]" if ":" in host else host
        self.number = self.holder.getsockname()[1]

    def __str__(self):
        return f"{self.host}:{self.number}"

    def close(self):
        self.holder.close()
