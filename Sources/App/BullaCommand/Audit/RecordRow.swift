import AuditReading
import StrictCoding

/// One record as one line of a table for people: when, who, what, and what was decided.
struct RecordRow {
    static let headings = ["SEQ", "TIME", "WHO", "EVENT", "WHAT", "DECISION", "STATUS", "RULE"]
    /// From here on widths are for the terminal's line, not for the longest name.
    static let mostWidths = [12, 27, 48, 18, 44, 36, 6, 60]

    let cells: [String]

    init(_ line: [UInt8]) {
        guard let entry = AuditEntry(line) else {
            cells = [
                "-", "-", "-", "-", "not a record: " + TerminalText.of(ByteString(line), limit: 60), "-", "-", "-",
            ]
            return
        }
        cells = [
            entry.seq.map { String($0) } ?? "-", Self.word(entry["ts"]), Self.who(entry), Self.word(entry.event),
            Self.what(entry), Self.decision(entry), entry.number("status").map { String($0) } ?? "-",
            Self.rules(entry),
        ]
    }

    /// Whose act it was: `alice via agent_456 (on_behalf_of)`.
    ///
    /// The agent acted in all of these. The mode says as whom services see it: as the gateway's own account, as the agent
    /// on behalf of the user, or as the user.
    static func who(_ entry: AuditEntry) -> String {
        guard let actor = entry["actor_sub"] else {
            return entry["decision"] == "note" ? "gateway" : "nobody known"
        }
        var who = TerminalText.of(actor)
        if let kind = entry["actor_type"], kind != "user" { who += " [\(TerminalText.of(kind))]" }
        if let agent = entry["agent_id"] { who += " via \(TerminalText.of(agent))" }
        if entry["confidence"] == "estimated" { who += "?" }
        if let mode = entry["delegation_mode"] { who += " (\(TerminalText.of(mode)))" }
        return who
    }

    /// The tool of a server, or method and path of a service.
    static func what(_ entry: AuditEntry) -> String {
        if let service = entry["target"] {
            return "\(TerminalText.of(service)): \(word(entry["method"])) \(word(entry["path"]))"
        }
        if let server = entry["upstream"] {
            return
                "\(TerminalText.of(server)): \(word(entry["mcp_name"] ?? entry["mcp_method"] ?? entry["http_method"]))"
        }
        if let presenter = entry["presenter"] { return "\(TerminalText.of(presenter)): a call" }
        guard entry["decision"] == "note" else { return word(entry["http_method"]) }
        let own: [StaticString] = ["mode", "version", "file", "purpose", "kid", "policy_hash"]
        let told = own.compactMap { entry[$0] }.map { TerminalText.of($0) }
        let lost = entry.number("records").map { ["\($0) records"] } ?? []
        return told.isEmpty && lost.isEmpty ? "-" : (lost + told).joined(separator: " ")
    }

    static func decision(_ entry: AuditEntry) -> String {
        let decision = word(entry["decision"])
        return entry["reason"].map { "\(decision) \(TerminalText.of($0))" } ?? decision
    }

    private static func rules(_ entry: AuditEntry) -> String {
        let rules = entry.list("rules")
        return rules.isEmpty ? "-" : rules.map { TerminalText.of($0) }.joined(separator: " ")
    }

    private static func word(_ text: ByteString?) -> String { text.map { TerminalText.of($0) } ?? "-" }
}
