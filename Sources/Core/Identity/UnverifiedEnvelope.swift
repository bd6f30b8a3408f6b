package import JOSE
package import StrictCoding

/// An envelope as somebody presented it: nothing in it can be read before `verify`.
package struct UnverifiedEnvelope: Sendable {
    private let token: UnverifiedJWS
    private let keyID: ByteString
    private let signature: [UInt8]

    /// Checks the form and the header: three canonical base64url parts, `alg`, `typ` and `kid` and nothing else.
    package init(compact: [UInt8]) throws(EnvelopeRefusal) {
        guard compact.count <= EnvelopeLimits.compactBytes else { throw .tooLarge(bytes: compact.count) }
        guard compact.count(where: { $0 == UInt8(ascii: ".") }) == 2 else { throw .notCompact }
        do {
            token = try UnverifiedJWS(compact: compact, limit: EnvelopeLimits.compactBytes)
        } catch {
            throw EnvelopeRefusal(error)
        }
        for (name, _) in token.header.document.root.members ?? [] where !Self.headerMembers.contains(name) {
            throw .unexpectedHeaderMember(name)
        }
        guard token.algorithm == .es256 else { throw .wrongAlgorithm }
        guard let type = token.header.type, Self.isEnvelope(type) else { throw .wrongType }
        guard let keyID = token.keyID, EnvelopeText.isTokenID(keyID) else { throw .malformedKeyID }
        self.keyID = keyID
        signature = Array(Envelope.signature(of: compact))
    }

    /// Verifies the signature, and then that the claims are ours, for `audience`, in time, whole, within limits and
    /// without contradiction. `leeway` is how many seconds after its end an envelope is still taken.
    package func verify(
        keys: KeySet, issuer: ByteString, audience: ByteString, now: UnixTime, leeway: Int64
    ) throws(EnvelopeRefusal) -> VerifiedEnvelope {
        let verified: VerifiedJWS
        do {
            verified = try token.verify(with: keys, allowing: [.es256])
        } catch {
            throw EnvelopeRefusal(error)
        }
        let payload = try Self.parse(verified.payload.bytes)
        let claims = try ClaimsReader(payload.root)
            .claims(issuer: issuer, audience: audience, now: now, leeway: leeway)
        try claims.check()
        return VerifiedEnvelope(claims: claims, keyID: keyID, signature: ByteString(signature))
    }

    private static let headerMembers: [ByteString] = ["alg", "typ", "kid"]

    /// Read again with an envelope's own bounds: the reader of all tokens allows deeper nesting.
    private static func parse(_ payload: [UInt8]) throws(EnvelopeRefusal) -> JSONDocument {
        let limits = JSONLimits(bytes: EnvelopeLimits.compactBytes, depth: EnvelopeLimits.depth, members: 512)
        do {
            return try JSONDocument(parsing: payload, limits: limits)
        } catch {
            throw .payload(error)
        }
    }

    /// Media types compare without case, and may leave out `application/` (RFC 7515, section 4.1.9).
    private static func isEnvelope(_ type: ByteString) -> Bool {
        let name = type.bytes.asciiLowercased()
        let prefix = Array("application/".utf8)
        return Array(name.starts(with: prefix) ? name.dropFirst(prefix.count) : name[...]) == Envelope.type.bytes
    }
}

/// An envelope whose signature and claims hold. Only `UnverifiedEnvelope.verify` makes one.
package struct VerifiedEnvelope: Sendable {
    package let claims: EnvelopeClaims
    package let keyID: ByteString
    /// The third part of the compact form.
    package let signature: ByteString

    fileprivate init(claims: EnvelopeClaims, keyID: ByteString, signature: ByteString) {
        self.claims = claims
        self.keyID = keyID
        self.signature = signature
    }
}

extension EnvelopeRefusal {
    /// The same fact in the words of envelopes.
    fileprivate init(_ error: JWSError) {
        self =
            switch error {
            case .tooLarge(let bytes): .tooLarge(bytes: bytes)
            case .malformed, .invalidBase64(.unexpectedByte): .notCompact
            case .invalidBase64(.impossibleLength), .invalidBase64(.trailingBits): .notCanonical
            // A token of five parts was refused before: this one has three, and an `enc` in its header.
            case .encrypted: .unexpectedHeaderMember("enc")
            case .invalidHeader(let error): .header(error)
            case .headerNotObject: .headerNotObject
            case .forbiddenMember(let member): .unexpectedHeaderMember(ByteString(member.rawValue))
            case .invalidMember(.typ): .wrongType
            case .invalidMember: .malformedKeyID
            case .unsupportedAlgorithm, .algorithmNotAllowed: .wrongAlgorithm
            case .unknownKey(let kid): kid.map { .unknownKey($0) } ?? .malformedKeyID
            case .wrongKey(let kid): .unknownKey(kid)
            case .badSignature: .badSignature
            case .invalidPayload(let error): .payload(error)
            case .payloadNotObject: .payloadNotObject
            }
    }
}
