import StrictCoding

/// Reads the text of a policy into one tree of located nodes and reports whatever is no plain data: anchors, aliases,
/// tags, merge keys, directives, duplicate keys, further documents, too much depth.
struct DocumentReader: ~Copyable {
    /// The deepest policy has nine levels; text that goes on is an attempt on the stack.
    static let deepest = 24

    private var events: YAMLEvents

    /// The root, or nil when the text is not one YAML document. Mistakes that leave the shape of the document clear are
    /// reported and read past; after a syntax error nothing is left to check, because what follows may be misread.
    static func read(_ source: PolicySource, _ report: inout Report) -> Node? {
        guard isText(source.bytes, &report) else { return nil }
        var reader = DocumentReader(events: YAMLEvents(source.bytes))
        do {
            return try reader.document(&report)
        } catch {
            report.error(
                error.place, error.message, help: isTab(at: error.place, in: source.bytes) ? "indent with spaces" : nil)
            return nil
        }
    }

    private init(events: consuming YAMLEvents) {
        self.events = events
    }

    private static func isText(_ bytes: [UInt8], _ report: inout Report) -> Bool {
        guard bytes.count <= PolicySource.mostBytes else {
            report.error(.start, "the file is larger than 1 MiB")
            return false
        }
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            report.error(.start, "the file begins with a byte order mark", help: "save it as UTF-8 without BOM")
            return false
        }
        do {
            _ = try UTF8Span(validating: bytes.span)
            return true
        } catch {
            report.error(
                Place(offset: error.byteOffsets.lowerBound, in: bytes), "the file is not UTF-8",
                help: "save it as UTF-8 without BOM")
            return false
        }
    }

    private static func isTab(at place: Place, in bytes: [UInt8]) -> Bool {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: place.line, omittingEmptySubsequences: false)
        guard place.line <= lines.count else { return false }
        return lines[place.line - 1].dropFirst(place.column - 1).first == UInt8(ascii: "\t")
    }

    private mutating func document(_ report: inout Report) throws(YAMLFault) -> Node? {
        _ = try events.next()
        let start = try events.next()
        guard case .documentStart(let hasDirectives) = start.kind else {
            report.error(.start, "the policy is empty", help: "begin with `version: 1`")
            return nil
        }
        if hasDirectives { report.error(start.place, "YAML directives are not allowed in a policy") }
        let root = try node(try events.next(), depth: 1, &report)
        _ = try events.next()
        let next = try events.next()
        if case .documentStart = next.kind {
            report.error(next.place, "a policy is one document, and here a second one begins")
        }
        return root
    }

    private mutating func node(
        _ event: YAMLEvent, depth: Int, _ report: inout Report
    ) throws(YAMLFault) -> Node {
        if event.hasAnchor {
            report.error(
                event.place, "anchors are not allowed in a policy", help: "write the value out where it is used")
        }
        if event.hasTag {
            report.error(
                event.place, "tags are not allowed in a policy",
                help: "every key knows the type of its value; remove the tag")
        }
        switch event.kind {
        case .scalar(let text, let isPlain):
            return Node(place: event.place, content: .scalar(text, isPlain: isPlain))
        case .listStart:
            try check(depth, at: event.place)
            return Node(place: event.place, content: .list(try elements(depth: depth, &report)))
        case .mappingStart:
            try check(depth, at: event.place)
            return Node(place: event.place, content: .mapping(try entries(depth: depth, &report)))
        case .alias:
            report.error(event.place, "aliases are not allowed in a policy", help: "write the value out here")
            return Node(place: event.place, content: .refused)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .listEnd, .mappingEnd:
            preconditionFailure("libyaml balances its events")
        }
    }

    private func check(_ depth: Int, at place: Place) throws(YAMLFault) {
        guard depth <= Self.deepest else {
            throw YAMLFault(place: place, message: "nested deeper than \(Self.deepest) levels")
        }
    }

    private mutating func elements(depth: Int, _ report: inout Report) throws(YAMLFault) -> [Node] {
        var elements: [Node] = []
        while true {
            let event = try events.next()
            if case .listEnd = event.kind { return elements }
            elements.append(try node(event, depth: depth + 1, &report))
        }
    }

    private mutating func entries(depth: Int, _ report: inout Report) throws(YAMLFault) -> [Node.Entry] {
        var entries: [Node.Entry] = []
        var firstPlaces: [ByteString: Place] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { return entries }
            let key = try node(event, depth: depth + 1, &report)
            let value = try node(try events.next(), depth: depth + 1, &report)
            guard let name = Self.name(of: key, &report) else { continue }
            if let first = firstPlaces[name] {
                report.error(
                    key.place, "duplicate key \(Quotation.of(name))", help: "it stands on line \(first.line) already")
                continue
            }
            firstPlaces[name] = key.place
            entries.append(Node.Entry(key: name, keyPlace: key.place, value: value))
        }
    }

    private static func name(of key: Node, _ report: inout Report) -> ByteString? {
        switch key.content {
        case .scalar("<<", isPlain: true):
            report.error(key.place, "merge keys are not allowed in a policy", help: "write the keys out here")
            return nil
        case .scalar(let text, isPlain: _):
            return text
        case .list, .mapping:
            report.error(key.place, "a key is a single word, not a list or a mapping")
            return nil
        case .refused:
            return nil
        }
    }
}
