import Admission
import Crypto
import Delegation
import HTTPCodec
import Identity
import StrictCoding

/// Servers' calls to a service, from their first octet to what the service receives: it goes to that service, below its
/// own path, with its credential, and with nothing of the envelope, the handle or the server's secret.
///
/// The input is a request in which `@SECRET@` stands for the server's secret and `@ENVELOPE@` for the envelope that
/// the server received.
enum EgressCalls {
    static let secret = [UInt8](repeating: UInt8(ascii: "s"), count: 43)
    private static let credential = Array("downstream-credential".utf8)

    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        guard let sent = Self.usual else { throw BrokenPromise("the usual request is refused") }
        let octets = input.replacing("@SECRET@", with: secret).replacing("@ENVELOPE@", with: sent.marks[0])
        guard let (head, _) = try Requests.received(octets), let call = try call(head, sent.transaction) else { return }
        let request = call.request
        try promise(request.method == head.method && request.framing == head.framing, "another request")
        try checkTarget(request.target, of: head)
        try checkSecrets(request, marks: sent.marks)
        try SentFields.check(request.fields, ours: ours, mayPass: mayPass)
        try promise(request.fields.occurrences(of: "authorization") == 1, "no credential")
        try SentFields.checkWire(
            method: request.method, target: request.target, fields: request.fields, framing: request.framing)
    }

    /// What Alice's call at the server left behind.
    static let usual: (transaction: Transaction, marks: [[UInt8]])? = {
        let world = World.shared
        guard let head = Requests.usualHead,
            let sent = Requests.forward(head, Requests.call, token: world.alice, epoch: world.epoch),
            let transaction = sent.request.transaction
        else { return nil }
        return (transaction, sent.marks)
    }()

    private static let plan = EgressPlan(World.shared.epoch)

    /// What is sent of this call, if the policy allows it, and what its answer is judged by.
    static func call(
        _ head: RequestHead, _ transaction: Transaction
    ) throws(BrokenPromise) -> (request: OutboundRequest, filter: ServiceResponseFilter)? {
        var exchange = EgressExchange(plan: plan)
        guard let digest = try? exchange.received(head),
            let proofs = try? exchange.presented(by: .server("orders"), now: World.now, forwarded: { _ in nil })
        else { return nil }
        try promise(digest.count == 32, "a presenter is looked up by \(digest.count) octets")
        for case .envelope(let id, _) in proofs { try promise(id == transaction.id, "a proof that nobody made") }
        let call = AttributedCall(transaction: transaction, attribution: .envelope)
        guard (try? exchange.attributed(call, span: World.fresh.span)) != nil,
            let step = try? exchange.intended(fresh: World.fresh, now: World.now)
        else { return nil }
        switch consume step {
        case .send(let warrant):
            let filter = warrant.filter
            return (OutboundRequest(spending: warrant), filter)
        case .obtain:
            let token = Credential(
                token: SecretBytes(credential), expires: World.now + 60, scopes: ["orders:read"],
                audience: "orders-api")
            guard let warrant = try? exchange.granted(token, source: .miss) else { return nil }
            let filter = warrant.filter
            return (OutboundRequest(spending: warrant), filter)
        }
    }

    private static func checkTarget(_ target: [UInt8], of head: RequestHead) throws(BrokenPromise) {
        let path = Array(target.prefix { $0 != UInt8(ascii: "?") })
        try promise(path.starts(with: "/v1".utf8) && Places.isUnambiguous(path), "beyond the service: \(target.shown)")
        try promise(path.count == 3 || path[3] == UInt8(ascii: "/"), "beside the service: \(target.shown)")
        guard let asked = try? Target(of: head) else { throw BrokenPromise("a call to nowhere") }
        try promise(asked.path.bytes.suffix(path.count - 3).elementsEqual(path.dropFirst(3)), "another path")
    }

    private static func checkSecrets(_ request: OutboundRequest, marks: [[UInt8]]) throws(BrokenPromise) {
        let proofs = [marks[0], marks[2], Array("eieh_".utf8), secret]
        for mark in proofs { try promise(!request.target.contains(mark), "the target betrays \(mark.shown)") }
        for index in 0..<request.fields.count {
            let value = Array(request.fields.value(at: index))
            for mark in proofs {
                try promise(
                    !value.contains(mark), "`\(SentFields.canonical(request.fields.name(at: index)))` betrays it")
            }
        }
    }

    private static let ours: [String: [UInt8]] = [
        "host": "127.0.0.1:9101", "via": "1.1 bulla", "x-actor-sub": "alice", "x-actor-tenant": "acme",
        "x-agent-id": "agent_456", "x-delegation-mode": "on_behalf_of", "authorization": "Bearer downstream-credential",
    ].mapValues { Array($0.utf8) }

    private static let ownOnce: Set<String> = ["x-trace-id", "traceparent", "tracestate", "baggage"]
    private static let forbidden: Set<String> = [
        "cookie", "cookie2", "proxy-authorization", "connection", "keep-alive", "te", "trailer", "transfer-encoding",
        "content-length", "upgrade", "expect", "forwarded", "dpop", "txn-token", "referer", "origin", "remote-user",
        "proxy-connection", "http2-settings", "x-forwarded-for", "x-forwarded-user", "x-forwarded-host",
    ]
    private static let forbiddenBeginnings = [
        "x-actor-", "x-agent-", "x-delegation-", "x-eie-", "eie-", "txn-token", "x-user-", "x-remote-",
        "x-auth-request-",
        "x-forwarded-access-token", "x-original-url", "x-rewrite-url", "x-http-method", "-",
    ]

    private static func mayPass(_ name: String) -> Bool {
        if ownOnce.contains(name) { return true }
        return !forbidden.contains(name) && !forbiddenBeginnings.contains { name.hasPrefix($0) }
    }
}
