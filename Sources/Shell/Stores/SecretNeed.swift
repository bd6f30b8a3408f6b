import Crypto
import Policy
import StrictCoding

/// One secret that a policy needs, and for what.
struct SecretNeed: Hashable {
    /// Decides which bytes it may have.
    enum Use: Hashable {
        /// `client_secret` at a token endpoint.
        case client
        /// A bearer token.
        case bearer
        /// The value of a field.
        case header
        /// The first segment of a server's egress base URL.
        case presenter
        /// An environment variable of a launched server.
        case environment
        /// The private key of a client.
        case privateKey
        /// The private key of a listener.
        case tlsKey
        /// What a listener shows, or whom the gateway believes.
        case certificates
    }

    let reference: SecretReference
    let use: Use

    /// Each once, in the order of the policy.
    static func all(of policy: PolicySet) -> [SecretNeed] {
        let listeners = [policy.tls.clients, policy.tls.egress, policy.tls.admin].compactMap { $0 }
        let all =
            listeners.flatMap(needs) + policy.issuers.compactMap { need($0.authority) } + policy.clients.map(need)
            + policy.services.flatMap { [need($0.authority), need($0)].compactMap { $0 } }
            + policy.servers.flatMap { authority(of: $0) + presenter(of: $0) + environment(of: $0) }
        var seen: Set<SecretNeed> = []
        return all.filter { seen.insert($0).inserted }
    }

    private static func needs(_ settings: TLSSettings) -> [SecretNeed] {
        let own = [
            SecretNeed(reference: settings.certificate, use: .certificates),
            SecretNeed(reference: settings.key, use: .tlsKey),
        ]
        switch settings.clientCertificates {
        case .none: return own
        case .optional(let authority), .required(let authority):
            return own + [SecretNeed(reference: authority, use: .certificates)]
        }
    }

    private static func need(_ authority: CertificateAuthority) -> SecretNeed? {
        switch authority {
        case .system: nil
        case .file(let reference): SecretNeed(reference: reference, use: .certificates)
        }
    }

    private static func authority(of server: Server) -> [SecretNeed] {
        need(server.authority).map { [$0] } ?? []
    }

    private static func need(_ client: ClientRegistration) -> SecretNeed {
        switch client.authentication {
        case .secretBasic(let reference), .secretPost(let reference): SecretNeed(reference: reference, use: .client)
        case .privateKeyJWT(let reference): SecretNeed(reference: reference, use: .privateKey)
        }
    }

    private static func need(_ service: DownstreamService) -> SecretNeed? {
        switch service.credential {
        case .bearer(let reference): SecretNeed(reference: reference, use: .bearer)
        case .header(_, let reference): SecretNeed(reference: reference, use: .header)
        case .clientCredentials, .exchange, .reissue: nil
        }
    }

    private static func presenter(of server: Server) -> [SecretNeed] {
        switch server.presenter {
        case .given(let reference): [SecretNeed(reference: reference, use: .presenter)]
        case .generated: []
        }
    }

    private static func environment(of server: Server) -> [SecretNeed] {
        guard case .launch(let settings) = server.endpoint else { return [] }
        return settings.environment.compactMap { _, value in
            guard case .secret(let reference) = value else { return nil }
            return SecretNeed(reference: reference, use: .environment)
        }
    }
}
