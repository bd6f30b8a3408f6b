package import Identity
package import StrictCoding

/// The identifiers that a forwarded request needs, made from time and randomness that the Shell supplies.
package struct FreshIdentifiers: Sendable {
    /// Random bytes that one request uses.
    package static let randomBytes = 10 + 10 + 16 + SpanID.randomBytes + Handle.randomBytes

    package let transaction: ByteString
    package let envelopeID: ByteString
    /// 16 bytes.
    package let traceID: [UInt8]
    package let span: SpanID
    /// `Handle.randomBytes` bytes.
    let handle: [UInt8]

    /// - Parameter random: `randomBytes` bytes from a cryptographic generator.
    package init(milliseconds: Int64, random: [UInt8]) {
        precondition(random.count == Self.randomBytes, "one request uses \(Self.randomBytes) random bytes")
        transaction = ULID.make(milliseconds: milliseconds, random: Array(random[0..<10]))
        envelopeID = ULID.make(milliseconds: milliseconds, random: Array(random[10..<20]))
        traceID = Array(random[20..<36])
        span = SpanID(random: random[36..<44])
        handle = Array(random[44...])
    }
}
