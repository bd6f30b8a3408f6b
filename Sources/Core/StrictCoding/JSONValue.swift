/// One value of a JSON document, read in place: nothing is unescaped or converted before it is asked for.
package struct JSONValue: Sendable {
    package enum Kind: UInt8, Sendable {
        case object, array, string, number, bool, null
    }

    let storage: JSONStorage
    let index: Int

    package var kind: Kind { node.kind }

    /// The bytes of this value in the text of its document: quotes and brackets included, surrounding white space not.
    package var range: Range<Int> { Int(node.start)..<Int(node.end) }
    package var source: ArraySlice<UInt8> { storage.bytes[range] }

    /// The value of the member whose unescaped name has exactly these bytes; nil also when this is not an object.
    package subscript(_ name: StaticString) -> JSONValue? {
        firstMember {
            storage.isLiteral(name, at: $0)
        } orEscaped: {
            $0.equals(name)
        }
    }

    /// The value of the member whose unescaped name has exactly these bytes; nil also when this is not an object.
    package func member(_ name: ByteString) -> JSONValue? {
        firstMember {
            storage.bytes[$0].elementsEqual(name.bytes)
        } orEscaped: {
            $0 == name
        }
    }

    /// The unescaped text of a string. `\u0000` is text like any other: check where a NUL would hurt.
    package var text: ByteString? {
        node.kind == .string ? storage.text(of: node) : nil
    }

    /// Whether this is a string whose unescaped text has exactly these bytes.
    package func isText(_ text: StaticString) -> Bool {
        guard node.kind == .string else { return false }
        return node.isEscaped
            ? storage.text(of: node).equals(text) : storage.isLiteral(text, at: storage.content(of: node))
    }

    /// The value of a number written as plain digits within ±2^53; `1.0` and `1e3` have none.
    package var integer: Int64? {
        node.kind == .number ? JSONNumber.integer(source) : nil
    }

    /// The nearest double of a number, when finite.
    package var number: Double? {
        node.kind == .number ? JSONNumber.double(source) : nil
    }

    package var bool: Bool? {
        node.kind == .bool ? storage.bytes[Int(node.start)] == UInt8(ascii: "t") : nil
    }

    package var isNull: Bool { node.kind == .null }

    /// The elements of an array, in order.
    package var elements: [JSONValue]? {
        guard node.kind == .array else { return nil }
        var elements: [JSONValue] = []
        var element = index + 1
        while element < node.next {
            elements.append(JSONValue(storage: storage, index: element))
            element = Int(storage.tape[element].next)
        }
        return elements
    }

    /// The members of an object, in order, with unescaped names.
    package var members: [(name: ByteString, value: JSONValue)]? {
        guard node.kind == .object else { return nil }
        var members: [(name: ByteString, value: JSONValue)] = []
        var name = index + 1
        while name < node.next {
            members.append((storage.text(of: storage.tape[name]), JSONValue(storage: storage, index: name + 1)))
            name = Int(storage.tape[name + 1].next)
        }
        return members
    }

    /// The names of the members of an object, in order, each as the string that it is; none where this is no object.
    package var names: JSONMemberNames {
        JSONMemberNames(storage: storage, position: index + 1, end: node.kind == .object ? Int(node.next) : 0)
    }

    private var node: JSONNode { storage.tape[index] }

    @inline(__always)
    private func firstMember(
        whereRaw isRaw: (Range<Int>) -> Bool, orEscaped isEscaped: (ByteString) -> Bool
    ) -> JSONValue? {
        guard node.kind == .object else { return nil }
        var name = index + 1
        while name < node.next {
            let node = storage.tape[name]
            if node.isEscaped ? isEscaped(storage.text(of: node)) : isRaw(storage.content(of: node)) {
                return JSONValue(storage: storage, index: name + 1)
            }
            name = Int(storage.tape[name + 1].next)
        }
        return nil
    }
}

extension JSONStorage {
    /// The bytes of a string between its quotes.
    func content(of node: JSONNode) -> Range<Int> {
        Int(node.start) + 1..<Int(node.end) - 1
    }

    func text(of node: JSONNode) -> ByteString {
        let content = content(of: node)
        return node.isEscaped ? JSONString.unescaped(bytes[content].span) : ByteString(Array(bytes[content]))
    }

    func isLiteral(_ literal: StaticString, at range: Range<Int>) -> Bool {
        let bytes = bytes
        return bytes.span.equals(literal, in: range)
    }
}
