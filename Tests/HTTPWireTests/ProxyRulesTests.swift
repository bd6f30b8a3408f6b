import HTTPCodec
import NIOCore
import Testing

@testable import HTTPWire

/// What of a message crosses a proxy, seen from both ends of real sockets.
@Suite(.timeLimit(.minutes(1))) struct ProxyRulesTests {
    /// Tells what of the request arrived: method, target, names of fields, content.
    static let witness: Service = { request in
        let names = (0..<request.fields.count).map { text(request.fields.name(at: $0)).lowercased() }.sorted()
        let query = request.query.map { "?" + text($0) } ?? ""
        let told = "[\(text(request.method.name)) \(request.path)\(query) \(names.joined(separator: ","))]"
        return ServiceResponse(status: 200, fields: [("X-Told", "yes")], body: Array(told.utf8) + request.body)
    }

    struct Rule: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: String
        let answer: String
    }

    static let rules: [Rule] = [
        Rule(
            testDescription: "chunk extensions and trailers end here",
            request: """
                POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r
                2;x=y\r\nhi\r\n0\r\nX-Late: 1\r\nAuthorization: Bearer late\r\n\r\n
                """,
            answer: "[POST /a host,transfer-encoding]hi"),
        Rule(
            testDescription: "an upgrade is not offered on",
            request: "GET /a HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
            answer: "[GET /a host]"),
        Rule(
            testDescription: "a nominated field belongs to one connection",
            request: "GET /a HTTP/1.1\r\nHost: h\r\nConnection: x-mine\r\nX-Mine: 1\r\nX-Other: 2\r\n\r\n",
            answer: "[GET /a host,x-other]"),
        Rule(
            testDescription: "absolute form becomes origin form",
            request: "GET http://h/a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", answer: "[GET /a?b=c host]"),
        Rule(
            testDescription: "the asterisk form passes",
            request: "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", answer: "[OPTIONS * host]"),
        Rule(
            testDescription: "HTTP/1.0 is answered and closed",
            request: "GET /a HTTP/1.0\r\nHost: h\r\n\r\n", answer: "Connection: close\r\n\r\n[GET /a host]"),
        Rule(
            testDescription: "another expectation than 100-continue fails",
            request: "POST /a HTTP/1.1\r\nHost: h\r\nExpect: more\r\nContent-Length: 0\r\n\r\n",
            answer: "HTTP/1.1 417 Expectation Failed"),
    ]

    @Test(arguments: rules) func messagesCrossByTheRules(_ rule: Rule) async throws {
        try await withService(Self.witness) { upstream in
            try await withProxy(to: upstream.localAddress) { proxy, _ in
                let client = try await RawClient.connect(to: proxy.localAddress)
                try await client.send(rule.request)
                try await client.wait(for: rule.answer)
                await client.close()
            }
        }
    }

    @Test(arguments: [
        "host", "authorization", "content-length", "txn-token", "eie-context", "x_user_id", "mcp-session-id",
    ])
    func noClientTakesAProtectedFieldAway(name: String) async throws {
        try await withService(Self.witness) { upstream in
            try await withProxy(to: upstream.localAddress) { proxy, _ in
                let client = try await RawClient.connect(to: proxy.localAddress)
                try await client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close, \(name)\r\n\r\n")
                try await client.wait(for: "HTTP/1.1 400 Bad Request")
                try await client.wait(for: "connection_nominates_protected")
                await client.close()
            }
        }
    }
}
