"""The base of the tests: makes what they need and takes it away again."""
import os
import shutil
import tempfile
import unittest

from .certificates import Authority
from .gateway import Gateway, merged
from .origin import Origin
from .ports import Port

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../config")


def eventually(condition, what, timeout=20):
    Gateway.eventually(condition, what, timeout)


class GatewayTest(unittest.TestCase):
    maxDiff = None

    def directory(self):
        path = tempfile.mkdtemp(prefix="sluice-e2e-")
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        return path

    def origin(self, answer=None, **options):
        origin = Origin(answer, **options)
        self.addCleanup(origin.close)
        return origin

    def authority(self, name="ca"):
        return Authority(self.directory(), name)

    @staticmethod
    def forwarding(*origins, upstream=None, listener=None, route=None):
        """A configuration that sends everything to these origins (or URLs)."""
        urls = [o if isinstance(o, (str, dict)) else o.url for o in origins]
        return {
            "listeners": {"main": listener or {}},
            "upstreams": {"origin": {"endpoints": urls, **(upstream or {})}},
            "routes": {"all": {"match": "/**", "to": "origin", **(route or {})}},
        }

    def gateway(self, *origins, upstream=None, listener=None, route=None, args=(), environment=None, **more):
        """One in front of these origins; `more` is merged into the configuration."""
        base = self.forwarding(*origins, upstream=upstream, listener=listener, route=route) if origins else {
            "listeners": {"main": listener or {}}}
        gateway = Gateway(self.directory(), merged(base, more), args, environment)
        self.addCleanup(gateway.close)
        return gateway

    def example(self, name, origin, **environment):
        """config/<name>.yaml as it stands, next to its neighbours, in front of this origin; an example that has no
        admin endpoint gets one."""
        directory = self.directory()
        shutil.copytree(EXAMPLES, directory, dirs_exist_ok=True)
        with open(os.path.join(directory, name + ".yaml")) as file:
            text = file.read()
        port, admin_port = Port(), Port()
        if "\nadmin:" not in text:
            text += f'\nadmin: {{ bind: "{admin_port}" }}\n'
        gateway = Gateway(directory, text, environment={"LISTEN": str(port), "ADMIN": str(admin_port),
                                                        "UPSTREAM": origin.url, **environment},
                          ports={"main": port}, admin_port=admin_port)
        self.addCleanup(gateway.close)
        return gateway

    def write(self, name, text, directory=None):
        path = os.path.join(directory or self.directory(), name)
        with open(path, "w") as out:
            out.write(text)
        return path


class AuthorityTest(GatewayTest):
    """Tests that share a certificate authority, `cls.ca`, since keys take time to make. What else a class makes for all
    its tests belongs to `cls.shared`, a test that is never run: its cleanups come after the last of the class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = cls("setUp")
        cls.addClassCleanup(cls.shared.doCleanups)
        cls.ca = cls.shared.authority()
