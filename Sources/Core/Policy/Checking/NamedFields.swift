import StrictCoding

/// A mapping whose keys are names of the author's choice: `issuers`, `agents`, `servers`, `services`, `scopes`.
struct NamedFields {
    /// More declarations than this are generated, not written, and belong into several gateways.
    static let most = 1_000

    let fields: [(name: ByteString, field: Field)]
    let names: [ByteString]

    /// `names` holds every name that is written, well-formed or not, so that a reference to a bad name is not reported
    /// as well.
    init(_ field: Field?, _ report: inout Report, grammar: Grammar = .name) {
        guard let field, let entries = field.entries(&report) else {
            (fields, names) = ([], [])
            return
        }
        names = entries.map(\.key)
        guard entries.count <= Self.most else {
            report.error(field.origin, "\(field.quotedPath) has more than \(Self.most) entries")
            fields = []
            return
        }
        var fields: [(ByteString, Field)] = []
        for entry in entries {
            if !grammar.allows(entry.key) {
                report.error(entry.keyPlace, "\(Quotation.of(entry.key)) is not \(grammar.noun)", help: grammar.help)
            }
            fields.append((entry.key, field.member(entry)))
        }
        self.fields = fields
    }
}

extension NamedFields {
    /// How names of one kind are spelled.
    enum Grammar {
        /// `[a-z][a-z0-9_-]{0,62}`
        case name
        case scope
        /// Tools, prompts and arguments: whatever MCP servers call them.
        case identifier

        func allows(_ name: ByteString) -> Bool {
            switch self {
            case .name: Self.isName(name)
            case .scope: ScopeToken.isWellFormed(name)
            case .identifier: name.isPlainText(limit: 256)
            }
        }

        var noun: String {
            switch self {
            case .name: "a name"
            case .scope: "a scope"
            case .identifier: "a name that MCP knows"
            }
        }

        var help: String {
            switch self {
            case .name: "a name begins with `a` to `z` and goes on with these, digits, `_` and `-`, at most 63 in all"
            case .scope: "a scope has no space, quote or backslash and at most \(ScopeToken.mostBytes) bytes"
            case .identifier: "it has at most 256 bytes and no control characters"
            }
        }

        private static func isName(_ name: ByteString) -> Bool {
            guard let first = name.bytes.first, first.isASCIILowercase, name.count <= 63 else { return false }
            return name.bytes.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F }
        }
    }
}
