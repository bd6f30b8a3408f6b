import DataPlane
import Foundation
import StrictCoding
import Testing

/// Everything that came of one request, to be compared whole.
struct Outcome: Equatable, CustomStringConvertible {
    var status: Int
    /// What the body says: a problem's title, a JSON-RPC error's `data.code` or its number, a tool error's first word.
    var code: String
    /// One line per record (`ScriptedAudit.lines`).
    var audit: [String]
    /// Counters that moved: `orders token_expired +1`.
    var counted: [String]
    /// Whether a byte reached the MCP server, or as much as an attempt to connect.
    var reached = false
    /// How often keys were asked for.
    var fetches = 0

    var description: String {
        "\(status) \(code) audit=\(audit) counted=\(counted) reached=\(reached) fetches=\(fetches)"
    }

    /// Who is on record for a refusal.
    enum Whom: String {
        case nobody = "- - on_behalf_of"
        case alice = "alice agent_456 on_behalf_of"
        /// No server was reached, so there is no mode either.
        case nowhere = "- - -"
    }

    /// Refused, recorded, counted, and without a byte to the server.
    static func refused(
        _ status: Int, _ reason: String, body code: String? = nil, whom: Whom = .nobody, fetches: Int = 0
    ) -> Outcome {
        Outcome(
            status: status, code: code ?? reason, audit: ["denied \(reason) \(status) \(whom.rawValue)"],
            counted: ["\(whom == .nowhere ? "" : "orders") \(reason) +1"], fetches: fetches)
    }

    /// Forwarded for Alice and answered by the server.
    static func accepted(_ status: Int = 200, fetches: Int = 0) -> Outcome {
        Outcome(
            status: status, code: "", audit: ["accepted \(Whom.alice.rawValue)"], counted: ["accepted +1"],
            reached: true,
            fetches: fetches)
    }

    /// Accepted for Alice, who left while a connection to the server was sought: nobody was answered.
    static let unsent = Outcome(
        status: 0, code: "",
        audit: ["accepted \(Whom.alice.rawValue)", "failed client_gone 499 \(Whom.alice.rawValue)"],
        counted: ["accepted +1", "orders client_gone +1"], reached: true)

    /// Forwarded for Alice, and then not answered in a way that can be passed on.
    static func failed(_ status: Int, _ reason: String) -> Outcome {
        Outcome(
            status: status, code: reason,
            audit: ["accepted \(Whom.alice.rawValue)", "failed \(reason) \(status) \(Whom.alice.rawValue)"],
            counted: ["accepted +1", "orders \(reason) +1"], reached: true)
    }
}

/// An answer as a client reads it.
struct Answer: Equatable {
    let status: Int
    /// `Date` last: where it stands among the others is the wire's affair.
    let fields: [String]
    let body: String

    init(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"), let status = Int(text.dropFirst(9).prefix(3)) else {
            (self.status, fields, body) = (0, [], text)
            return
        }
        self.status = status
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n").dropFirst()
        fields = lines.filter { !$0.hasPrefix("Date:") } + lines.filter { $0.hasPrefix("Date:") }
        body = String(text[end.upperBound...])
    }

    func values(_ name: String) -> [String] {
        fields.filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }.map {
            $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
        }
    }

    var challenge: String? { values("WWW-Authenticate").first }
    var session: String? { values("Mcp-Session-Id").first }
    var json: JSONValue? { try? JSONDocument(parsing: Array(body.utf8), limits: .document).root }

    var code: String {
        if let title = json?["title"]?.text { return title.string }
        if let error = json?["error"] {
            return error["data"]?["code"]?.text?.string ?? "\(error["code"]?.integer ?? 0)"
        }
        if json?["result"]?["isError"]?.bool == true {
            let text = json?["result"]?["content"]?.elements?.first?["text"]?.text?.string ?? ""
            return String(text.prefix { $0 != ":" })
        }
        return ""
    }
}

extension IngressCounters {
    func differences(from before: IngressCounters) -> [String] {
        var moved: [String] = []
        for (key, count) in refused where count != before.refused[key] ?? 0 {
            moved.append("\(key.server) \(key.code) +\(count - (before.refused[key] ?? 0))")
        }
        if accepted != before.accepted {
            moved.append("accepted +\(accepted.total - before.accepted.total)")
        }
        if unrecordedRefusals != before.unrecordedRefusals { moved.append("unrecorded") }
        if active != before.active { moved.append("active \(active)") }
        return moved.sorted()
    }
}
