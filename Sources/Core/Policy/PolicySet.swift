package import StrictCoding

/// A policy that was checked as a whole: everything one file says, with every reference resolved. Only `PolicyCompiler`
/// makes one.
package struct PolicySet: Sendable {
    /// `sha256:<hex>` of the file's bytes: what audit records and readiness name it by.
    package let digest: ByteString
    /// Origin of all public URLs and issuer of envelopes: no path, no default port. Its `origin` is the text to compare
    /// and to publish.
    package let publicURL: HTTPURL
    package let listen: Listen
    /// Something in front of the gateway ends TLS: listeners may stand beyond loopback although they speak plain HTTP.
    package let tlsTerminatedUpstream: Bool
    /// Listeners that end TLS themselves.
    package let tls: ListenerTLS
    package let keys: KeySettings
    package let envelope: EnvelopeSettings
    package let audit: AuditSettings
    package let limits: Limits
    /// In the order of the file; others refer to an issuer by its position here.
    package let issuers: [Issuer]
    package let agents: [Agent]
    /// In the order of the file; services refer to a client by its position here.
    package let clients: [ClientRegistration]
    /// In the order of the file. No path is a prefix of another.
    package let servers: [Server]
    package let services: [DownstreamService]
    /// Every reference to a secret, in the order of gateway, issuers, clients, services and servers.
    package let secretMentions: [SecretMention]
    package let scopeHierarchy: ScopeHierarchy

    /// Whether an identity provider's `sub` names one user of this gateway: there is one provider, and one tenant of
    /// it.
    package var subjectsAreUnique: Bool {
        guard issuers.count == 1, case .label = issuers[0].tenant else { return false }
        return true
    }

    /// The scopes with which a caller acts at `server`: what the token carries and what that implies, as far as this
    /// server knows it; sorted.
    package func effectiveScopes(granted: [ByteString], at server: Server) -> [ByteString] {
        let expanded = scopeHierarchy.expanded(granted)
        return server.scopes.filter(expanded.contains).sorted()
    }
}

package struct Listen: Hashable, Sendable {
    /// MCP clients and the well-known documents.
    package var clients = ListenAddress(host: .v4([127, 0, 0, 1]), port: 8080)
    /// Servers' own calls to downstream services.
    package var egress = ListenAddress(host: .v4([127, 0, 0, 1]), port: 9080)
    /// Operators: health, metrics, keys.
    package var admin = ListenAddress(host: .v4([127, 0, 0, 1]), port: 9901)
}

package struct KeySettings: Hashable, Sendable {
    /// As written; a relative path starts at the policy file.
    package var directory = "bulla-keys"
    package var rotateEverySeconds = 30 * 86_400
}

package struct EnvelopeSettings: Hashable, Sendable {
    /// As written, a valid field name.
    package var header: ByteString = "Txn-Token"
    /// At most 300, which is also how long a leaked envelope is worth something.
    package var lifetimeSeconds = 300
}

package struct AuditSettings: Hashable, Sendable {
    package enum Mode: String, Sendable {
        /// No record, no request.
        case required
        /// A failing sink loses records, and is itself recorded.
        case bestEffort = "best_effort"
    }

    /// What a request waits for before it is forwarded.
    package enum Ingress: String, Sendable {
        /// Its record is in the queue, and on disk soon.
        case enqueued
        /// Its record is on disk.
        case durable
    }

    /// Where checkpoints go besides the operators' listener.
    package enum CheckpointOutlet: String, Sendable {
        /// A file beside the log.
        case file
        case stdout
    }

    /// As written; a relative path starts at the policy file.
    package var file = "bulla-audit.jsonl"
    package var mode = Mode.required
    package var ingress = Ingress.enqueued
    /// A file of the log that is as large, or as old, is followed by another one.
    package var rotateBytes = 64 << 20
    package var rotateSeconds = 86_400
    /// After so many records, or so many seconds where there is a record, a checkpoint is signed.
    package var checkpointRecords = 1_000
    package var checkpointSeconds = 10
    package var checkpoints: [CheckpointOutlet] = [.file]
}
