import StrictCoding

/// A mapping whose keys the language knows, with its unknown, unbuilt and missing keys reported.
struct Section {
    let field: Field
    private let table: KeyTable
    private var fields: [String: Field] = [:]

    init?(_ field: Field, _ table: KeyTable, _ report: inout Report) {
        guard let entries = field.entries(&report) else { return nil }
        self.field = field
        self.table = table
        var written: Set<String> = []
        for entry in entries {
            let member = field.member(entry)
            guard let key = table.key(entry.key) else {
                report.error(
                    entry.keyPlace, "unknown key \(Quotation.of(entry.key))\(Self.location(of: field))",
                    help: Self.help(for: entry.key, in: table))
                continue
            }
            written.insert(key.name)
            if case .unbuilt(let help) = key.standing {
                report.error(entry.keyPlace, "\(member.quotedPath) is not built yet", help: help)
            } else {
                fields[key.name] = member
            }
        }
        for key in table.keys where !written.contains(key.name) && key.isMissed(among: written) {
            let owner = field.path.isEmpty ? "the policy" : field.quotedPath
            report.error(field.origin, "\(owner) has \(key.absence)")
        }
    }

    /// The value under a key of the table, when it is there.
    subscript(_ key: String) -> Field? {
        assert(table.key(ByteString(key)) != nil, "readers ask for keys of their table")
        return fields[key]
    }

    private static func location(of field: Field) -> String {
        field.path.isEmpty ? " at the top of the policy" : " in \(field.quotedPath)"
    }

    private static func help(for key: ByteString, in table: KeyTable) -> String {
        Suggestion.help(for: key, among: table.names) ?? "the keys here are \(Quotation.list(table.keys.map(\.name)))"
    }
}
