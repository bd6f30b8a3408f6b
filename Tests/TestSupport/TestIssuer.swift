package import Admission
package import Crypto
import Identity
import JOSE
import StrictCoding

/// An identity provider that signs whatever the test says, with one key on P-256.
package struct TestIssuer: Sendable {
    package let issuer: String
    package let keyID: String
    package let key: SigningKey

    package init(_ issuer: String = TestPolicy.issuer, keyID: String = "k1") throws {
        self.issuer = issuer
        self.keyID = keyID
        key = try SigningKey.generate()
    }

    /// An access token in good order for Alice, who works through the web application.
    package func alice(now: Int64 = TestPolicy.now) -> Claims {
        Claims([
            ("iss", .string(issuer)), ("aud", .string(TestPolicy.resource)), ("sub", "alice"), ("client_id", "webapp"),
            ("scope", "orders:read orders:write"), ("iat", .integer(now - 5)), ("exp", .integer(now + 3_600)),
            ("jti", "t-1"),
        ])
    }

    /// The claims, signed; `header` replaces the usual one whole.
    package func token(_ claims: Claims, header: JSONText? = nil) throws -> [UInt8] {
        try JWSSigning.compact(header: (header ?? self.header()).bytes, payload: claims.json, key: key)
    }

    /// `alg`, `kid`, `typ` and whatever else.
    package func header(type: JSONText = "at+jwt", more: [(String, JSONText)] = []) -> JSONText {
        .object([("alg", "ES256"), ("kid", .string(keyID)), ("typ", type)] + more)
    }

    /// The JWKS as the provider publishes it.
    package var keySet: [UInt8] { keySet(adding: nil) }

    /// The JWKS with one more key, as JSON.
    package func keySet(adding other: [UInt8]?) -> [UInt8] {
        var document = Array(#"{"keys":["#.utf8) + key.jwk(kid: ByteString(keyID))
        if let other { document += [UInt8(ascii: ",")] + other }
        return document + Array("]}".utf8)
    }

    /// What the gateway knows of the provider after a fetch of this document, or else of its own.
    package func standing(_ document: [UInt8]? = nil, fetched: Int64 = TestPolicy.now) throws -> IssuerStanding {
        let document = document ?? keySet
        return IssuerStanding(
            keys: try KeySet(parsing: document), document: document, fetched: UnixTime(seconds: fetched))
    }

    /// The same where there is no other provider.
    package func standings(_ document: [UInt8]? = nil, fetched: Int64 = TestPolicy.now) throws -> IssuerStandings {
        IssuerStandings(issuers: [try standing(document, fetched: fetched)])
    }
}

package extension TokenFinding {
    var accepted: AccessToken? {
        guard case .accepted(let token) = self else { return nil }
        return token
    }
}
