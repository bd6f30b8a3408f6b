import Identity
import JOSE
import StrictCoding
import Testing

/// What a server behind the gateway does with an envelope.
enum Envelopes {
    static func verify(_ envelope: String, jwks: [UInt8]) throws -> EnvelopeClaims {
        let issuedAt = try #require(try payload(envelope)["iat"]?.integer)
        return try UnverifiedEnvelope(compact: Array(envelope.utf8)).verify(
            keys: try KeySet(parsing: jwks), issuer: ByteString(World.origin),
            audience: EnvelopeClaims.audience(issuer: ByteString(World.origin), id: "orders-mcp"),
            now: UnixTime(seconds: issuedAt), leeway: 0
        ).claims
    }

    /// A text claim, unverified.
    static func claim(_ name: ByteString, of envelope: String) throws -> ByteString? {
        try payload(envelope).member(name)?.text
    }

    private static func payload(_ envelope: String) throws -> JSONValue {
        let parts = Array(envelope.utf8).split(separator: UInt8(ascii: "."))
        return try JSONDocument(parsing: try Base64URL.decode(parts[1]), limits: .token).root
    }
}
