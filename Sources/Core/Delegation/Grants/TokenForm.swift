package import Crypto
package import HTTPCodec
package import Policy
package import StrictCoding

/// A request to a token endpoint or an introspection endpoint, complete but for its place: body and header fields.
package struct TokenForm: Sendable {
    package let body: SecretBytes
    private let authorization: SecretBytes?

    /// For the gateway's own account (RFC 6749, section 4.4.2).
    package init(_ settings: ClientCredentials, client: ByteString, proof: ClientProof) {
        var form = FormBody()
        form.append("grant_type", "client_credentials")
        form.appendTarget(audience: settings.audience, resource: settings.resource)
        form.appendScope(settings.scopes)
        self.init(form, client: client, proof: proof)
    }

    /// For a user.
    ///
    /// - Parameters:
    ///   - subject: what speaks for the user, as `settings.subject` says.
    ///   - actor: what speaks for the agent, exactly where `grant.namesActor`.
    package init(
        _ grant: ExchangeGrant, subject: SecretBytes, actor: SecretBytes?, client: ByteString, proof: ClientProof
    ) {
        precondition((actor != nil) == grant.namesActor, "an actor token goes with a grant that names an actor")
        var form = FormBody()
        switch grant.settings.flavor {
        case .rfc8693:
            form.append("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
            form.append("subject_token", subject)
            form.append("subject_token_type", grant.settings.subject.tokenType.rawValue)
            if let actor {
                form.append("actor_token", actor)
                form.append("actor_token_type", TokenType.jwt.rawValue)
            }
            form.append("requested_token_type", TokenType.accessToken.rawValue)
            form.appendTarget(audience: grant.settings.audience, resource: grant.settings.resource)
        case .entraOBO:
            form.append("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            form.append("assertion", subject)
            form.append("requested_token_use", "on_behalf_of")
        }
        form.appendScope(grant.scopes)
        self.init(form, client: client, proof: proof)
    }

    /// What is this token worth (RFC 7662, section 2.1)?
    package init(introspecting token: SecretBytes, client: ByteString, proof: ClientProof) {
        var form = FormBody()
        form.append("token", token)
        form.append("token_type_hint", "access_token")
        self.init(form, client: client, proof: proof)
    }

    private init(_ form: FormBody, client: ByteString, proof: ClientProof) {
        var form = form
        switch proof {
        case .basic(let secret):
            authorization = BasicCredentials.field(clientID: client, secret: secret)
        case .post(let secret):
            authorization = nil
            form.append("client_id", client)
            form.append("client_secret", secret)
        case .assertion(let assertion):
            authorization = nil
            // The assertion says it too (RFC 7521, section 4.2); some servers look for the client here first.
            form.append("client_id", client)
            form.append("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            form.append("client_assertion", assertion)
        }
        body = form.encoded()
    }

    /// The fields that belong to the form; length and host are the connection's. Made for the wire and dropped after
    /// it, since they may hold the client's secret.
    package var fields: FieldBlock {
        var fields = FieldBlock()
        fields.append("content-type", "application/x-www-form-urlencoded")
        fields.append("accept", "application/json")
        if let authorization {
            fields.append("authorization", plain: authorization.withBytes { Array($0) }, "base64 is visible ASCII")
        }
        return fields
    }
}

extension ExchangeGrant {
    /// Whether the request tells the authorization server who acts, by an actor token.
    package var namesActor: Bool {
        settings.flavor == .rfc8693 && settings.actor == .client && mode == .onBehalfOf && !actors.actors.isEmpty
    }
}

/// Token type identifiers (RFC 8693, section 3).
enum TokenType: ByteString, Sendable {
    case accessToken = "urn:ietf:params:oauth:token-type:access_token"
    case jwt = "urn:ietf:params:oauth:token-type:jwt"
}

extension TokenExchange.Subject {
    fileprivate var tokenType: TokenType {
        switch self {
        case .originalToken: .accessToken
        case .assertion: .jwt
        }
    }
}

extension FormBody {
    fileprivate mutating func appendTarget(audience: ByteString?, resource: ByteString?) {
        if let audience { append("audience", audience) }
        if let resource { append("resource", resource) }
    }

    /// Always sent: an authorization server that is asked for no scope gives its default.
    fileprivate mutating func appendScope(_ scopes: [ByteString]) {
        append("scope", ByteString(scopes.map(\.bytes).joined(separator: CollectionOfOne(0x20))))
    }
}
