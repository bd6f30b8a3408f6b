package import StrictCoding

/// All that the envelopes of one caller at one server have in common, checked and written once: what is left to a
/// request is when it came, its ids and what it asks for.
package final class EnvelopeTemplate: Sendable {
    /// What one envelope says beyond its template.
    package struct Occasion: Sendable {
        package let issuedAt: UnixTime
        package let expiresAt: UnixTime
        /// Unique per envelope.
        package let tokenID: ByteString
        package let transactionID: ByteString
        package let traceID: ByteString
        package let request: RequestContext?

        package init(
            issuedAt: UnixTime, expiresAt: UnixTime, tokenID: ByteString, transactionID: ByteString,
            traceID: ByteString, request: RequestContext?
        ) {
            self.issuedAt = issuedAt
            self.expiresAt = expiresAt
            self.tokenID = tokenID
            self.transactionID = transactionID
            self.traceID = traceID
            self.request = request
        }
    }

    /// Those of one occasion, which nobody looks at.
    private let model: EnvelopeClaims
    /// The payload's parts around what an occasion adds: before `iat`, before `trace_id`, and before `meta`.
    private let beginning: [UInt8]
    private let middle: [UInt8]
    private let end: [UInt8]

    /// - Parameter claims: of any occasion.
    /// - Throws: what would keep every envelope of this template from being one.
    package convenience init(_ claims: EnvelopeClaims) throws(EnvelopeRefusal) {
        try claims.checkStanding()
        self.init(writing: claims)
    }

    /// Without the check, for claims that are only written.
    init(writing claims: EnvelopeClaims) {
        model = claims
        (beginning, middle, end) = (claims.encodedBeginning(), claims.encodedMiddle(), claims.encodedEnd())
    }

    package var scopes: [ByteString] { model.scopes }

    /// What the envelope of an occasion says.
    package func claims(_ occasion: Occasion) -> EnvelopeClaims {
        var claims = model
        claims.issuedAt = occasion.issuedAt
        claims.expiresAt = occasion.expiresAt
        claims.tokenID = occasion.tokenID
        claims.transactionID = occasion.transactionID
        claims.traceID = occasion.traceID
        claims.request = occasion.request
        return claims
    }

    /// The payload as compact JSON, members in the order of the format's own example.
    func payload(_ occasion: Occasion, showingRequest: Bool = true) -> [UInt8] {
        let request = showingRequest ? occasion.request : nil
        // Times, ids, names and punctuation take less than 384 bytes.
        let room = 384 + (request?.method?.count ?? 0) + (request?.name?.count ?? 0)
        var json = ClaimsEncoder(reserving: beginning.count + middle.count + end.count + room)
        json.written(beginning)
        json.integer(#","iat":"#, occasion.issuedAt.seconds)
        json.integer(#","exp":"#, occasion.expiresAt.seconds)
        json.text(#","jti":"#, occasion.tokenID)
        json.text(#","txn":"#, occasion.transactionID)
        json.written(middle)
        json.text(#","trace_id":"#, occasion.traceID)
        json.written(end)
        json.integer(#","meta":{"created_at":"#, occasion.issuedAt.seconds)
        json.integer(#","expires_at":"#, occasion.expiresAt.seconds)
        json.literal("}}")
        if let request { json.request(request) }
        json.literal("}")
        return json.bytes
    }
}

extension EnvelopeClaims {
    package var occasion: EnvelopeTemplate.Occasion {
        EnvelopeTemplate.Occasion(
            issuedAt: issuedAt, expiresAt: expiresAt, tokenID: tokenID, transactionID: transactionID, traceID: traceID,
            request: request)
    }
}
