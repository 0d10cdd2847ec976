"""The commands beside `run`: what they say, where they say it, and how they exit."""
import json
import os
import re
import signal
import socket
import subprocess

from kit import Client, GatewayTest, Port, binary, eventually

SOUND = """version: 1
listeners: { plain: { bind: "127.0.0.1:8080" }, secure: { bind: "127.0.0.1:8443", tls: { certificates: self-signed } } }
upstreams: { users: { endpoints: [http://127.0.0.1:9001, http://127.0.0.1:9002] } }
routes:
  user: { match: { path: "/users/{id}", methods: [GET] }, rewrite: "/v1/{id}", to: users }
  all: { match: "/**", to: users }
  old: { match: "/old/{rest...}", redirect: { to: "/new/{rest}" } }
  ping: { match: /ping, respond: { body: pong } }
"""

BROKEN = """version: 1
listeners:
  main: { bind: "127.0.0.1:8080", timeouts: { head: 10 } }
upstreams:
  users: { endpoints: [http://127.0.0.1:1], blance: random }
routes:
  get-user:
    match: "/users/{id}"
    to: user
  twice: { match: "/users/{x}", to: users }
"""

ERRORS = """{file}:3:53: listeners.main.timeouts.head: expected a duration such as 250ms, 5s, 15m or 24h, at least 1ms, found '10'; write '10s'
{file}:5:45: upstreams.users.blance: unknown key (did you mean 'balance'?)
{file}:9:9: routes.get-user.to: no upstream 'user' (did you mean 'users'?)
"""


class CommandLine(GatewayTest):
    def run_it(self, *arguments, environment=None, directory=None):
        return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=60, cwd=directory or self.directory(),
                              env={**{k: v for k, v in os.environ.items() if k != "SLUICE_CONFIG"}, **(environment or {})})

    def assert_says(self, done, code, out="", err=""):
        self.assertEqual((done.returncode, done.stdout, done.stderr), (code, out, err))

    def test_check_of_a_sound_file(self):
        file = self.write("sluice.yaml", SOUND)
        self.assert_says(self.run_it("check", "-c", file), 0, err=f"{file}: fine\n")

    def test_check_shows_all_errors_at_once(self):
        file = self.write("sluice.yaml", BROKEN)
        self.assert_says(self.run_it("check", "-c", file), 1, err=ERRORS.format(file=file))

    def test_run_refuses_what_check_refuses(self):
        file = self.write("sluice.yaml", BROKEN)
        self.assert_says(self.run_it("run", "-c", file), 1, err=ERRORS.format(file=file))

    def test_where_the_file_is_looked_for(self):
        directory = self.directory()
        self.write("sluice.yaml", SOUND, directory)
        named = self.write("other.yaml", SOUND, directory)
        self.assert_says(self.run_it("check", directory=directory), 0, err="sluice.yaml: fine\n")
        self.assert_says(self.run_it("check", directory=directory, environment={"SLUICE_CONFIG": named}), 0, err=f"{named}: fine\n")

    def test_a_file_that_is_not_there(self):
        for command in ("check", "run"):
            done = self.run_it(command, "-c", "/nonexistent/sluice.yaml")
            self.assert_says(done, 1, err="/nonexistent/sluice.yaml: cannot read: No such file or directory\n")

    def test_broken_yaml(self):
        file = self.write("sluice.yaml", "version: 1\nlisteners: [\n")
        done = self.run_it("check", "-c", file)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, rf"^{re.escape(file)}:\d+:\d+: ")

    def test_environment(self):
        file = self.write("sluice.yaml", SOUND.replace("http://127.0.0.1:9001", "'http://${E2E_UPSTREAM}'"))
        done = self.run_it("check", "-c", file)
        self.assertEqual(done.returncode, 1)
        self.assertIn("E2E_UPSTREAM", done.stderr)
        self.assertEqual(self.run_it("check", "-c", file, environment={"E2E_UPSTREAM": "127.0.0.1:1"}).returncode, 0)

    def test_unused_things_are_warnings(self):
        file = self.write("sluice.yaml", SOUND.replace("upstreams: { users:", "upstreams: { idle: { endpoints: [http://127.0.0.1:1] }, users:"))
        done = self.run_it("check", "-c", file)
        self.assertEqual(done.returncode, 0)
        self.assertIn("warning: ", done.stderr)
        self.assertIn("idle", done.stderr)

    def test_explain(self):
        file = self.write("sluice.yaml", SOUND)
        done = self.run_it("explain", "-c", file, "GET", "http://a.example/users/a%62?x=y", "-H", "X-A: b")
        self.assert_says(done, 0, out="""request   GET http://a.example/users/a%62?x=y
listener  plain
route     user
because   host: any
because   path is /users/{id}, with id=ab
because   method is one of GET, HEAD
filters   none
upstream  users, weight 1: 127.0.0.1:9001, 127.0.0.1:9002
sends     GET /v1/ab?x=y
""")

    def test_explain_what_was_passed_over(self):
        file = self.write("sluice.yaml", SOUND)
        done = self.run_it("explain", "-c", file, "POST", "https://a.example:8443/users/1")
        self.assertEqual(done.returncode, 0)
        self.assertIn("listener  secure\nroute     all\n", done.stdout)
        self.assertIn("passed    user: has other methods\n", done.stdout)

    def test_explain_local_answers(self):
        file = self.write("sluice.yaml", SOUND)
        self.assertIn("answer    200, 4 bytes\n", self.run_it("explain", "-c", file, "GET", "/ping").stdout)
        self.assertIn("answer    308, to /new/a/b\n", self.run_it("explain", "-c", file, "GET", "/old/a/b").stdout)
        done = self.run_it("explain", "-c", file, "GET", "/a%00")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("400", done.stderr)

    def test_explain_agrees_with_the_running_gateway(self):
        origin = self.origin()
        gateway = self.gateway(origin, routes={"user": {"match": "/users/{id}", "rewrite": "/v1/{id}", "to": "origin"}})
        for target in ("/users/1", "/x", "/users/a%2fb", "/users/../y", "/users/1?a=b"):
            said = self.run_it("explain", "-c", gateway.file, "GET", "http://a.example" + target).stdout
            gateway.get(target)
            self.assertIn(f"sends     GET {origin.last.target}\n", said)

    def test_schema_is_json(self):
        done = self.run_it("schema")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        schema = json.loads(done.stdout)
        self.assertIn("$schema", schema)
        self.assertLessEqual({"listeners", "upstreams", "routes", "admin", "telemetry"}, set(schema["properties"]))

    def test_version(self):
        done = self.run_it("--version")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^sluice \d+\.\d+\.\d+ \(")
        self.assertIn("OpenSSL", done.stdout)

    def test_help_goes_to_stdout(self):
        done = self.run_it("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for command in ("run", "check", "explain", "schema", "echo"):
            self.assertIn(command, done.stdout)

    def test_bad_usage_is_two(self):
        for arguments in ((), ("nonsense",), ("run", "--nonsense"), ("explain",), ("explain", "GET"), ("echo",),
                          ("echo", "--bind", "nonsense"), ("echo", "--bind", "127.0.0.1:0", "--status", "99"),
                          ("echo", "--bind", "127.0.0.1:0", "--delay", "5")):
            with self.subTest(arguments):
                done = self.run_it(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertTrue(done.stderr)

    def test_a_bind_that_is_taken_is_one(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        file = self.write("sluice.yaml", SOUND.replace("127.0.0.1:8080", f"127.0.0.1:{taken.getsockname()[1]}").replace("8443", "0"))
        done = self.run_it("run", "-c", file)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Address already in use", done.stderr)

    def test_no_colour_off_a_terminal(self):
        file = self.write("sluice.yaml", BROKEN)
        self.assertNotIn("\x1b", self.run_it("check", "-c", file).stderr)


class Echo(GatewayTest):
    def started(self, *arguments):
        port = Port()
        self.addCleanup(port.close)
        process = subprocess.Popen([binary(), "echo", "--bind", str(port), *arguments], stderr=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, text=True)
        def stop():
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(20), 0)
            process.stderr.close()
        self.addCleanup(stop)
        self.assertIn(str(port), process.stderr.readline())
        return port

    def test_echo(self):
        port = self.started("--name", "one")
        with Client(("127.0.0.1", port.number)) as client:
            said = json.loads(client.send("POST /x?y HTTP/1.1\r\nHost: a\r\nX: 1\r\nContent-Length: 2\r\n\r\nhi").answer().body)
            self.assertEqual((said["name"], said["method"], said["target"], said["headers"]["X"], said["body"]),
                             ("one", "POST", "/x?y", "1", "hi"))
            self.assertEqual(client.get("/healthz").body, b"ok\n")

    def test_status(self):
        port = self.started("--status", "503")
        with Client(("127.0.0.1", port.number)) as client:
            self.assertEqual(client.get("/").status, 503)

    def test_the_example_configuration(self):
        """config/sluice.yaml in front of two echoes, as scripts/run has it, on ports that are free."""
        root = os.path.join(os.path.dirname(__file__), "../..")
        upstreams = [self.started("--name", name) for name in ("one", "two")]
        ports = {name: Port() for name in ("8080", "8443", "9901")}
        for port in ports.values():
            self.addCleanup(port.close)
        with open(os.path.join(root, "config/sluice.yaml")) as file:
            text = file.read()
        for name, port in ports.items():
            text = text.replace(f'":{name}"', f'"127.0.0.1:{port.number}"').replace(f'127.0.0.1:{name}"', f'127.0.0.1:{port.number}"')
        for name, port in zip(("9001", "9002"), upstreams):
            text = text.replace(f"http://127.0.0.1:{name}", f"http://{port}")
        from kit.gateway import Gateway
        gateway = Gateway(self.directory(), text, ready=False)
        self.addCleanup(gateway.close)
        gateway.admin_port.close()
        gateway.admin_port = ports["9901"]
        gateway.ports["main"] = ports["8080"]
        gateway.wait_until_ready()
        names = {json.loads(gateway.get("/hello").body)["name"] for _ in range(16)}
        self.assertEqual(names, {"one", "two"})
        self.assertEqual(gateway.get("/ping").body, b"pong\n")
        self.assertEqual(json.loads(gateway.get("/users/42").body)["target"], "/api/v1/users/42")
        self.assertEqual(gateway.get("/old/page").get("Location"), "/new/page")
        done = subprocess.run(["curl", "-ksS", f"https://localhost:{ports['8443'].number}/hello"], capture_output=True, timeout=30)
        self.assertEqual(json.loads(done.stdout)["target"], "/hello")
        eventually(lambda: all(e["healthy"] for e in gateway.status()["upstreams"]["echo"]["endpoints"]), "both are healthy")


if __name__ == "__main__":
    import unittest
    unittest.main()
