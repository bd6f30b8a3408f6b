internal import HTTPCodec
internal import HTTPWire
internal import JOSE
internal import StrictCoding

/// How one API decides whether a call carries a token for it (RFC 6750; RFC 9068, section 4): the type, the signature
/// by a key that the issuer publishes, issuer, audience and time.
struct ResourceServer: Sendable {
    /// What the token must be besides: who is the caller to this API.
    enum CallerKind: Sendable {
        /// A user, and an `act` that names who acts for the user.
        case userWithActor
        /// This client, in its own name.
        case service(ByteString)
        /// A user, whoever acts.
        case user
    }

    enum Refusal: Error, Equatable {
        /// There is no token (RFC 6750, section 3: then no error is named).
        case missing
        case malformed(String)
        case invalid(String)
        /// The issuer's keys cannot be had now.
        case keysUnavailable
    }

    let issuer: ByteString
    let audience: ByteString
    let caller: CallerKind
    let keys: PublishedKeys

    func accept(_ fields: FieldBlock, now: Int64) async throws(Refusal) -> AcceptedToken {
        let compact = try Self.bearer(fields)
        guard let unverified = try? UnverifiedJWS(compact: compact) else { throw .invalid("it is no signed JWT") }
        let verified: VerifiedJWS
        do { verified = try await keys.verify(unverified, now: now) } catch {
            throw error == .unavailable ? .keysUnavailable : .invalid("its signature is not the issuer's")
        }
        guard let type = verified.type, Self.isAccessToken(type) else { throw .invalid("it is no access token") }
        guard let token = AcceptedToken(verified.payload.root, compact: compact) else {
            throw .invalid("it lacks a claim")
        }
        guard token.issuer == issuer else { throw .invalid("it is another issuer's") }
        guard token.audiences.contains(audience) else { throw .invalid("it is for another audience") }
        guard now < token.expires else { throw .invalid("it has expired") }
        try checkCaller(token)
        return token
    }

    private func checkCaller(_ token: AcceptedToken) throws(Refusal) {
        switch caller {
        case .userWithActor:
            guard token.subject != token.clientID else { throw .invalid("it is for no user") }
            guard !token.actors.isEmpty else { throw .invalid("it does not say who acts") }
        case .service(let name):
            guard token.clientID == name, token.subject == name, token.actors.isEmpty else {
                throw .invalid("it is not a service's own that is known here")
            }
        case .user:
            guard token.subject != token.clientID else { throw .invalid("it is for no user") }
        }
    }

    private static func bearer(_ fields: FieldBlock) throws(Refusal) -> [UInt8] {
        let credentials = fields.all("authorization")
        guard let credential = credentials.first else { throw .missing }
        guard credentials.count == 1 else { throw .malformed("there are several credentials") }
        guard credential.prefix(7).equalsIgnoringASCIICase("bearer "), credential.count > 7 else {
            throw .malformed("the credential is not a bearer token")
        }
        return Array(credential.dropFirst(7))
    }

    /// Media types compare without case, and `application/` may be left out (RFC 9068, section 4).
    private static func isAccessToken(_ type: ByteString) -> Bool {
        type.bytes.equalsIgnoringASCIICase("at+jwt") || type.bytes.equalsIgnoringASCIICase("application/at+jwt")
    }
}

extension ResourceServer.Refusal {
    var status: Int {
        switch self {
        case .missing, .invalid: 401
        case .malformed: 400
        case .keysUnavailable: 503
        }
    }

    var sentence: String {
        switch self {
        case .missing: "there is no access token"
        case .malformed(let why): why
        case .invalid(let why): "the access token is not good here: \(why)"
        case .keysUnavailable: "the issuer's keys cannot be fetched"
        }
    }

    /// The challenge of RFC 6750, section 3.
    func response(realm: String) -> ServiceResponse {
        let challenge: String? =
            switch self {
            case .missing: "Bearer realm=\"\(realm)\""
            case .malformed: "Bearer realm=\"\(realm)\", error=\"invalid_request\", error_description=\"\(sentence)\""
            case .invalid: "Bearer realm=\"\(realm)\", error=\"invalid_token\", error_description=\"\(sentence)\""
            case .keysUnavailable: nil
            }
        return APIAnswer.refusal(
            status: status, sentence, fields: challenge.map { [("WWW-Authenticate", $0)] } ?? [])
    }
}
