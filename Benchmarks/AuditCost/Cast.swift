import Admission
import Audit
import Delegation
import Identity
import Policy
import StrictCoding
import TestSupport

/// Users, agents, servers and calls, such as a gateway has them, and the records that they make.
struct Cast {
    let epoch: Epoch
    private let callers: [Caller]
    private var random = SeededNumbers(seed: 1)

    private static let tools = ["get_order", "list_orders", "create_order", "cancel_order", "get_invoice", "search"]
    private static let clients = ["webapp", "planner", "support", "batch"]
    private static let services = ["orders_api", "billing_api", "crm_api"]

    init() throws {
        var policy = TestPolicy()
        policy.agents = Self.clients.dropFirst().map { "\($0): {id: agent_\($0), issuer: corp, client_id: \($0)}" }
        let compiled = try policy.compiled()
        let epoch = try TestGateway().epoch(compiled)
        self.epoch = epoch
        let issuer = try TestIssuer()
        let standings = try issuer.standings()
        let verifier = TokenVerifier(compiled)
        let now = UnixTime(seconds: TestPolicy.now)
        callers = try (0..<500).map { number in
            let claims = issuer.alice()
                .with("sub", .string("user-\(number)@acme.example"))
                .with("client_id", .string(Self.clients[number % Self.clients.count]))
                .with("sid", .string("session-\(number)")).with("name", .string("User \(number)"))
            let finding = verifier.find(try issuer.token(claims), trusted: [0], standings: standings, now: now)
            guard case .accepted(let token) = finding else { throw Arguments.Fault(description: "\(finding)") }
            return try Caller(token, epoch: epoch, server: 0, now: now)
        }
    }

    /// The record of one request, as the gateway offers it before it forwards the request.
    mutating func accepted(_ number: Int) -> AuditRecord {
        .ingress(IngressRecord(accepted: trail(number), epoch: epoch))
    }

    /// One of many kinds; outbound calls come in pairs.
    mutating func records(_ number: Int) -> [AuditRecord] {
        switch random.next() % 20 {
        case 0..<9: return [accepted(number)]
        case 9..<12:
            let refusal = Refusal.insufficientScope(
                required: ["orders:write"], rules: [RuleName("servers.orders.tools.create_order")])
            return [.ingress(IngressRecord(refused: refusal, status: 403, trail: trail(number), epoch: epoch))]
        case 12:
            return [
                .ingress(
                    IngressRecord(refused: .credentialMissing, status: 401, trail: IngressTrail(), epoch: epoch))
            ]
        case 13: return [egress(.denied(reason: "target_not_allowed: path", status: 403), number)]
        default:
            let status = random.next() % 10 == 0 ? 502 : 200
            return [
                egress(.intent, number),
                egress(
                    .result(
                        status: status, reason: status == 502 ? "exchange_rejected" : nil,
                        durationMicroseconds: Int64(random.next() % 900_000)), number),
            ]
        }
    }

    private mutating func trail(_ number: Int) -> IngressTrail {
        var trail = IngressTrail()
        trail.server = 0
        trail.httpMethod = "POST"
        trail.caller = callers[random.next() % callers.count]
        trail.requestID = Array(String(number).utf8)
        trail.mcpMethod = "tools/call"
        trail.mcpName = ByteString(Self.tools[random.next() % Self.tools.count])
        trail.traceID = ByteString(Self.hex(number, width: 32))
        trail.transaction = ByteString("01KC" + Self.hex(number, width: 22).uppercased())
        trail.envelopeID = ByteString("01KD" + Self.hex(number, width: 22).uppercased())
        trail.rules = [RuleName("servers.orders.tools.get_order")]
        return trail
    }

    private mutating func egress(_ event: EgressRecord.Event, _ number: Int) -> AuditRecord {
        var trail = EgressTrail()
        trail.presenter = .server("orders")
        trail.service = ByteString(Self.services[number % Self.services.count])
        trail.host = "127.0.0.1:4000"
        trail.method = number % 3 == 0 ? "POST" : "GET"
        trail.pathPattern = "/orders/*"
        trail.rule = "services.orders_api.allow[0]"
        trail.attribution = .envelope
        trail.mode = .onBehalfOf
        trail.scopesRequested = ["orders:read"]
        trail.audience = "orders-api"
        let claims = EnvelopeClaims(
            issuer: "http://127.0.0.1:8080", audience: "http://127.0.0.1:8080/.eie/orders",
            issuedAt: UnixTime(seconds: 1_795_478_400), expiresAt: UnixTime(seconds: 1_795_478_700),
            tokenID: ByteString("01KD" + Self.hex(number, width: 22).uppercased()),
            transactionID: ByteString("01KC" + Self.hex(number, width: 22).uppercased()),
            workload: "http://127.0.0.1:8080/ingress",
            principal: callers[number % callers.count].principal, actors: .none, scopes: ["orders:read"],
            confidence: .verified, sessionID: ByteString("session-\(number % callers.count)"),
            traceID: ByteString(Self.hex(number, width: 32)),
            delegation: .init([.init(service: "orders_api", mode: .onBehalfOf)]))
        trail.statement = TransactionStatement(claims: claims, actorName: nil)
        return .egress(EgressRecord(event, trail, policyDigest: epoch.policy.digest))
    }

    private static func hex(_ number: Int, width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// The same numbers every time (xorshift).
struct SeededNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(truncatingIfNeeded: state >> 33)
    }
}
