package import Crypto
package import StrictCoding

/// Who initiated a request and who executes it. Two principals are one only when all their bytes are the same.
package struct Principal: Hashable, Sendable {
    /// The identity provider that vouches for the actor.
    package var issuer: ByteString
    /// The tenant's label.
    package var tenant: ByteString
    /// The identity provider's raw `sub`; unique only together with issuer and tenant.
    package var subject: ByteString
    package var kind: ActorKind
    /// The registration through which the actor came.
    package var clientID: ByteString
    /// The agent that executes; `client:<client_id>` or `unknown` when nobody vouches for one.
    package var agentID: ByteString

    package init(
        issuer: ByteString, tenant: ByteString, subject: ByteString, kind: ActorKind, clientID: ByteString,
        agentID: ByteString
    ) {
        self.issuer = issuer
        self.tenant = tenant
        self.subject = subject
        self.kind = kind
        self.clientID = clientID
        self.agentID = agentID
    }

    /// `<tenant>|<sub>`: the subject as it is unique in the gateway's trust domain. A tenant's label has no `|`.
    package var qualifiedSubject: ByteString {
        ByteString(tenant.bytes + [UInt8(ascii: "|")] + subject.bytes)
    }

    /// SHA-256 that binds a session to this principal through this client: the same for every token that the same user
    /// gets by the same client, and different as soon as issuer, tenant, subject or client differs.
    package func bindingDigest() -> [UInt8] {
        SHA256.digest(LengthPrefixed.bytes("bulla session binding", [issuer, tenant, subject, clientID]))
    }

    /// An identifier for the session when the identity provider names none: the same for one credential, unlinkable
    /// without the key. 16 characters of base64url. `credential` is the token's `jti`, or the SHA-256 of its bytes.
    package func sessionID(credential: ByteString, key: SecretBytes) -> ByteString {
        let input = LengthPrefixed.bytes("bulla session id", [issuer, tenant, subject, clientID, credential])
        return ByteString(Base64URL.encode(HMACSHA256.code(for: input, key: key)).prefix(16))
    }

    /// The name that stands for the actor where the actor must not be known: `p-` and 22 characters of base64url.
    package func pseudonym(key: SecretBytes) -> ByteString {
        let input = LengthPrefixed.bytes("bulla pseudonym", [issuer, tenant, subject])
        return ByteString(Array("p-".utf8) + Base64URL.encode(HMACSHA256.code(for: input, key: key)).prefix(22))
    }
}
