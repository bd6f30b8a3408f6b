import Crypto
import Identity
import JOSE
import StrictCoding

/// A JWT in the making: signed with ES256, its claims in the order in which they are written.
enum SignedStatement {
    /// - Parameter type: the media type of the JWT, less `application/`.
    static func sign(
        type: String, key: SigningKey, keyID: ByteString, claims: (inout JSONWriter) -> Void
    ) throws(CryptoError) -> SecretBytes {
        var header = JSONWriter(reserving: 128)
        header.object { header in
            header.member("alg", "ES256")
            header.member("typ", type)
            header.member("kid", keyID)
        }
        var payload = JSONWriter(reserving: 512)
        payload.object(claims)
        return SecretBytes(try JWSSigning.compact(header: header.bytes, payload: payload.bytes, key: key))
    }
}

extension JSONWriter {
    /// The members `iat` and `exp`.
    mutating func lifetime(from issued: UnixTime, to expires: UnixTime) {
        member("iat", issued.seconds)
        member("exp", expires.seconds)
    }

    /// The member `act` (RFC 8693, section 4.1), outermost actor first; nothing where nobody acts.
    mutating func act(_ actors: ArraySlice<ActorChain.Actor>) {
        guard let actor = actors.first else { return }
        name("act")
        object { writer in
            writer.member("sub", actor.subject)
            writer.member("iss", actor.issuer)
            writer.member("sub_profile", SubjectProfile.agent.rawValue)
            writer.act(actors.dropFirst())
        }
    }

    /// The member `sub_id` (RFC 9493, sections 3.2.4 and 4): whose name `sub` is. Two identity providers may both have
    /// a `user_123`.
    mutating func subjectID(issuer: ByteString, subject: ByteString) {
        name("sub_id")
        object { writer in
            writer.member("format", "iss_sub")
            writer.member("iss", issuer)
            writer.member("sub", subject)
        }
    }
}
