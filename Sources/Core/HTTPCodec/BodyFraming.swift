/// The two versions of the protocol that exist with this syntax; any other number is refused with 505.
///
/// RFC 9110, section 2.5, would let us read `HTTP/1.2` as 1.1. No such version will ever be published, so whoever
/// sends it is probing.
package enum HTTPVersion: Hashable, Sendable {
    case http10
    case http11
}

/// Where the content of a message ends (RFC 9112, section 6.3).
package enum BodyFraming: Hashable, Sendable {
    /// There is no content.
    case none
    /// Exactly so many octets, as declared by the peer; `.length(0)` differs from `.none` only in having been said.
    case length(Int)
    /// The chunked transfer coding, and nothing on top of it.
    case chunked
    /// The content of this response ends with its connection. Never the framing of a request.
    case untilClose

    /// Whether octets of content can follow.
    package var allowsContent: Bool {
        switch self {
        case .none, .length(0): false
        case .length, .chunked, .untilClose: true
        }
    }
}
