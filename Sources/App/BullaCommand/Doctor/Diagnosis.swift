import Policy
import StrictCoding

/// What a canary shows of one server: whom the gateway saw, what it sent on, and what became of every call that the
/// server then made. Made from audit records alone, so that it says what really happened.
struct Diagnosis: Sendable {
    let policy: PolicySet
    let server: Server
    /// The one service that is asked about; nil for all.
    let service: ByteString?
    /// The record of the canary itself; nil where there is none.
    let request: RequestEntry?
    /// Calls that were attributed to the canary, in order.
    let calls: [OutboundCallSeen]
    /// Refused calls of the same moments that name no request: of this server, or of nobody that is known.
    let strays: [RequestEntry]

    /// - Parameter entries: everything that was recorded since the canary left.
    init(policy: PolicySet, server: Server, service: ByteString?, traceID: ByteString, entries: [RequestEntry]) {
        self.policy = policy
        self.server = server
        self.service = service
        let own = entries.filter { $0["trace_id"] == traceID }
        request = own.first { $0["mcp_method"] == "tools/call" }
        calls = OutboundCallSeen.all(in: own)
        strays = entries.filter { entry in
            entry.event == .callDenied && entry["trace_id"] == nil
                && (entry["presenter"] == nil || entry["presenter"] == server.name)
        }
    }

    /// Whether everything that was begun has ended.
    var isSettled: Bool { request != nil && calls.allSatisfy { $0.outcome != nil } }

    /// Services that the server may call and that are asked about.
    var services: [ByteString] {
        server.services.map { policy.services[$0].name }.filter { service == nil || $0 == service }
    }

    var isAccepted: Bool { request?.event == .requestAccepted }

    /// Whether a call that is asked about got the API's own good answer, or there was none to make.
    var isHealthy: Bool {
        guard isAccepted else { return false }
        return server.services.isEmpty || calls.contains { $0.isGood && (service == nil || $0.service == service) }
    }

    /// Whether the gateway runs another version of the policy than the one that was read.
    var isOtherPolicy: Bool {
        guard let request else { return false }
        return request["policy_hash"] != policy.digest
    }

    /// How the server's calls find their requests; nil where it was not asked, or has nothing to call.
    var way: ServerWay? {
        guard isAccepted, !server.services.isEmpty else { return nil }
        if let attribution = calls.lazy.compactMap(\.attribution).first, let way = ServerWay(attribution: attribution) {
            return way
        }
        if !calls.isEmpty || !strays.isEmpty { return .showsNothing }
        if case .launch = server.endpoint { return .launchedButSilent }
        return .silent
    }
}

/// One outbound call of the canary's request.
struct OutboundCallSeen: Sendable {
    enum Outcome: Sendable, Equatable {
        /// The API answered.
        case answered(status: Int64)
        /// The gateway ended it.
        case refused(code: ByteString, status: Int64)
    }

    let entry: RequestEntry
    private(set) var outcome: Outcome?

    /// Intents with their results, and denials, in the order in which they began.
    static func all(in entries: [RequestEntry]) -> [OutboundCallSeen] {
        var calls: [OutboundCallSeen] = []
        for entry in entries {
            switch entry.event {
            case .callIntended:
                calls.append(OutboundCallSeen(entry: entry, outcome: nil))
            case .callDenied:
                calls.append(OutboundCallSeen(entry: entry, outcome: outcome(of: entry)))
            case .callEnded:
                // Records have no number of their call: of equal ones, the first that is open.
                let index = calls.firstIndex { $0.outcome == nil && $0.isLike(entry) }
                let ended = OutboundCallSeen(entry: entry, outcome: outcome(of: entry))
                if let index { calls[index] = ended } else { calls.append(ended) }
            case .requestAccepted, .requestDenied, .requestFailed: break
            }
        }
        return calls
    }

    var service: ByteString? { entry["target"] }
    var attribution: ByteString? { entry["attribution"] }

    var isGood: Bool {
        guard attribution != nil, case .answered(let status) = outcome else { return false }
        return (200..<400).contains(status)
    }

    private func isLike(_ other: RequestEntry) -> Bool {
        (["target", "method", "path", "attribution"] as [StaticString]).allSatisfy { entry[$0] == other[$0] }
    }

    private static func outcome(of entry: RequestEntry) -> Outcome {
        let status = entry.number("status") ?? 0
        return entry["reason"].map { .refused(code: $0, status: status) } ?? .answered(status: status)
    }
}
