internal import StrictCoding

/// How calls are shown at `/calls`.
extension APICall {
    /// `{"calls":[{"number","time","api","method","path","status","caller","token",…}]}`
    static func json(_ calls: [APICall]) -> [UInt8] {
        var writer = JSONWriter(reserving: 4096)
        writer.object {
            $0.name("calls")
            $0.array { for call in calls { call.describe(to: &$0) } }
        }
        return writer.bytes
    }

    private func describe(to writer: inout JSONWriter) {
        writer.object {
            $0.member("number", number)
            $0.member("time", time)
            $0.member("api", api)
            $0.member("method", method)
            $0.member("path", path)
            $0.member("status", status)
            if let caller { $0.member("caller", caller) }
            switch token {
            case .success(let token): describe(token, to: &$0)
            case .failure(let refusal): $0.member("refusal", refusal.sentence)
            }
            $0.member("audit_headers", fields: auditFields)
            $0.name("looks_like")
            $0.object {
                $0.member("envelope", stray.envelope)
                $0.member("handle", stray.handle)
                $0.member("cookie", stray.cookie)
            }
        }
    }

    private func describe(_ token: AcceptedToken, to writer: inout JSONWriter) {
        writer.name("token")
        writer.object {
            $0.member("kind", tokenKind)
            $0.member("iss", token.issuer)
            $0.member("sub", token.subject)
            $0.member("act", array: token.actors)
            $0.member("client_id", token.clientID)
            $0.member("aud", array: token.audiences)
            $0.member("scope", array: token.scopes)
            $0.member("sha256_16", token.digest)
        }
    }

    /// For people: a line with number and time before each call.
    static func text(_ calls: [APICall]) -> String {
        calls.isEmpty ? "nothing called yet\n" : calls.map(\.text).joined(separator: "\n")
    }

    private var text: String {
        var lines = ["--- \(number), at \(time)", "\(method) \(path) -> \(status)"]
        switch token {
        case .success(let token):
            lines.append("caller: \(caller ?? "nobody")")
            lines.append(
                "token: \(tokenKind), from \(token.issuer), for \(Self.list(token.audiences)), scope \(Self.list(token.scopes)), sha256 \(token.digest)"
            )
        case .failure(let refusal):
            lines.append("caller: nobody, \(refusal.sentence)")
        }
        lines += auditFields.map { "\($0.name): \($0.value)" }
        lines.append(
            "envelope: \(Self.word(stray.envelope)), handle: \(Self.word(stray.handle)), cookie: \(Self.word(stray.cookie))"
        )
        return lines.map(VisibleText.of).joined(separator: "\n") + "\n"
    }

    private static func list(_ names: [ByteString]) -> String {
        names.map(\.string).joined(separator: " ")
    }

    private static func word(_ isThere: Bool) -> String { isThere ? "yes" : "no" }
}
