import AuditProof
import Crypto
import Delegation
import Foundation
import Identity
import Policy
import StrictCoding
import Testing

@testable import Admission
@testable import Audit

/// Records as the gateway makes them.
enum Sample {
    static let epoch: Epoch = {
        let text = """
            version: 1
            gateway: {public_url: "http://127.0.0.1:8080"}
            issuers:
              corp: {issuer: "http://127.0.0.1:9000", tenant: acme}
            agents:
              webapp: {id: agent_456, issuer: corp, client_id: webapp-prod}
            clients:
              gateway: {issuer: corp, client_id: bulla, auth: client_secret_basic, secret: "env:BULLA_SECRET"}
            servers:
              orders-mcp:
                path: /mcp/orders
                upstream: http://127.0.0.1:3001/mcp
                issuers: [corp]
                scopes: [orders:read]
                tools: {get_order: {require: [orders:read]}}
                services: [orders_api]
            services:
              orders_api:
                url: http://127.0.0.1:4000
                mode: on_behalf_of
                exchange: {client: gateway, audience: orders-api, scopes: [orders:read]}
                allow: [{methods: [GET], paths: ["/**"], require: [orders:read]}]
            """
        let compilation = PolicyCompiler.compile(PolicySource(name: "test.yaml", bytes: Array(text.utf8)))
        guard let policy = compilation.policy else { fatalError("\(compilation.diagnostics.map(\.rendered))") }
        guard let key = try? SigningKey.generate() else { fatalError("libcrypto makes keys") }
        let signer = Signer(key: key, keyID: "kid", keySet: Array(#"{"keys":[]}"#.utf8))
        return Epoch(
            policy: policy, signers: Signers(envelope: signer, reissue: signer, assertion: signer),
            secrets: DerivedSecrets(
                root: SecretBytes([UInt8](repeating: 7, count: 32)),
                tokenSeal: SecretBytes([UInt8](repeating: 8, count: 32))))
    }()

    static let span = SpanID(random: [0xB7, 0xAD, 0x6B, 0x71, 0x69, 0x20, 0x33, 0x31])
    static let now = UnixTime(seconds: 1_795_478_400)

    /// Someone whose token the gateway accepted.
    static func caller(
        subject: ByteString = "alice", name: ByteString? = "Alice", isVouchedFor: Bool = true
    ) throws -> Caller {
        let agent =
            isVouchedFor
            ? ActingAgent(chain: [ActorChain.Actor(subject: "agent_456", issuer: "http://127.0.0.1:8080")])
            : ActingAgent(clientID: "webapp-prod")
        let token = AccessToken(
            issuerIndex: 0, issuer: "http://127.0.0.1:9000", subject: subject, kind: .user, tenant: "acme",
            clientID: "webapp-prod", agent: agent, audiences: ["http://127.0.0.1:8080/mcp/orders"],
            scopes: ["orders:read"],
            expires: now + 300, session: "session-1", tokenID: "token-1", name: name, digest: [1, 2, 3])
        return try Caller(token, epoch: epoch, server: 0, now: now)
    }

    /// A tool call that was understood as far as it can be.
    static func trail(_ caller: Caller?) -> IngressTrail {
        var trail = IngressTrail()
        trail.server = 0
        trail.httpMethod = "POST"
        trail.caller = caller
        trail.requestID = Array("7".utf8)
        trail.mcpMethod = "tools/call"
        trail.mcpName = "get_order"
        trail.traceID = "0af7651916cd43dd8448eb211c80319c"
        trail.span = span
        trail.transaction = "01KC0000000000000000000001"
        trail.envelopeID = "01KC0000000000000000000002"
        return trail
    }

    /// An accepted request that is told from others by its transaction.
    static func record(_ transaction: String = "t") -> AuditRecord {
        var trail = IngressTrail()
        trail.server = 0
        trail.transaction = ByteString(transaction)
        return .ingress(IngressRecord(accepted: trail, epoch: epoch))
    }

    static func line(_ record: IngressRecord) -> String { line(.ingress(record)) }

    static func line(_ record: EgressRecord) -> String { line(.egress(record)) }

    static let origin: ByteString = "127.0.0.1:8080/audit/01KC0000000000000000000009"
    /// What the first line of a log names as the one before it.
    static let genesis = String(decoding: LogChain.text(LogChain.genesis(origin: origin)), as: UTF8.self)

    static func line(_ record: AuditRecord) -> String {
        String(decoding: AuditLine.bytes(record, microseconds: 1_795_478_400_123_456), as: UTF8.self)
    }
}

extension AuditLine {
    /// The line as the first of a log.
    static func bytes(_ record: AuditRecord, microseconds: Int64) -> [UInt8] {
        var line: [UInt8] = []
        append(record, after: Chain(origin: Sample.origin), microseconds: microseconds, to: &line)
        return line
    }
}

/// Waits for something that the writer's thread brings about; ten seconds are for a machine under load, not for the
/// code.
func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
    for _ in 0..<2_000 {
        if try condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("not in time: \(what)")
}
