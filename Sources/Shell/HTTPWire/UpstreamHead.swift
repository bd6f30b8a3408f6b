package import HTTPCodec
package import StrictCoding

/// Where to connect: connections to one endpoint are interchangeable. The host is a name or an IP literal without
/// brackets.
package struct Endpoint: Hashable, Sendable {
    package let host: ByteString
    package let port: Int
    /// Which addresses the host may have.
    package let reach: Reach
    /// Tells apart what had the same address at different times: a connection of one is never used for the other.
    package let occupant: ByteString
    /// `nil` for plain TCP.
    package let security: UpstreamSecurity?

    package init(
        host: ByteString, port: Int, reach: Reach = .any, occupant: ByteString = "", security: UpstreamSecurity? = nil
    ) {
        self.host = host
        self.port = port
        self.reach = reach
        self.occupant = occupant
        self.security = security
    }

    /// As in a `Host` field.
    package var authority: [UInt8] {
        let isIPv6 = host.bytes.contains(UInt8(ascii: ":"))
        let name = isIPv6 ? Array("[".utf8) + host.bytes + Array("]".utf8) : host.bytes
        return port == (security == nil ? 80 : 443) ? name : name + Array(":\(port)".utf8)
    }
}

/// The head of a request to an upstream. The wire writes framing and connection fields, and `Host` from the endpoint
/// where `fields` has none; fields of that kind in `fields` are left out.
package struct UpstreamHead: Sendable {
    package var method: Method
    /// Visible ASCII, not empty: path and query.
    package var target: [UInt8]
    package var fields: FieldBlock
    package var endpoint: Endpoint
    /// Whether the request may be sent once more when a reused connection turns out to be dead
    /// (`UpstreamLimits.replayWindow` bounds the risk that it was worked on). Never happens with a streamed body.
    package var mayReplay: Bool

    package init(
        method: Method, target: [UInt8], fields: FieldBlock = FieldBlock(), endpoint: Endpoint, mayReplay: Bool = true
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.endpoint = endpoint
        self.mayReplay = mayReplay
    }
}
