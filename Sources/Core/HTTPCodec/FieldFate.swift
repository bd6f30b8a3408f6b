package import StrictCoding

/// What becomes of a header field on its way through the gateway.
package enum FieldFate: Hashable, Sendable {
    /// May be copied.
    case forward
    /// Claims an identity or a routing that only the gateway may state: removed, whatever it says.
    case strip
    /// Describes this hop or this message's framing: removed, and stated anew where it is needed.
    case regenerate
    /// Meant for the gateway: read here and removed.
    case consume
    /// Removed unless the route asks for it (`cookie`).
    case optIn
    /// Belongs to one connection (RFC 9110, section 7.6.1): removed.
    case hopByHop
}

extension FieldBlock {
    /// What becomes of a request's field, by its name alone.
    package func requestFate(at index: Int) -> FieldFate {
        withName(at: index) { FieldNames.requestFate(of: $0) }
    }

    /// What becomes of a response's field, by its name alone.
    package func responseFate(at index: Int) -> FieldFate {
        withName(at: index) { FieldNames.responseFate(of: $0) }
    }

    /// Whether the name would be read as `name` by a server that folds case and separators.
    package func isLookAlike(at index: Int, of name: ByteString) -> Bool {
        withName(at: index) { own in name.bytes.withUnsafeBufferPointer { FieldNames.isLookAlike(own, of: $0) } }
    }
}
