import StrictCoding

/// The grammar of scopes, and how many of them an envelope has room for.
enum ScopeToken {
    static let mostBytes = 255
    /// The envelope's bounds for the scopes of one server.
    static let mostPerServer = 64
    static let mostBytesPerServer = 1_024

    /// `%x21 / %x23-5B / %x5D-7E`, at least one.
    static func isWellFormed(_ text: ByteString) -> Bool {
        (1...mostBytes).contains(text.count)
            && text.bytes.allSatisfy { $0.isVisibleASCII && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }

    static func fitInEnvelope(_ scopes: [ByteString]) -> Bool {
        scopes.count <= mostPerServer && scopes.reduce(scopes.count - 1) { $0 + $1.count } <= mostBytesPerServer
    }
}
