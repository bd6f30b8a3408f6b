import StrictCoding

/// A closed list of words with what they mean, of words that will mean something, and of words that never will.
struct Choices<Value: Sendable>: Sendable {
    enum Finding {
        case value(Value)
        case unbuilt(help: String)
        case refused(reason: String)
        case unknown
    }

    private let built: [(name: String, value: Value)]
    private let unbuilt: [(name: String, help: String)]
    private let refused: [(name: String, reason: String)]

    init(
        _ built: [(name: String, value: Value)], unbuilt: [(name: String, help: String)] = [],
        refused: [(name: String, reason: String)] = []
    ) {
        self.built = built
        self.unbuilt = unbuilt
        self.refused = refused
    }

    var builtNames: [String] { built.map(\.name) }
    var names: [String] { built.map(\.name) + unbuilt.map(\.name) }

    func look(up word: ByteString) -> Finding {
        if let found = built.first(where: { word.bytes.elementsEqual($0.name.utf8) }) { return .value(found.value) }
        if let found = unbuilt.first(where: { word.bytes.elementsEqual($0.name.utf8) }) {
            return .unbuilt(help: found.help)
        }
        if let found = refused.first(where: { word.bytes.elementsEqual($0.name.utf8) }) {
            return .refused(reason: found.reason)
        }
        return .unknown
    }
}

/// Every closed list of words in a policy.
enum PolicyWords {
    static let auditIngress = Choices<AuditSettings.Ingress>([("enqueued", .enqueued), ("durable", .durable)])

    static let auditCheckpoints = Choices<AuditSettings.CheckpointOutlet>([("file", .file), ("stdout", .stdout)])

    static let auditMode = Choices<AuditSettings.Mode>([("required", .required), ("best_effort", .bestEffort)])

    static let tls = Choices<Void>([("terminated_upstream", ())])

    /// Whether a client has to show a certificate.
    static let clientCertificates = Choices<Bool>([("required", true), ("optional", false)])

    private static let genericProfile = "write `generic`, and name the claims with `subject`, `scopes` and `name`"
    static let profile = Choices<Issuer.Profile>(
        [("generic", .generic), ("rfc9068", .rfc9068)],
        unbuilt: ["keycloak", "entra", "auth0", "okta", "introspection"].map { ($0, genericProfile) })

    /// What a token may be signed with; the value is the name as JOSE spells it.
    static let algorithm = Choices<ByteString>(
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"].map {
            ($0, ByteString($0))
        } + [("EdDSA", "Ed25519")],
        refused: [("none", "a token without a signature proves nothing")]
            + ["HS256", "HS384", "HS512"].map { ($0, "whoever can verify such a token can also make one") })

    static let argumentSource = Choices<ArgumentCondition.Source>([
        ("actor.sub", .actorSubject), ("actor.tenant", .actorTenant), ("agent.id", .agentID),
    ])

    private static let requireOnly =
        "write `mode: require`: a call whose argument is not the verified identity is denied"
    static let argumentMode = Choices<Void>(
        [("require", ())], unbuilt: [("override", requireOnly), ("hide", requireOnly)])

    static let upstreamAuth = Choices<Server.UpstreamAuth>(
        [("none", .none), ("handle", .handle)])

    private static let pathSecret = "write `path_secret`, or leave it out"
    static let presenter = Choices<Void>(
        [("path_secret", ())],
        unbuilt: ["proxy_credential", "unix_socket", "mtls"].map { ($0, pathSecret) })

    static let clientAuthentication = Choices<ClientReader.Method>(
        [
            ("client_secret_basic", .secretBasic), ("client_secret_post", .secretPost),
            ("private_key_jwt", .privateKeyJWT),
        ],
        unbuilt: [("tls_client_auth", "write `private_key_jwt`, which proves as much")])

    static let exchangeFlavor = Choices<TokenExchange.Flavor>([("rfc8693", .rfc8693), ("entra_obo", .entraOBO)])

    static let exchangeSubject = Choices<TokenExchange.Subject>([
        ("original_token", .originalToken), ("assertion", .assertion),
    ])

    static let exchangeActor = Choices<TokenExchange.Actor>([("none", .none), ("client", .client)])

    static let verification = Choices<TokenExchange.Verification>([
        ("token", .token), ("introspection", .introspection), ("fixed_audience", .fixedAudience),
    ])

    static let identity = Choices<DownstreamService.IdentityForm>([("headers", .headers), ("envelope", .envelope)])

    /// Methods of HTTP that a service's rules may name.
    static let httpMethod = Choices<ByteString>(
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map { ($0, ByteString($0)) },
        refused: [
            ("CONNECT", "what passes through a tunnel cannot be decided about"),
            ("TRACE", "it would send the credential back to the server"),
        ])

    static let auditHeaders = Choices<Server.AuditHeaderForm>([
        ("full", .full), ("pseudonymous", .pseudonymous), ("none", .none),
    ])

    static let denyAs = Choices<Server.DenyAs>([
        ("auto", .auto), ("http403", .http403), ("jsonrpc", .jsonrpc), ("tool_error", .toolError),
    ])

    /// The names of the envelope and, after them, what else people say (envelope, section 1.5).
    static let serviceMode = Choices<ServiceMode>([
        ("on_behalf_of", .onBehalfOf), ("restricted_user", .restrictedUser), ("service_identity", .serviceIdentity),
        ("obo", .onBehalfOf), ("user", .restrictedUser), ("user_token", .restrictedUser), ("service", .serviceIdentity),
    ])
}
