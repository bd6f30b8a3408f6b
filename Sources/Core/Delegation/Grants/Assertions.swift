package import Crypto
package import Identity
package import StrictCoding

/// The key with which the gateway makes statements for authorization servers, and the name under which they find it. A
/// key of its own: nothing that is signed with it is an envelope or an access token.
package struct AssertionSigner: Sendable {
    /// `<public_url>/assertion`.
    package let issuer: ByteString
    package let key: SigningKey
    package let keyID: ByteString

    package init(issuer: ByteString, key: SigningKey, keyID: ByteString) {
        self.issuer = issuer
        self.key = key
        self.keyID = keyID
    }
}

/// What both statements have: short-lived, good once, for one authorization server.
package struct AssertionFrame: Sendable {
    package static let lifetimeSeconds: Int64 = 60

    /// The authorization server's issuer identifier.
    package let audience: ByteString
    package let tokenID: ByteString
    package let issued: UnixTime

    package init(audience: ByteString, tokenID: ByteString, issued: UnixTime) {
        self.audience = audience
        self.tokenID = tokenID
        self.issued = issued
    }

    fileprivate func write(subject: ByteString, issuer: ByteString, to claims: inout JSONWriter) {
        claims.member("iss", issuer)
        claims.member("sub", subject)
        claims.member("aud", audience)
        claims.lifetime(from: issued, to: issued + Self.lifetimeSeconds)
        claims.member("jti", tokenID)
    }
}

/// "This user is behind the call", for an authorization server that trusts the gateway to say so. It stands where else
/// the user's own access token would, and holds nothing of the envelope.
package struct SubjectAssertion: Sendable {
    package let frame: AssertionFrame
    package let grant: ExchangeGrant

    package init(frame: AssertionFrame, grant: ExchangeGrant) {
        self.frame = frame
        self.grant = grant
    }

    package func signed(by signer: AssertionSigner) throws(CryptoError) -> SecretBytes {
        let principal = grant.principal
        return try SignedStatement.sign(type: "JWT", key: signer.key, keyID: signer.keyID) { claims in
            frame.write(subject: principal.subject, issuer: signer.issuer, to: &claims)
            claims.subjectID(issuer: principal.issuer, subject: principal.subject)
            claims.member("tenant", principal.tenant)
            claims.member("client_id", principal.clientID)
            claims.member("txn", grant.transaction)
            claims.act(actors)
        }
    }

    /// Impersonation names no agent. Where an actor token names the current one, only those before it are left to say:
    /// else it would appear twice in the result.
    private var actors: ArraySlice<ActorChain.Actor> {
        switch grant.mode {
        case .onBehalfOf: grant.actors.actors.dropFirst(grant.namesActor ? 1 : 0)
        case .restrictedUser, .serviceIdentity: []
        }
    }
}

/// "This agent acts": the actor token. It never carries `act` itself: who is before the agent in the chain is the
/// subject's history, not the agent's.
package struct ActorAssertion: Sendable {
    package let frame: AssertionFrame
    package let actor: ActorChain.Actor
    package let transaction: ByteString

    package init(frame: AssertionFrame, actor: ActorChain.Actor, transaction: ByteString) {
        self.frame = frame
        self.actor = actor
        self.transaction = transaction
    }

    package func signed(by signer: AssertionSigner) throws(CryptoError) -> SecretBytes {
        try SignedStatement.sign(type: "JWT", key: signer.key, keyID: signer.keyID) { claims in
            frame.write(subject: actor.subject, issuer: signer.issuer, to: &claims)
            claims.subjectID(issuer: actor.issuer, subject: actor.subject)
            claims.member("sub_profile", SubjectProfile.agent.rawValue)
            claims.member("txn", transaction)
        }
    }
}
