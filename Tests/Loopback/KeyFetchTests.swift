import HTTPCodec
import HTTPWire
import NIOPosix
import Policy
import StrictCoding
import TestSupport
import Testing

@testable import Gateway

/// What the gateway makes of an identity provider's answers.
@Suite(.timeLimit(.minutes(2))) struct KeyFetchTests {
    private static func issuer() throws -> Issuer {
        let text = """
            version: 1
            gateway: {public_url: "http://127.0.0.1:8080"}
            issuers:
              corp: {issuer: "http://127.0.0.1:9000", tenant: acme}
            servers:
              orders-mcp: {path: /mcp/orders, upstream: "http://127.0.0.1:3001/mcp", issuers: [corp], scopes: []}
            """
        let compilation = PolicyCompiler.compile(PolicySource(name: "test.yaml", bytes: Array(text.utf8)))
        return try #require(compilation.policy?.issuers.first, "\(compilation.diagnostics.map(\.rendered))")
    }

    /// Fetches `/` of a site; the paths that it was asked for.
    private func fetch(
        mostBytes: Int = 1_000, _ answer: @escaping @Sendable (ServiceRequest) -> ServiceResponse
    ) async throws -> (outcome: String, asked: [String]) {
        let asked = Shared<[String]>([])
        let site = try Site { request in
            asked.change { $0.append(request.path) }
            return answer(request)
        }
        try await site.open()
        let client = HTTPClient(eventLoop: MultiThreadedEventLoopGroup.singleton.any())
        let url = try HTTPURL(parsing: ByteString(site.url + "/jwks"))
        let outcome = await KeyFetch.fetch(
            url, of: try Self.issuer(), security: nil, mostBytes: mostBytes, client: client)
        await client.shutdown()
        await site.close()
        switch outcome {
        case .body(let bytes): return ("\(bytes.count) bytes", asked.value)
        case .nothing(let why): return (why, asked.value)
        }
    }

    @Test(arguments: [301, 302, 303, 307, 308]) func aRedirectIsNotFollowed(status: Int) async throws {
        let result = try await fetch { request in
            let origin = "http://" + String(decoding: request.fields.first("host") ?? [], as: UTF8.self)
            return ServiceResponse(status: status, fields: [("Location", origin + "/elsewhere")])
        }
        #expect(result.outcome == "HTTP status \(status)")
        #expect(result.asked == ["/jwks"])
    }

    @Test(arguments: [204, 401, 404, 429, 500, 503]) func onlyA200IsADocument(status: Int) async throws {
        #expect(try await fetch { _ in ServiceResponse(status: status, body: []) }.outcome == "HTTP status \(status)")
    }

    @Test(arguments: [
        (0, "0 bytes"), (1_000, "1000 bytes"), (1_001, "the answer is too large"), (1 << 20, "the answer is too large"),
    ])
    func aDocumentHasItsBound(count: Int, outcome: String) async throws {
        #expect(try await fetch { _ in .json(String(repeating: " ", count: count)) }.outcome == outcome)
        let streamed = try await fetch { _ in
            let left = Shared(count)
            return ServiceResponse(
                status: 200,
                stream: AsyncStream {
                    let piece = min(left.value, 100)
                    guard piece > 0 else { return nil }
                    left.change { $0 -= piece }
                    return [UInt8](repeating: 0x20, count: piece)
                })
        }
        #expect(streamed.outcome == outcome)
    }

    @Test func anAnswerThatDoesNotEndIsGivenUp() async throws {
        let result = try await fetch { _ in
            let (stream, source) = AsyncStream.makeStream(of: [UInt8].self)
            source.yield(Array("{".utf8))
            return ServiceResponse(status: 200, stream: stream)
        }
        #expect(result.outcome == "no whole answer within 5 seconds")
    }

    @Test func nobodyThereIsSaidSo() async throws {
        let site = try Site { _ in ServiceResponse(status: 200) }
        let client = HTTPClient(eventLoop: MultiThreadedEventLoopGroup.singleton.any())
        let url = try HTTPURL(parsing: ByteString(site.url))
        let outcome = await KeyFetch.fetch(url, of: try Self.issuer(), security: nil, mostBytes: 10, client: client)
        guard case .nothing(let why) = outcome else {
            Issue.record("somebody answered")
            return
        }
        #expect(why == "connect_failed")
        await client.shutdown()
    }
}
