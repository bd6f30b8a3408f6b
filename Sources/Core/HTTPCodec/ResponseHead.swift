/// A response head that passed every check of its syntax and framing. Its reason phrase was validated and dropped.
package struct ResponseHead: Sendable, Equatable {
    /// 100 to 599, but never 101.
    package let status: Int
    package let version: HTTPVersion
    package let fields: FieldBlock
    package let framing: BodyFraming
    package let connection: ConnectionOptions

    /// An interim response (1xx): it has no content and the final response is still to come.
    package var isInformational: Bool { status < 200 }

    /// Whether the connection can carry another exchange after this one.
    package var keepAlive: Bool { framing != .untilClose && connection.persists(in: version) }
}

extension ResponseHead {
    /// The head that a complete, well-formed status line and header section amount to, as an answer to HEAD or to
    /// another method.
    init(line: StatusLineScanner, fields: FieldBlock, toHead: Bool) throws(WireError) {
        // We never offer an Upgrade, so nobody may accept one.
        if line.status == 101 { throw .switchingProtocols }
        let read = try MessageFields(fields, version: line.version, isRequest: false)
        let framing: BodyFraming
        if line.status < 200 || line.status == 204 {
            // RFC 9112, section 6.1 and RFC 9110, section 8.6 forbid both fields here. A length of zero is a common
            // and harmless mistake; anything else announces octets that would be taken for the next response.
            guard !read.isChunked, (read.contentLength ?? 0) == 0 else { throw .contentNotAllowed }
            framing = .none
        } else if line.status == 304 || toHead {
            framing = .none
        } else if read.isChunked {
            framing = .chunked
        } else {
            framing = read.contentLength.map { .length($0) } ?? .untilClose
        }
        self.init(
            status: line.status, version: line.version, fields: fields, framing: framing,
            connection: read.connection)
    }
}
