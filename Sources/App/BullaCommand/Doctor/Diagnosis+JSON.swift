import Policy
import StrictCoding

/// A diagnosis for programs: one JSON object.
extension Diagnosis {
    func json(policyPath: String, traceID: ByteString, answer: CanaryAnswer, scopes: [ByteString]?) -> String {
        var writer = JSONWriter(reserving: 2048)
        writer.object { document in
            document.member("ok", isHealthy)
            document.member("server", server.name)
            document.member("trace_id", traceID)
            document.name("answer")
            document.object { Self.write(answer, to: &$0) }
            document.member("same_policy", request != nil && !isOtherPolicy)
            if let request { write(request, scopes, to: &document) }
            document.name("calls")
            document.array { list in
                for call in calls { Self.write(call, to: &list) }
            }
            document.name("refused_without_request")
            document.array { list in
                for stray in strays { list.object { Self.write(stray, ["method", "target", "reason"], to: &$0) } }
            }
            if let way {
                document.member("way", way.rawValue)
                let advice = way.advice(policyPath: policyPath, server: server, services: services)
                document.member("advice", array: advice.map { ByteString($0) })
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func write(_ answer: CanaryAnswer, to writer: inout JSONWriter) {
        let (kind, text) =
            switch answer {
            case .result(let text): ("result", text)
            case .toolError(let text): ("tool_error", text)
            case .error(let text): ("error", text)
            }
        writer.member("kind", kind)
        writer.member("text", text)
    }

    private func write(_ request: RequestEntry, _ scopes: [ByteString]?, to writer: inout JSONWriter) {
        writer.name("client")
        writer.object {
            Self.write(
                request,
                [
                    "actor_sub", "actor_type", "actor_tenant", "agent_id", "client_id", "session_id", "confidence",
                    "reason",
                ],
                to: &$0)
            if let scopes { $0.member("scopes", array: scopes) }
        }
        guard isAccepted else { return }
        writer.name("sent")
        writer.object {
            Self.write(request, ["txn", "jti"], to: &$0)
            $0.member("envelope_header", policy.envelope.header)
            $0.member("handle", server.upstreamAuth == .handle)
            $0.member("audit_headers", server.auditHeaders.rawValue)
            if let instance = calls.lazy.compactMap({ $0.entry["instance"] }).first { $0.member("instance", instance) }
        }
    }

    private static func write(_ call: OutboundCallSeen, to writer: inout JSONWriter) {
        writer.object {
            write(
                call.entry,
                [
                    "target", "method", "path", "presenter", "instance", "attribution", "delegation_mode", "actor_sub",
                    "agent_id", "token_audience", "token_sha256_16", "cache",
                ], to: &$0)
            $0.member("scopes", array: call.entry.list("scopes_granted"))
            switch call.outcome {
            case nil: break
            case .answered(let status): $0.member("status", status)
            case .refused(let code, let status):
                $0.member("status", status)
                $0.member("code", code)
                if let advice = EgressAdvice.text(code) { $0.member("advice", advice) }
            }
        }
    }

    private static func write(_ entry: RequestEntry, _ fields: [StaticString], to writer: inout JSONWriter) {
        for field in fields {
            if let value = entry[field] { writer.member(field, value) }
        }
    }
}
