package import HTTPCodec
package import HTTPWire
package import NIOCore
internal import StrictCoding

/// How demo services call others: plain HTTP without a word about identity, as most programs do it.
package struct WebClient: Sendable {
    package struct Answer: Sendable, Equatable {
        package let status: Int
        package let body: [UInt8]

        package init(status: Int, body: [UInt8]) {
            self.status = status
            self.body = body
        }

        var isSuccess: Bool { (200...299).contains(status) }
    }

    /// Larger answers than a demo service gives are none of its.
    private static let mostBytes = 512 << 10
    private static let patience = TimeAmount.seconds(30)

    /// Nil where there is no whole answer.
    package var send: @Sendable (_ method: HTTPCodec.Method, _ target: [UInt8], _ endpoint: Endpoint) async -> Answer?

    package init(
        send: @escaping @Sendable (_ method: HTTPCodec.Method, _ target: [UInt8], _ endpoint: Endpoint) async -> Answer?
    ) {
        self.send = send
    }

    /// Over connections that live on one event loop.
    package static func live(on eventLoop: any EventLoop) -> WebClient {
        let client = HTTPClient(eventLoop: eventLoop)
        return WebClient { method, target, endpoint in
            var fields = FieldBlock()
            fields.append("Accept", "application/json")
            fields.append("User-Agent", "legacy-shop/1.0")
            let head = UpstreamHead(
                method: method, target: target, fields: fields, endpoint: endpoint, mayReplay: method == .get)
            let answer = try? await client.fetch(
                head, body: method == .get ? nil : [], deadline: patience, maxBytes: mostBytes)
            return answer.map { Answer(status: $0.status, body: $0.body) }
        }
    }

    func get(
        _ url: WebURL, _ segments: ByteString..., query: [(name: ByteString, value: ByteString)] = []
    ) async -> Answer? {
        await send(.get, url.target(segments, query: query), url.endpoint)
    }

    func post(_ url: WebURL, _ segments: ByteString...) async -> Answer? {
        await send(.post, url.target(segments), url.endpoint)
    }
}
