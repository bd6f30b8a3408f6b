import Admission
import Delegation
import Identity
import StrictCoding

/// Transactions as the tests of the table need them; times count from `start`.
enum TransactionSample {
    static let start: Int64 = 1_795_478_400
    static let limits = TransactionLimits(
        capacity: 100, perPrincipal: 10, calls: 5, concurrentCalls: 3, graceMilliseconds: 2_000)

    /// Milliseconds since 1970, `seconds` after the start.
    static func at(_ seconds: Double) -> Int64 { start * 1_000 + Int64(seconds * 1_000) }

    static func principal(_ subject: ByteString, tenant: ByteString = "acme", agent: ByteString = "a") -> Principal {
        Principal(
            issuer: "https://idp.example", tenant: tenant, subject: subject, kind: .user, clientID: "webapp",
            agentID: agent)
    }

    static func transaction(
        _ id: ByteString, of principal: Principal = principal("alice"), server: ByteString = "orders",
        handle: [UInt8]? = nil, instance: ByteString? = nil, expires: Int64 = 300, deadline: Int64 = 900
    ) -> Transaction {
        let claims = EnvelopeClaims(
            issuer: "https://gw.example", audience: "https://gw.example/.eie/orders",
            issuedAt: UnixTime(seconds: start), expiresAt: UnixTime(seconds: start + expires),
            tokenID: envelopeID(of: id), transactionID: id, workload: "https://gw.example/ingress",
            principal: principal, actors: .none, scopes: ["orders:read"], confidence: .verified, sessionID: "s",
            traceID: "0af7651916cd43dd8448eb211c80319c", delegation: Delegation([]))
        let transaction = Transaction(
            claims: claims, server: server, subjectToken: nil, tokenDigest: [1], tokenExpires: UnixTime(seconds: .max),
            handle: handle, actorName: nil, deadline: UnixTime(seconds: start + deadline))
        return instance.map { transaction.sent(to: $0) } ?? transaction
    }

    static func envelopeID(of id: ByteString) -> ByteString { ByteString("jti-\(id)") }

    static func envelope(_ id: ByteString) -> TransactionProof {
        .envelope(transaction: id, envelopeID: envelopeID(of: id))
    }

    static func table(_ limits: TransactionLimits = limits, _ transactions: Transaction...) throws -> TransactionTable {
        var table = TransactionTable(limits: limits)
        for transaction in transactions { try table.open(transaction, now: at(0)) }
        return table
    }
}

/// What came of a call, to compare.
enum Attributed: Equatable, CustomStringConvertible {
    case to(ByteString, Attribution)
    case refused(AttributionRefusal)

    var description: String {
        switch self {
        case .to(let id, let attribution): "\(id) by \(attribution)"
        case .refused(let refusal): "\(refusal)"
        }
    }
}

extension TransactionTable {
    mutating func call(
        _ proofs: [TransactionProof] = [], by presenter: Presenter = .server("orders"), at seconds: Double = 1
    ) -> Attributed {
        do {
            let call = try begin(proofs, presenter: presenter, now: TransactionSample.at(seconds))
            return .to(call.transaction.id, call.attribution)
        } catch {
            return .refused(error)
        }
    }
}
