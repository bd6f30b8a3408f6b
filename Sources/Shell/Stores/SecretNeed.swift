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
    }

    let reference: SecretReference
    let use: Use

    /// Each once, in the order of the policy.
    static func all(of policy: PolicySet) -> [SecretNeed] {
        let all =
            policy.clients.map(need) + policy.services.compactMap(need)
            + policy.servers.flatMap { presenter(of: $0) + environment(of: $0) }
        var seen: Set<SecretNeed> = []
        return all.filter { seen.insert($0).inserted }
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

extension SecretNeed.Use {
    func check(_ secret: SecretBytes) throws(SecretFault) {
        if let fault = secret.withBytes(fault) { throw fault }
    }

    private func fault(in bytes: UnsafeRawBufferPointer) -> SecretFault? {
        switch self {
        case .client, .bearer:
            guard !bytes.allSatisfy(\.isVisibleASCII) else { return nil }
            return SecretFault("it holds a space, a line feed or something else that is not visible ASCII")
        case .header:
            // `Token abc` is a value, and what begins or ends in a space is none (RFC 9110, section 5.5).
            let isValue = bytes.allSatisfy { $0.isVisibleASCII || $0 == 0x20 }
            guard !isValue || bytes.first == 0x20 || bytes.last == 0x20 else { return nil }
            return SecretFault("it cannot be the value of a field: visible ASCII, with spaces only in between")
        case .presenter:
            guard !PresenterSecrets.isWellFormed(bytes) else { return nil }
            return SecretFault(
                "it is not 32 random bytes in base64url without padding, 43 characters",
                help: "make one with openssl rand -base64 32 | tr +/ -_ | tr -d =")
        case .environment:
            guard bytes.contains(0) else { return nil }
            return SecretFault("it holds a NUL byte, which no environment variable can")
        case .privateKey:
            return nil
        }
    }
}
