import StrictCoding

/// The claims of a token under test: an ordered list that a test changes by name, each value written as JSON.
package struct Claims: Sendable {
    private var members: [(name: String, value: JSONText)]

    package init(_ members: [(String, JSONText)] = []) {
        self.members = members.map { (name: $0.0, value: $0.1) }
    }

    /// The same claims but for one, which changes its value in place or is added at the end.
    package func with(_ name: String, _ value: JSONText) -> Claims {
        var changed = self
        if let index = members.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
            changed.members[index].value = value
        } else {
            changed.members.append((name, value))
        }
        return changed
    }

    package func without(_ names: String...) -> Claims {
        var changed = self
        changed.members.removeAll { member in names.contains { $0.utf8.elementsEqual(member.name.utf8) } }
        return changed
    }

    /// The object as JSON, members in order.
    package var json: [UInt8] {
        JSONText.object(members.map { ($0.name, $0.value) }).bytes
    }
}

/// A JSON value as a test writes it. A string literal is a JSON string; `.raw` is any text, valid or not.
package struct JSONText: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral
{
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { bytes = Array("\(value)".utf8) }
    package init(booleanLiteral value: Bool) { bytes = Array("\(value)".utf8) }
    package init(arrayLiteral elements: JSONText...) { self = .array(elements) }

    package static func raw(_ text: String) -> JSONText { JSONText(bytes: Array(text.utf8)) }
    package static func integer(_ value: Int64) -> JSONText { JSONText(integerLiteral: value) }

    package static func string(_ value: String) -> JSONText {
        var writer = JSONWriter()
        writer.string(ByteString(value))
        return JSONText(bytes: writer.bytes)
    }

    package static func array(_ elements: [JSONText]) -> JSONText {
        JSONText(bytes: [UInt8(ascii: "[")] + elements.map(\.bytes).joined(separator: [0x2C]) + [UInt8(ascii: "]")])
    }

    /// Names may repeat: that is for the reader to refuse.
    package static func object(_ members: [(String, JSONText)]) -> JSONText {
        let parts = members.map { JSONText.string($0.0).bytes + [UInt8(ascii: ":")] + $0.1.bytes }
        return JSONText(bytes: [UInt8(ascii: "{")] + parts.joined(separator: [0x2C]) + [UInt8(ascii: "}")])
    }
}
