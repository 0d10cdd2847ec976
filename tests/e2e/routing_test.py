"""Which request goes where, and as what."""
from kit import GatewayTest, ok


class Routing(GatewayTest):
    def routed(self, routes, listeners=None, **more):
        """A gateway whose upstream `echo` answers with the request line's target."""
        self.source = self.origin(lambda r: ok(r.target))
        return self.gateway(**{"listeners": listeners or {"main": {}}, "routes": routes,
                               "upstreams": {"echo": {"endpoints": [self.source.url]}}, **more})

    @staticmethod
    def says(body, **match):
        return {"match": match, "respond": {"body": body}}

    def body(self, gateway, target, fields="", **options):
        answer = gateway.get(target, fields, **options)
        return answer.body.decode() if answer.status == 200 else answer.status

    def test_hosts(self):
        gateway = self.routed({
            "exact": self.says("exact", host="api.example.com", path="/**"),
            "wild": self.says("wild", host="*.example.com", path="/**"),
            "any": self.says("any", path="/**")})
        for host, expected in {"api.example.com": "exact", "API.Example.COM": "exact", "api.example.com:8080": "exact",
                               "api.example.com.": "exact", "other.example.com": "wild", "a.b.example.com": "wild",
                               "example.com": "any", "else": "any", "xexample.com": "any"}.items():
            with self.subTest(host):
                self.assertEqual(self.body(gateway, "/", host=host), expected)

    def test_paths(self):
        gateway = self.routed({
            "exact": self.says("exact", path="/users"),
            "me": self.says("me", path="/users/me"),
            "one": self.says("one", path="/users/{id}"),
            "posts": self.says("posts", path="/users/{id}/posts"),
            "below": self.says("below", path="/files/**"),
            "rest": self.says("rest", path="/rest/{rest...}"),
            "slash": self.says("slash", path="/slash/")})
        for target, expected in {"/users": "exact", "/users/": 404, "/users/me": "me", "/users/42": "one",
                                 "/users/42/": 404, "/users/42/posts": "posts", "/users/42/other": 404,
                                 "/files": "below", "/files/": "below", "/files/a/b": "below", "/filesx": 404,
                                 "/rest/a/b": "rest", "/slash/": "slash", "/slash": 404, "/": 404,
                                 "/Users": 404, "/users?x": "exact"}.items():
            with self.subTest(target):
                self.assertEqual(self.body(gateway, target), expected)

    def test_regex(self):
        gateway = self.routed({"regex": {"match": {"path_regex": "/v[0-9]+/(a|b)"}, "respond": {"body": "regex"}}})
        for target, expected in {"/v1/a": "regex", "/v22/b": "regex", "/v1/c": 404, "/v1/a/": 404, "/x/v1/a": 404}.items():
            with self.subTest(target):
                self.assertEqual(self.body(gateway, target), expected)

    def test_query_and_headers(self):
        gateway = self.routed({
            "both": self.says("both", path="/x", query={"a": "1"}, headers={"X-V": "2"}),
            "query": self.says("query", path="/x", query={"a": "1"}),
            "regex": self.says("regex", path="/x", query={"b": {"regex": "b+"}, "a": "2"}),
            "plain": self.says("plain", path="/x")})
        for target, fields, expected in (("/x?a=1", "X-V: 2\r\n", "both"), ("/x?a=1", "", "query"),
                                         ("/x?z=0&a=1", "", "query"), ("/x?a=%31", "", "query"),
                                         ("/x?a=2&b=bbb", "", "regex"), ("/x?a=2&b=bbc", "", "plain"),
                                         ("/x", "X-V: 2\r\n", "plain"), ("/x?a=11", "", "plain"),
                                         ("/x?a=1", "x-v: 3\r\n", "query"), ("/x?a=1", "x-v: 2\r\n", "both")):
            with self.subTest((target, fields)):
                self.assertEqual(self.body(gateway, target, fields), expected)

    def test_priority_overrides(self):
        gateway = self.routed({"specific": self.says("specific", path="/a/b"),
                               "wide": {**self.says("wide", path="/a/**"), "priority": 1}})
        self.assertEqual(self.body(gateway, "/a/b"), "wide")

    def test_methods(self):
        gateway = self.routed({"read": {"match": {"path": "/x", "methods": ["GET"]}, "respond": {"body": "read"}},
                               "write": {"match": {"path": "/x", "methods": ["POST", "PUT"]}, "respond": {"body": "write"}}})
        self.assertEqual(self.body(gateway, "/x"), "read")
        self.assertEqual(self.body(gateway, "/x", method="POST"), "write")
        head = gateway.get("/x", method="HEAD")
        self.assertEqual((head.status, head.get("Content-Length"), head.body), (200, "4", b""))
        answer = gateway.get("/x", method="DELETE")
        self.assertEqual(answer.status, 405)
        self.assertEqual(sorted(answer.get("Allow").split(", ")), ["GET", "HEAD", "POST", "PUT"])
        self.assertEqual(answer.get("Content-Type"), "application/problem+json")

    def test_no_route(self):
        gateway = self.routed({"x": self.says("x", path="/x")})
        answer = gateway.get("/y")
        self.assertEqual((answer.status, answer.get("Content-Type")), (404, "application/problem+json"))
        self.assertEqual(gateway.logged(status=404)["flags"], "NR")
        self.assertEqual(gateway.get("/y", method="HEAD").body, b"")

    def test_respond(self):
        gateway = self.routed({
            "plain": {"match": "/plain", "respond": {"body": "text"}},
            "full": {"match": "/full", "respond": {"status": 418, "body": "{}", "headers": {
                "Content-Type": "application/json", "X-Tea": "yes"}}},
            "empty": {"match": "/empty", "respond": {"status": 204}}})
        plain = gateway.get("/plain")
        self.assertEqual((plain.body, plain.get("Content-Type")), (b"text", "text/plain; charset=utf-8"))
        full = gateway.get("/full")
        self.assertEqual((full.status, full.body, full.get("Content-Type"), full.get("X-Tea")),
                         (418, b"{}", "application/json", "yes"))
        self.assertEqual(gateway.get("/empty").status, 204)
        self.assertIsNone(plain.get("Server"))

    def test_redirects(self):
        gateway = self.routed({
            "old": {"match": "/old/{rest...}", "redirect": {"to": "/new/{rest}"}},
            "gone": {"match": "/gone/{a}/{b}", "redirect": {"to": "https://x.example/{b}/{a}", "status": 302}},
            "open": {"match": "/open/{rest...}", "redirect": {"to": "/{rest}", "status": 301}},
            "short": {"match": "/short", "redirect": "/long?x=1"}})
        for target, status, location in (("/old/a/b?c=d", 308, "/new/a/b?c=d"), ("/old", 308, "/new/"),
                                         ("/gone/1/2", 302, "https://x.example/2/1"),
                                         ("/old/%41%2f", 308, "/new/A%2F"), ("/short?y", 308, "/long?x=1"),
                                         ("/open//evil.example", 301, "/evil.example")):
            with self.subTest(target):
                answer = gateway.get(target)
                self.assertEqual((answer.status, answer.get("Location")), (status, location))

    def test_redirect_never_leaves_for_another_host(self):
        gateway = self.routed({"open": {"match": "/open/{rest...}", "redirect": {"to": "/{rest}"}}},
                              paths={"merge_slashes": False})
        self.assertEqual(gateway.get("/open//evil.example").get("Location"), "/evil.example")

    def test_redirect_https(self):
        gateway = self.routed({"x": {"match": "/**", "to": "echo"}}, {
            "main": {"redirect_https": 443}, "odd": {"redirect_https": 8443}, "open": {}})
        answer = gateway.get("/a/b?c", host="API.example:8080")
        self.assertEqual((answer.status, answer.get("Location")), (308, "https://api.example/a/b?c"))
        self.assertEqual(gateway.get("/", host="api.example", listener="odd").get("Location"), "https://api.example:8443/")
        self.assertEqual(gateway.get("/", listener="open").status, 200)
        self.assertEqual(len(self.source.requests), 1)

    def test_rewrite(self):
        gateway = self.routed({
            "one": {"match": "/v1/users/{id}", "rewrite": "/users/{id}", "to": "echo"},
            "query": {"match": "/find/{what}", "rewrite": "/search?q={what}", "to": "echo"},
            "rest": {"match": "/static/{rest...}", "rewrite": "/files/{rest}", "to": "echo"},
            "strip": {"match": "/api/**", "strip_prefix": "/api", "to": "echo"}})
        for target, sent in {"/v1/users/42": "/users/42", "/v1/users/42?a=b": "/users/42?a=b",
                             "/v1/users/a%20b": "/users/a%20b", "/v1/users/a%2fb": "/users/a%2Fb",
                             "/find/x": "/search?q=x", "/find/x?a=b": "/search?q=x", "/static/a/b": "/files/a/b",
                             "/static": "/files/", "/api/x/y?z": "/x/y?z", "/api": "/", "/api/": "/"}.items():
            with self.subTest(target):
                self.assertEqual(self.body(gateway, target), sent)

    def test_weighted(self):
        sources = [self.origin("one"), self.origin("two"), self.origin("never")]
        names = ["one", "two", "never"]
        for source, name in zip(sources, names):
            source.answer = ok(name)
        gateway = self.gateway(listeners={"main": {}}, upstreams={n: {"endpoints": [s.url]} for n, s in zip(names, sources)},
                               routes={"all": {"match": "/**", "to": [{"upstream": "one", "weight": 80},
                                                                      {"upstream": "two", "weight": 20},
                                                                      {"upstream": "never", "weight": 0}],
                                               "split": "header.X-Caller"}})
        client = gateway.connect()
        got = [client.get(fields=f"X-Caller: {i}\r\n").body for i in range(1000)]
        self.assertEqual(got.count(b"never"), 0)
        self.assertTrue(120 <= got.count(b"two") <= 290, got.count(b"two"))

    def test_routes_of_a_listener(self):
        gateway = self.routed({"inner": {**self.says("inner", path="/x"), "listeners": ["inner"]},
                               "both": self.says("both", path="/**")}, {"main": {}, "inner": {}})
        self.assertEqual(self.body(gateway, "/x"), "both")
        self.assertEqual(self.body(gateway, "/x", listener="inner"), "inner")
        self.assertEqual(self.body(gateway, "/y", listener="inner"), "both")

    def test_paths_are_normalised_once_and_sent_so(self):
        gateway = self.routed({"admin": self.says("admin", path="/admin/**"), "all": {"match": "/**", "to": "echo"}})
        for target, sent in {"/a/./b": "/a/b", "/a/../b": "/b", "/../b": "/b", "/a/b/..": "/a/", "/a/.": "/a/",
                             "//a///b": "/a/b", "/%61%2D%2e%5F%7e": "/a-._~", "/a/%2e%2e/b": "/b", "/a/.%2E/b": "/b",
                             "/a%2fb": "/a%2Fb", "/a%5cb": "/a%5Cb", "/a%2Fb%3f": "/a%2Fb%3F", "/%25": "/%25",
                             "/%2561": "/%2561", "/a%20b": "/a%20b", "/%c3%a9": "/%C3%A9", "/a;b=c": "/a;b=c",
                             "/a?x=/../y": "/a?x=/../y", "/a?%61=%00": "/a?%61=%00", "/a?": "/a?", "/a//": "/a/",
                             "/...": "/...", "/a/.../b": "/a/.../b", "/.a/..b": "/.a/..b"}.items():
            with self.subTest(target):
                self.assertEqual(self.body(gateway, target), sent)
        for target in ("/admin", "/%61dmin", "/x/../admin", "//admin", "/x/%2e%2e/admin/y", "/./admin", "/admin/../admin/x"):
            with self.subTest(target):
                self.assertEqual(self.body(gateway, target), "admin")

    def test_paths_that_are_refused(self):
        gateway = self.routed({"all": {"match": "/**", "to": "echo"}})
        for target in ("/a%00", "/a\\b", "/a/..;/b", "/a/..;x/b", "/..;", "/a%2f..", "/a%2F..%2Fb", "/..%2fb", "/a%5c..",
                       "/.%2fb", "/%2e%2e%2fb", "/%2e%2e;/b", "/%", "/%1", "/%zz"):
            with self.subTest(target):
                self.assertEqual(self.body(gateway, target), 400)
        self.assertEqual(self.source.requests, [])

    def test_slashes_are_kept_by_option(self):
        gateway = self.routed({"all": {"match": "/**", "to": "echo"}}, paths={"merge_slashes": False})
        self.assertEqual(self.body(gateway, "//a///b"), "//a///b")
        self.assertEqual(self.body(gateway, "/a//../b"), "/a/b")

    def test_ten_thousand_routes(self):
        routes = {f"r{i}": {"match": f"/r{i}/{{id}}", "respond": {"body": str(i)}} for i in range(10_000)}
        gateway = self.routed(routes)
        for i in (0, 1, 4321, 9999):
            self.assertEqual(self.body(gateway, f"/r{i}/x"), str(i))
        self.assertEqual(self.body(gateway, "/r10000/x"), 404)


if __name__ == "__main__":
    import unittest
    unittest.main()
