import Policy
import StrictCoding

/// A diagnosis for people.
extension Diagnosis {
    func text(policyPath: String, answer: CanaryAnswer, scopes: [ByteString]?) -> String {
        var lines = ["answer    \(Self.words(answer))"]
        guard let request else {
            return
                (lines + ["", "no record of the request is in the audit file: does the gateway run with this policy?"])
                .joined(separator: "\n")
        }
        if isOtherPolicy { lines.append("note      the gateway runs another version of this policy") }
        lines += [""] + clientLines(request, scopes) + [""] + serverLines(request)
        if let way { lines += [""] + callLines + [""] + explanation(of: way, policyPath) }
        return lines.joined(separator: "\n")
    }

    private func clientLines(_ request: RequestEntry, _ scopes: [ByteString]?) -> [String] {
        guard let actor = request["actor_sub"] else {
            return ["client    not known: \(request["reason"]?.string ?? "-")"]
        }
        let estimated = request.list("estimated")
        var lines = [
            "client    what the gateway understood",
            "  actor   \(actor) (\(Self.word(request["actor_type"])), tenant \(Self.word(request["actor_tenant"])))",
            "  agent   \(Self.word(request["agent_id"])) (client \(Self.word(request["client_id"])))",
            "  session \(Self.word(request["session_id"])), \(Self.word(request["confidence"]))"
                + (estimated.isEmpty ? "" : ": \(Self.list(estimated))"),
        ]
        if let scopes { lines.append("  scopes  \(Self.list(scopes))") }
        if request.event != .requestAccepted { lines.append("  denied  \(Self.word(request["reason"]))") }
        return lines
    }

    private func serverLines(_ request: RequestEntry) -> [String] {
        guard isAccepted else { return ["server    was not asked"] }
        var lines = ["server    what `\(server.name)` was sent"]
        lines.append(
            "  \(policy.envelope.header)  envelope \(Self.word(request["jti"])) of transaction \(Self.word(request["txn"]))"
        )
        switch server.upstreamAuth {
        case .none: lines.append("  Authorization  nothing")
        case .handle: lines.append("  Authorization  an opaque handle")
        }
        lines.append("  audit headers  \(server.auditHeaders.rawValue)")
        if case .launch = server.endpoint {
            let instance = calls.lazy.compactMap { $0.entry["instance"] }.first
            lines.append("  process  \(instance?.string ?? "one of its own for this user and agent")")
        }
        return lines
    }

    private var callLines: [String] {
        guard !calls.isEmpty || !strays.isEmpty else { return ["calls     none arrived"] }
        let perhaps = strays.map { stray in
            "  perhaps \(Self.word(stray["method"])) \(Self.word(stray["target"])): denied, \(Self.refusal(stray["reason"] ?? "-"))"
        }
        return ["calls     what arrived for it"] + calls.flatMap(Self.lines) + perhaps
    }

    private static func lines(_ call: OutboundCallSeen) -> [String] {
        let entry = call.entry
        let place = "\(word(call.service)) \(word(entry["method"])) \(word(entry["path"]))"
        let outcome: String
        switch call.outcome {
        case nil: outcome = "not ended yet"
        case .answered(let status): outcome = "the API answered \(status)"
        case .refused(let code, let status): outcome = "\(status), \(refusal(code))"
        }
        var lines = ["  \(place): \(outcome)"]
        if let attribution = call.attribution {
            let mode = "\(word(entry["delegation_mode"])) for \(word(entry["actor_sub"]))"
            lines.append("    from \(word(entry["presenter"])), attributed by \(attribution), as \(mode)")
        }
        if let digest = entry["token_sha256_16"] {
            let granted = entry.list("scopes_granted")
            lines.append(
                "    token \(digest) for \(word(entry["token_audience"])), scopes \(list(granted)), \(word(entry["cache"]))"
            )
        }
        return lines
    }

    private func explanation(of way: ServerWay, _ policyPath: String) -> [String] {
        let advice = way.advice(policyPath: policyPath, server: server, services: services)
        return ["way       \(way.sentence)"] + advice.map { "  \($0)" }
    }

    // MARK: - Words

    private static func words(_ answer: CanaryAnswer) -> String {
        switch answer {
        case .result(let text): "a result: \(text)"
        case .toolError(let text): "a failure of the tool: \(text)"
        case .error(let text): "an error: \(text)"
        }
    }

    private static func refusal(_ code: ByteString) -> String {
        "\(code)" + (EgressAdvice.text(code).map { " (\($0))" } ?? "")
    }

    /// Names in records are escaped for JSON, not for a terminal.
    private static func word(_ text: ByteString?) -> String { text.map(CanaryAnswer.shown) ?? "-" }

    private static func list(_ names: [ByteString]) -> String {
        names.isEmpty ? "none" : names.map(CanaryAnswer.shown).joined(separator: " ")
    }
}
