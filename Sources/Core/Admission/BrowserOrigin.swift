import HTTPCodec
package import StrictCoding

/// The `Origin` check of MCP (2025-11-25, transports, security): a page may only speak to a server whose operator named
/// its origin.
enum BrowserOrigin {
    /// The origin when it is allowed, `nil` when the client is no browser.
    static func check(_ fields: FieldBlock, allowed: [ByteString]) throws(Refusal) -> ByteString? {
        let origins = fields.all("origin")
        guard let origin = origins.first else { return nil }
        // `null`, which sandboxed pages and files send, is nobody's origin and cannot be in the policy.
        guard origins.count == 1, let match = allowed.first(where: { $0.bytes[...] == origin }) else {
            throw .originNotAllowed
        }
        return match
    }
}

/// The answer to a browser's preflight request (Fetch standard, CORS protocol).
package struct Preflight: Sendable, Equatable {
    package let origin: ByteString
    /// The header names that the page may send: the known ones, and each `Mcp-Param-*` that it asked for.
    package let allowedHeaders: ByteString

    init(_ fields: FieldBlock, origin: ByteString) {
        self.origin = origin
        var headers = Array(Self.known.utf8)
        let requested = fields.first("access-control-request-headers") ?? []
        for name in requested.split(separator: UInt8(ascii: ",")).prefix(64) {
            let name = name.filter { $0 != 0x20 && $0 != 0x09 }.asciiLowercased()
            guard name.starts(with: "mcp-param-".utf8), name.count <= 128, name.allSatisfy(\.isTchar) else { continue }
            headers += ", ".utf8
            headers += name
        }
        allowedHeaders = ByteString(headers)
    }

    private static let known = """
        authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, last-event-id, \
        traceparent, tracestate, baggage
        """
    /// What a page may read of an answer.
    package static let exposedHeaders: StaticString =
        "WWW-Authenticate, Mcp-Session-Id, Mcp-Protocol-Version, Retry-After"
}
