import StrictCoding
import Testing

@testable import Policy

/// What `paths` of a service's rules match, and which of them can be written at all.
@Suite struct PathPatternTests {
    @Test(
        arguments: [
            ("/", ["/"], ["/a", "//", ""]),
            ("/orders", ["/orders"], ["/orders/", "/order", "/ordersx", "/Orders", "/orders/1", "/"]),
            ("/orders/", ["/orders/"], ["/orders", "/orders/1", "/orders//"]),
            (
                "/orders/*", ["/orders/1", "/orders/*", "/orders/a%2Ab"],
                ["/orders", "/orders/", "/orders/1/", "/orders/1/x"]
            ),
            ("/*/items", ["/1/items"], ["//items", "/items", "/1/2/items", "/1/items/"]),
            ("/*/*", ["/a/b"], ["/a", "/a/", "//", "/a/b/c"]),
            ("/**", ["/", "/a", "/a/", "/a/b/c"], ["*", "", "a"]),
            ("/orders/**", ["/orders", "/orders/", "/orders/1", "/orders/1/x/"], ["/", "/ordersx", "/order/1"]),
            ("/*/x/**", ["/a/x", "/a/x/", "/a/x/y/z"], ["/a/y", "/x", "//x", "/a"]),
            ("/caf%C3%A9", ["/caf%C3%A9"], ["/café", "/cafe%CC%81", "/caf%c3%a9"]),
        ] as [(String, [String], [String])])
    func aPatternMatchesWholeSegments(text: String, matching: [String], others: [String]) throws {
        let pattern = try #require(PathPattern(ByteString(text)))
        #expect(pattern.text == ByteString(text))
        for path in matching { #expect(pattern.matches(ByteString(path)), "\(path)") }
        for path in others { #expect(!pattern.matches(ByteString(path)), "\(path)") }
    }

    @Test(arguments: ["", "orders", "*", "**", "/a*", "/*a", "/a**", "/***", "/**/a", "/**/", "/**/**", "/a/*b/c"])
    func aStarIsAWholeSegment(text: String) {
        #expect(PathPattern(ByteString(text)) == nil)
    }

    @Test(
        arguments: [
            ("/", nil), ("/a/", nil), ("/a.b/..c/...", nil), ("/caf%C3%A9", nil), ("/a%20b", nil), ("/a:b@c,d", nil),
            ("/%2A", nil), ("/" + String(repeating: "a", count: 1_023), nil),
            ("", "does not begin with a slash"), ("a", "does not begin with a slash"),
            ("/" + String(repeating: "a", count: 1_024), "is longer than 1024 bytes"),
            ("//", "has an empty segment (`//`)"), ("/a//b", "has an empty segment (`//`)"),
            ("/a//", "has an empty segment (`//`)"), ("/..", "has a dot segment"), ("/a/.", "has a dot segment"),
            ("/a/./b", "has a dot segment"), ("/a;b", "has a path parameter (`;`), with which calls are refused"),
            ("/%61", "has percent-encoding that is not needed"), ("/%2E%2E", "has percent-encoding that is not needed"),
            ("/%2f", "has percent-encoding in lower case"), ("/%2F", "has an encoded slash, backslash or control"),
            ("/%5C", "has an encoded slash, backslash or control"),
            ("/%00", "has an encoded slash, backslash or control"),
            ("/%7F", "has an encoded slash, backslash or control"),
            ("/%25", "has an encoded `%` or `;`, with which calls are refused"),
            ("/%3B", "has an encoded `%` or `;`, with which calls are refused"),
            ("/%C3", "has percent-encoding that is not UTF-8, with which calls are refused"),
            ("/%C0%AF", "has percent-encoding that is not UTF-8, with which calls are refused"),
            ("/%ED%A0%80", "has percent-encoding that is not UTF-8, with which calls are refused"),
            ("/%", "has a `%` that is no percent-encoding"), ("/%2", "has a `%` that is no percent-encoding"),
            ("/a b", "has a character that a URL path does not allow"),
            ("/a?b", "has a character that a URL path does not allow"),
            ("/a\\b", "has a character that a URL path does not allow"),
            ("/é", "has a character that a URL path does not allow"),
        ] as [(String, String?)])
    func onlyPathsThatCallsCanHaveAreWritten(path: String, fault: String?) {
        #expect(CallPath.fault(in: ByteString(path)) == fault)
    }

    // MARK: Rules

    @Test(
        arguments: [
            ("GET", "/orders/1", ["read"], .allowed(rule: 0)),
            ("GET", "/orders/1", ["write"], .allowed(rule: 1)),
            ("GET", "/orders/1", [], .missingScopes(["read"], rule: 0)),
            ("POST", "/orders/1", ["read"], .missingScopes(["write", "admin"], rule: 2)),
            ("POST", "/orders/1", ["write"], .missingScopes(["admin"], rule: 2)),
            ("POST", "/orders/1", ["admin", "write"], .allowed(rule: 2)),
            ("get", "/orders/1", ["read"], .notAllowed), ("DELETE", "/orders/1", ["read"], .notAllowed),
            ("GET", "/orders/1/items", ["read", "write", "admin"], .notAllowed),
            ("GET", "/health", [], .allowed(rule: 3)),
        ] as [(ByteString, ByteString, [ByteString], Access)])
    func theFirstRuleThatTheActorsScopesSatisfyDecides(
        method: ByteString, path: ByteString, scopes: [ByteString], access: Access
    ) throws {
        let service = DownstreamService(
            name: "orders_api", url: try HTTPURL(parsing: "http://127.0.0.1:4000"), mode: .serviceIdentity,
            credential: .bearer(SecretReference(source: .environment, name: "TOKEN")),
            allow: [
                try rule(["GET"], "/orders/*", ["read"]), try rule(["GET"], "/orders/*", ["write"]),
                try rule(["POST", "PUT"], "/orders/**", ["write", "admin"]), try rule(["GET"], "/health", []),
            ])
        #expect(service.access(method: method, path: path, scopes: scopes) == access)
    }

    private func rule(_ methods: [ByteString], _ path: ByteString, _ require: [ByteString]) throws -> AccessRule {
        AccessRule(methods: methods, paths: [try #require(PathPattern(path))], require: require)
    }
}
