import StrictCoding

/// JSON: what is accepted has one reading, stays within its limits, and written again it is the same.
enum JSONTexts {
    private static let wide = JSONLimits(bytes: 1 << 20, depth: 64, members: 20_000)
    private static let narrow = JSONLimits(bytes: 256, depth: 4, members: 24)

    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        guard let document = try? JSONDocument(parsing: input, limits: wide) else {
            let isRefused = (try? JSONDocument(parsing: input, limits: narrow)) == nil
            return try promise(isRefused, "narrower limits accept more")
        }
        try promise(document.bytes == input, "the text is kept")
        var census = Census()
        try census.visit(document.root, in: 0..<input.count, depth: 1)
        try promise(census.values <= wide.members && census.depth <= wide.depth, "beyond its limits")
        let isNarrow = input.count <= narrow.bytes && census.values <= narrow.members && census.depth <= narrow.depth
        let isAccepted = (try? JSONDocument(parsing: input, limits: narrow)) != nil
        try promise(isAccepted == isNarrow, "limits are not what they say: \(census)")
        try checkWriting(document)
    }

    private static func checkWriting(_ document: JSONDocument) throws(BrokenPromise) {
        var writer = JSONWriter()
        write(document.root, to: &writer)
        let limits = JSONLimits(bytes: 8 << 20, depth: wide.depth, members: wide.members)
        guard let again = try? JSONDocument(parsing: writer.bytes, limits: limits) else {
            throw BrokenPromise("refuses what we write: \(writer.bytes.shown)")
        }
        var second = JSONWriter()
        write(again.root, to: &second)
        try promise(second.bytes == writer.bytes, "written again, it is another text: \(writer.bytes.shown)")
        try promise(isSame(document.root, again.root), "written, it says something else: \(writer.bytes.shown)")
        try promise(!writer.bytes.contains { $0 < 0x20 || $0 == 0x7F }, "a control octet was written")
    }

    private static func write(_ value: JSONValue, to writer: inout JSONWriter) {
        switch value.kind {
        case .object:
            writer.object { writer in
                for (name, member) in value.members ?? [] {
                    writer.name(escaping: name)
                    write(member, to: &writer)
                }
            }
        case .array: writer.array { writer in value.elements?.forEach { write($0, to: &writer) } }
        case .string: writer.string(value.text ?? "")
        case .number: writer.raw(value.source)
        case .bool: writer.bool(value.bool ?? false)
        case .null: writer.null()
        }
    }

    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        guard left.kind == right.kind else { return false }
        switch left.kind {
        case .object:
            let (own, others) = (left.members ?? [], right.members ?? [])
            return own.count == others.count
                && zip(own, others).allSatisfy { $0.name == $1.name && isSame($0.value, $1.value) }
        case .array:
            let (own, others) = (left.elements ?? [], right.elements ?? [])
            return own.count == others.count && zip(own, others).allSatisfy(isSame)
        case .string: return left.text == right.text
        case .number: return left.source == right.source && left.integer == right.integer
        case .bool: return left.bool == right.bool
        case .null: return true
        }
    }
}

/// Counts the values of a document, and checks each where it stands.
private struct Census {
    private(set) var values = 0
    /// Containers inside one another.
    private(set) var depth = 0

    mutating func visit(_ value: JSONValue, in range: Range<Int>, depth level: Int) throws(BrokenPromise) {
        values += 1
        try promise(
            range.lowerBound <= value.range.lowerBound && value.range.upperBound <= range.upperBound,
            "a value outside of its container")
        if let integer = value.integer {
            let text = String(decoding: value.source, as: UTF8.self)
            try promise("\(integer)" == text || text == "-0", "\(text) was read as \(integer)")
            try promise(value.number == Double(integer), "\(text) has two values")
        }
        if let text = value.text {
            try promise(String(validating: text.bytes, as: UTF8.self) != nil, "a text that is not UTF-8")
        }
        if let elements = value.elements {
            depth = max(depth, level)
            for element in elements { try visit(element, in: value.range, depth: level + 1) }
        }
        if let members = value.members {
            depth = max(depth, level)
            try promise(Set(members.map(\.name)).count == members.count, "a name stands twice in one object")
            for (name, member) in members {
                try visit(member, in: value.range, depth: level + 1)
                guard members.count <= 64 else { continue }
                try promise(value.member(name)?.range == member.range, "another member is found as `\(name)`")
            }
        }
    }
}
