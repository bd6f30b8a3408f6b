import Admission
import Crypto
import HTTPCodec
import Identity
import Policy
import StrictCoding
import TestSupport
import Testing

@testable import Delegation

/// Outbound calls of Alice's request at `orders`, as the tests of single steps need them.
struct CallSample {
    static let now = UnixTime(seconds: TestPolicy.now)
    static let secret = String(repeating: "s", count: 43)
    static let fresh = FreshIdentifiers(
        milliseconds: TestPolicy.now * 1_000, random: [UInt8](repeating: 6, count: FreshIdentifiers.randomBytes))

    let epoch: Epoch
    let plan: EgressPlan
    /// As the server received it.
    let envelope: Envelope
    let transaction: Transaction

    init(_ policy: TestPolicy = TestPolicy(), _ change: (inout EnvelopeClaims) -> Void = { _ in }) throws {
        let policy = try policy.compiled()
        epoch = try TestGateway().epoch(policy)
        plan = EgressPlan(epoch)
        let origin = ByteString(TestPolicy.origin)
        let services = policy.servers[0].services.map { policy.services[$0] }
        var claims = EnvelopeClaims(
            issuer: origin, audience: "https://gw.example/.eie/orders", issuedAt: Self.now,
            expiresAt: Self.now + 300, tokenID: "jti-1", transactionID: "txn-1", workload: "https://gw.example/ingress",
            principal: Principal(
                issuer: ByteString(TestPolicy.issuer), tenant: "acme", subject: "alice", kind: .user,
                clientID: "webapp", agentID: "agent_456"),
            actors: ActorChain([.init(subject: "agent_456", issuer: origin)]), scopes: ["orders:read", "orders:write"],
            confidence: .verified, sessionID: "session", traceID: "0af7651916cd43dd8448eb211c80319c",
            delegation: Delegation(services.map { .init(service: $0.name, mode: DelegationMode($0.mode)) }))
        change(&claims)
        let signer = epoch.signers.envelope
        envelope = try Envelope.mint(claims, key: signer.key, kid: signer.keyID)
        transaction = Transaction(
            claims: claims, server: "orders",
            subjectToken: SealedToken(
                SecretBytes(Array("token".utf8)), transaction: "txn-1", key: epoch.secrets.tokenSeal),
            tokenDigest: [1], tokenExpires: Self.now + 3_600, handle: nil, actorName: nil,
            envelope: ForwardedEnvelope(envelope, keyID: signer.keyID, keys: epoch.envelopeKeys),
            envelopeMark: envelope.mark, deadline: Self.now + 900)
    }

    /// `lines` follow the `Host` field.
    static func head(_ target: String, method: String = "GET", _ lines: String...) throws -> RequestHead {
        let lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1:9080"] + lines
        return try .parsing(lines.joined(separator: "\n") + "\n\n")
    }

    /// Below the base URL of a service.
    static func call(
        _ path: String = "/orders/o-1", to service: String = "orders_api", method: String = "GET",
        _ lines: [String] = []
    ) throws -> OutboundCall {
        let start = "\(method) /\(secret)/\(service)\(path) HTTP/1.1\nHost: 127.0.0.1:9080\n"
        return try OutboundCall(.parsing(start + lines.map { $0 + "\n" }.joined() + "\n"))
    }

    var attributed: AttributedCall { AttributedCall(transaction: transaction, attribution: .envelope) }

    /// What the policy says of a call.
    func errand(_ call: OutboundCall) throws -> Errand {
        var trail = EgressTrail()
        return try Errand(call, attributed, span: Self.fresh.span, plan: plan, trail: &trail)
    }

    /// The code of the refusal, or nil where the policy allows the call.
    func refusal(of call: OutboundCall) throws -> String? {
        do {
            _ = try errand(call)
            return nil
        } catch let refusal as EgressRefusal {
            return refusal.code
        }
    }
}
