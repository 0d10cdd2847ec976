"""What end-to-end tests are made of.

    class Greeting(GatewayTest):
        def test_it(self):
            origin = self.origin()                    # an upstream that sees and says exact bytes
            gateway = self.gateway(origin)            # everything goes there; a reload by gateway.reload(...)
            client = gateway.connect()                # a raw socket that reads answers
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(client.answer().status, 200)
            example = self.example("sluice", origin)  # config/sluice.yaml with its ${LISTEN} and ${UPSTREAM}

Nothing sleeps where a condition can be awaited, every process is ended by its id and has to end well.
"""
from .case import AuthorityTest, GatewayTest, eventually
from .certificates import Authority
from .client import Client, parse_chunked
from .gateway import Gateway, binary, sanitized
from .origin import Origin, ok
from .ports import Port

__all__ = ["Authority", "AuthorityTest", "Client", "Gateway", "GatewayTest", "Origin", "Port", "binary", "eventually",
           "ok", "parse_chunked", "sanitized"]
