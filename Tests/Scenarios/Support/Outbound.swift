import Admission
import Crypto
import DataPlane
import Identity
import StrictCoding
import TestSupport
import Testing

/// A client's request that its server goes on working on, with what the server needs to call services for it.
struct Engagement {
    let client: Client
    /// As the server received it.
    let request: HeardRequest
    /// The token with which the client came.
    let token: String

    var envelope: String { request.values("Txn-Token").first ?? "" }
    /// `eieh_…`, for servers that get one.
    var handle: String { request.bearer ?? "" }
}

extension Call {
    /// A server's call of a service, without a proof of its request.
    static func outbound(
        _ method: String = "GET", _ path: String = "/orders/o-1", to service: String = "orders_api",
        secret: String = ScriptedEgress.secret(of: "orders")
    ) -> Call {
        Call(method: method, target: "/\(secret)/\(service)\(path)", fields: [("Host", "127.0.0.1:9080")])
    }

    /// With the forwarded envelope.
    func showing(_ envelope: String) -> Call { with("Txn-Token", envelope) }

    /// The same for the request of `engagement`, by its envelope.
    func showing(_ engagement: Engagement) -> Call { showing(engagement.envelope) }

    /// With a body of declared length.
    func carrying(_ body: String) -> Call {
        var changed = with("Content-Length", "\(body.utf8.count)")
        changed.body = body
        return changed
    }
}

extension Stage {
    /// A tool call of Alice, or of whoever the claims are about, that its server has received and not answered.
    func engage(_ call: Call = .modern(), _ change: (Claims) -> Claims = { $0 }) throws -> Engagement {
        server.reply = nil
        let token = try token(change)
        let client = try client()
        let before = server.requests.count
        try client.send(bytes: call.bearing(token).bytes)
        try #require(server.requests.count == before + 1)
        return Engagement(client: client, request: server.requests[before], token: token)
    }

    /// The server answers, whole.
    func answer(_ engagement: Engagement, _ reply: String = ScriptedServer.json("{}")) throws {
        try server.send(reply, to: engagement.request)
        settle()
    }

    /// One call of a service on a connection of its own, and everything that came of it.
    ///
    /// - Parameter then: what happens after the call was sent and before its answer is read.
    func outcome(calling call: Call, then: (Client) throws -> Void = { _ in }) throws -> CallOutcome {
        let before = (audit.lines.count, worker.egress, services.heardBytes, egress.asked.count)
        let caller = try caller()
        try caller.send(bytes: call.bytes)
        try then(caller)
        let answer = Answer(try caller.take())
        caller.leave()
        lastAnswer = answer
        return CallOutcome(
            status: answer.status, code: answer.code, audit: Array(audit.lines[before.0...]),
            counted: worker.egress.differences(from: before.1), served: services.heardBytes != before.2,
            asked: egress.asked.count - before.3)
    }

    /// What the envelope in a request to a service says, checked as the service checks it.
    func claims(in request: HeardRequest, service: ByteString) throws -> EnvelopeClaims {
        try gateway.claims(of: request.envelope, server: service, now: now)
    }
}

/// Everything that came of one outbound call, to be compared whole.
struct CallOutcome: Equatable, CustomStringConvertible {
    var status: Int
    /// The title of the problem document.
    var code = ""
    /// One line per record (`ScriptedAudit.lines`).
    var audit: [String]
    /// Counters that moved: `orders orders_api txn_closed +1`.
    var counted: [String]
    /// Whether a byte reached a service, or as much as an attempt to connect.
    var served = false
    /// How often an authorization server was asked for a token.
    var asked = 0

    var description: String {
        "\(status) \(code) audit=\(audit) counted=\(counted) served=\(served) asked=\(asked)"
    }

    /// Who is on record, and in which mode.
    enum Whom: String {
        case nobody = "- - -"
        case alice = "alice agent_456 on_behalf_of"
        case aliceAtGeocoder = "alice agent_456 service_identity"
        case aliceRestricted = "alice agent_456 restricted_user"
        /// Attributed, and of a service about which the policy was not asked yet.
        case aliceNowhere = "alice agent_456 -"
    }

    /// Refused before anything was done for it.
    ///
    /// - Parameters:
    ///   - detail: what audit adds to the code.
    ///   - place: names of presenter and service as counters say them.
    static func denied(
        _ status: Int, _ code: String, _ detail: String? = nil, whom: Whom = .nobody,
        at place: String = "orders orders_api"
    ) -> CallOutcome {
        CallOutcome(
            status: status, code: code,
            audit: ["denied \(code)\(detail.map { ": \($0)" } ?? "") \(status) \(whom.rawValue)"],
            counted: ["\(place) \(code) +1"])
    }

    /// Allowed, recorded, and then in vain.
    static func failed(
        _ status: Int, _ code: String, _ detail: String? = nil, whom: Whom = .alice,
        at place: String = "orders orders_api",
        served: Bool = true, asked: Int = 1
    ) -> CallOutcome {
        CallOutcome(
            status: status, code: code,
            audit: [
                "intent \(whom.rawValue)",
                "result \(code)\(detail.map { ": \($0)" } ?? "") \(status) \(whom.rawValue)",
            ], counted: ["\(place) \(code) +1"], served: served, asked: asked)
    }

    /// Answered by the service.
    static func answered(
        _ status: Int = 200, whom: Whom = .alice, at place: String = "orders orders_api", asked: Int = 1
    ) -> CallOutcome {
        let mode = whom.rawValue.split(separator: " ").last ?? ""
        return CallOutcome(
            status: status, audit: ["intent \(whom.rawValue)", "result \(status) \(whom.rawValue)"],
            counted: ["\(place) answered \(mode) +1"], served: true, asked: asked)
    }
}

extension EgressCounters {
    func differences(from before: EgressCounters) -> [String] {
        var moved: [String] = []
        for (call, count) in refused where count != before.refused[call] ?? 0 {
            moved.append("\(call.place) \(call.outcome) +\(count - (before.refused[call] ?? 0))")
        }
        for (call, count) in answered where count != before.answered[call] ?? 0 {
            moved.append("\(call.place) answered \(call.outcome) +\(count - (before.answered[call] ?? 0))")
        }
        if retries != before.retries { moved.append("retries +\(retries - before.retries)") }
        if unrecordedRefusals != before.unrecordedRefusals { moved.append("unrecorded") }
        if active != before.active { moved.append("active \(active)") }
        return moved.sorted()
    }
}

private extension EgressCounters.Call {
    var place: String { "\(server.isEmpty ? "-" : server.string) \(service.isEmpty ? "-" : service.string)" }
}

extension Stage {
    /// New requests begin under another policy, as after a reload.
    func install(_ policy: TestPolicy) throws {
        let policy = try policy.compiled()
        provider.standings.issuers = policy.issuers.indices.map { $0 == 0 ? provider.standings.issuers[0] : nil }
        worker.install(gateway.epoch(policy), standings: provider.standings)
    }

    /// A request of Alice's under way that no client of today could make; returns the handle that names it.
    func plant(_ change: (inout EnvelopeClaims) -> Void = { _ in }) throws -> String {
        let start = UnixTime(seconds: now)
        let policy = epoch.policy
        let grants = policy.servers[0].services.map {
            Delegation.Grant(service: policy.services[$0].name, mode: DelegationMode(policy.services[$0].mode))
        }
        var claims = EnvelopeClaims(
            issuer: ByteString(TestPolicy.origin), audience: ByteString(TestPolicy.origin + "/.eie/orders"),
            issuedAt: start, expiresAt: start + 300, tokenID: "planted-envelope", transactionID: "planted",
            workload: ByteString(TestPolicy.origin + "/ingress"),
            principal: Principal(
                issuer: ByteString(TestPolicy.issuer), tenant: "acme", subject: "alice", kind: .user,
                clientID: "webapp",
                agentID: "agent_456"),
            actors: ActorChain([.init(subject: "agent_456", issuer: ByteString(TestPolicy.origin))]),
            scopes: ["orders:read", "orders:write"], confidence: .verified, sessionID: "session",
            traceID: "0af7651916cd43dd8448eb211c80319c", delegation: Delegation(grants))
        change(&claims)
        let handle = "eieh_" + String(decoding: Base64URL.encode([UInt8](repeating: 9, count: 32)), as: UTF8.self)
        let transaction = Transaction(
            claims: claims, server: "orders",
            subjectToken: SealedToken(
                SecretBytes(Array("token".utf8)), transaction: "planted", key: epoch.secrets.tokenSeal),
            tokenDigest: [1], tokenExpires: start + 3_600, handle: Handle.digest(of: Array(handle.utf8)[...]),
            actorName: nil, deadline: start + 900)
        try egress.table.open(transaction, now: now * 1_000)
        return handle
    }
}
