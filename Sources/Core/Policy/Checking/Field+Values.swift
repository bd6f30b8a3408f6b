import StrictCoding

/// Values that have a grammar of their own.
extension Field {
    /// A duration in seconds, a size in bytes or a count.
    func amount(_ kind: Amount.Kind, in range: ClosedRange<Int>, _ report: inout Report) -> Int? {
        guard let text = text(&report) else { return nil }
        if case .count = kind, case .scalar(_, isPlain: false) = node.content {
            report.error(place, "\(quotedPath) is text, and a number is wanted", help: "remove the quotes")
            return nil
        }
        guard let value = Amount.parse(text, as: kind) else {
            report.error(place, "\(Quotation.of(text)) is not \(kind.noun)", help: kind.example)
            return nil
        }
        guard range.contains(value) else {
            let (least, most) = (Amount.text(range.lowerBound, as: kind), Amount.text(range.upperBound, as: kind))
            report.error(place, "\(quotedPath) is not between `\(least)` and `\(most)`")
            return nil
        }
        return value
    }

    func url(_ report: inout Report) -> HTTPURL? {
        guard let text = text(&report) else { return nil }
        do {
            return try HTTPURL(parsing: text)
        } catch {
            report.error(place, "\(quotedPath) \(error.phrase)")
            return nil
        }
    }

    /// A URL to which the gateway connects, or of somebody whom it believes: https, or http on loopback.
    func trustedURL(_ report: inout Report) -> HTTPURL? {
        guard let url = url(&report) else { return nil }
        switch url.scheme {
        case .https:
            return url
        case .http:
            guard url.host.isLoopback else {
                report.error(
                    place,
                    "\(quotedPath) is plain http beyond loopback: tokens, envelopes and keys would travel in the clear",
                    help: "write https")
                return nil
            }
            return url
        }
    }

    /// One of a closed list of words. An unknown word is not repeated where it may be a secret.
    func choice<Value>(_ choices: Choices<Value>, repeatsWord: Bool = true, _ report: inout Report) -> Value? {
        guard let text = text(&report) else { return nil }
        switch choices.look(up: text) {
        case .value(let value):
            return value
        case .unbuilt(let help):
            report.error(place, "\(Quotation.of(text)) for \(quotedPath) is not built yet", help: help)
        case .refused(let reason):
            report.error(place, "\(Quotation.of(text)) for \(quotedPath) is never accepted", help: reason)
        case .unknown where !repeatsWord:
            let words = Quotation.list(choices.builtNames)
            report.error(place, "\(quotedPath) is a word that is not known", help: "it is one of \(words)")
        case .unknown:
            report.error(
                place, "\(Quotation.of(text)) is not known to \(quotedPath)",
                help: Suggestion.help(for: text, among: choices.names.map { ByteString($0) })
                    ?? "it is one of \(Quotation.list(choices.builtNames))")
        }
        return nil
    }

    /// A list in which nothing stands twice, each element read by `read`.
    func distinct<Value: Hashable>(
        _ report: inout Report, _ read: (Field, inout Report) -> Value?
    ) -> [Value]? {
        guard let fields = list(&report) else { return nil }
        var values: [Value] = []
        var seen: [Value: Place] = [:]
        for field in fields {
            guard let value = read(field, &report) else { continue }
            if let first = seen[value] {
                report.error(
                    field.place, "\(quotedPath) has \(field.written) twice",
                    help: "it stands on line \(first.line) already")
                continue
            }
            seen[value] = field.place
            values.append(value)
        }
        return values
    }

    /// The same, and not empty.
    func distinctSome<Value: Hashable>(
        _ report: inout Report, _ read: (Field, inout Report) -> Value?
    ) -> [Value]? {
        if case .list(let nodes) = node.content, nodes.isEmpty {
            report.error(place, "\(quotedPath) is empty")
            return nil
        }
        return distinct(&report, read)
    }

    /// The author's word in backticks.
    private var written: String {
        guard case .scalar(let text, isPlain: _) = node.content else { return "an element" }
        return Quotation.of(text)
    }

    /// A scope-token of RFC 6749, section 3.3.
    func scope(_ report: inout Report) -> ByteString? {
        guard let text = text(&report) else { return nil }
        guard ScopeToken.isWellFormed(text) else {
            report.error(
                place, "\(Quotation.of(text)) is not a scope",
                help: "a scope has no space, quote or backslash and at most \(ScopeToken.mostBytes) bytes")
            return nil
        }
        return text
    }
}
