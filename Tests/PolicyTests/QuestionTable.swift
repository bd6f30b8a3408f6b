import Policy
import StrictCoding

/// The second kind of expectation in a case file: questions with their verdicts.
struct QuestionTable {
    struct Row {
        let line: String
        let question: Question
        let expected: String
    }

    let server: ByteString
    let rows: [Row]

    init?(_ lines: [String]) {
        guard let first = lines.first, first.hasPrefix("server ") else { return nil }
        server = ByteString(String(first.dropFirst(7)))
        var actor = Actor()
        var rows: [Row] = []
        for line in lines.dropFirst() where !line.isEmpty {
            if line.hasPrefix("actor ") {
                guard let parsed = Actor(line) else { return nil }
                actor = parsed
            } else {
                guard let row = Self.row(line, actor) else { return nil }
                rows.append(row)
            }
        }
        self.rows = rows
    }

    /// A verdict as the table writes it.
    static func text(_ verdict: Verdict) -> String {
        let rules = verdict.rules.map(\.description).joined(separator: ", ")
        switch verdict {
        case .allow: return "allow by \(rules)"
        case .deny(let denial, _): return "deny \(text(denial)) by \(rules)"
        }
    }

    private static func text(_ denial: Denial) -> String {
        switch denial {
        case .methodNotAllowed, .unknownTool, .deniedByRule(reason: nil): "\(denial.code)"
        case .deniedByRule(let reason?): "\(denial.code) (\(reason))"
        case .missingScopes(let required): "\(denial.code) (\(required.map(\.string).joined(separator: " ")))"
        case .argumentNotActor(let argument): "\(denial.code) (\(argument))"
        }
    }

    private static func row(_ line: String, _ actor: Actor) -> Row? {
        let columns = line.split(separator: "|", omittingEmptySubsequences: false).map { words(of: $0) }
        guard columns.count == 3, let first = columns[0].first else { return nil }
        var message = columns[0]
        var kind = Question.Kind.request
        switch first {
        case "response": (kind, message) = (.response, [""])
        case "notification":
            kind = .notification
            message.removeFirst()
        default: break
        }
        guard let method = message.first else { return nil }
        let arguments = message.dropFirst(2).map { word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: ByteString(String(parts[0])), value: parts.count > 1 ? String(parts[1]) : "")
        }
        let question = Question(
            kind: kind, method: ByteString(method), name: message.dropFirst().first.map { ByteString($0) },
            grantedScopes: columns[1].map { ByteString($0) }, actorSubject: actor.subject, actorTenant: actor.tenant,
            agentID: actor.agent
        ) { name in
            guard let argument = arguments.first(where: { $0.name == name }) else { return .absent }
            return argument.value == "{}" ? .other : .text(ByteString(argument.value))
        }
        return Row(line: line, question: question, expected: columns[2].joined(separator: " "))
    }

    private static func words(of text: Substring) -> [String] {
        text.split(separator: " ").map(String.init)
    }

    /// Who asks: `actor user_123 acme agent_456`.
    private struct Actor {
        var subject: ByteString = "user_123"
        var tenant: ByteString = "acme"
        var agent: ByteString = "agent_456"

        init() {}

        init?(_ line: String) {
            let words = QuestionTable.words(of: line[...])
            guard words.count == 4 else { return nil }
            (subject, tenant, agent) = (ByteString(words[1]), ByteString(words[2]), ByteString(words[3]))
        }
    }
}
