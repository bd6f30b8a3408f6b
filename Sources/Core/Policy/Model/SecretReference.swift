package import Crypto
package import StrictCoding

/// Where a secret is kept: `file:PATH` or `env:NAME`. A policy never holds one itself.
package struct SecretReference: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        /// A relative path starts at the policy file.
        case file
        case environment
    }

    package let source: Source
    package let name: ByteString

    package init(source: Source, name: ByteString) {
        self.source = source
        self.name = name
    }

    /// As it is written in a policy.
    package var text: ByteString {
        switch source {
        case .file: ByteString("file:".utf8 + name.bytes)
        case .environment: ByteString("env:".utf8 + name.bytes)
        }
    }
}

/// The secrets to which a policy refers, and the certificates, read once when it takes effect.
package struct PolicySecrets: Sendable {
    package static let none = PolicySecrets(secrets: [:], keys: [:])

    private let secrets: [SecretReference: SecretBytes]
    private let keys: [SecretReference: SigningKey]

    /// - Parameters:
    ///   - secrets: of every reference in the policy but those of clients' private keys: what is sent, certificates, and
    ///     keys for TLS, both in PEM.
    ///   - keys: of every `key` of a client.
    package init(secrets: [SecretReference: SecretBytes], keys: [SecretReference: SigningKey]) {
        self.secrets = secrets
        self.keys = keys
    }

    package func secret(_ reference: SecretReference) -> SecretBytes {
        guard let secret = secrets[reference] else { preconditionFailure("every secret of a policy is read first") }
        return secret
    }

    package func key(_ reference: SecretReference) -> SigningKey {
        guard let key = keys[reference] else { preconditionFailure("every key of a policy is read first") }
        return key
    }
}
