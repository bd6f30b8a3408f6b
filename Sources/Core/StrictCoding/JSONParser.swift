/// Reads one JSON text into a tape, without recursion: the chain of open containers is threaded through the tape
/// itself.
struct JSONParser {
    private(set) var tape: [JSONNode] = []
    private let limits: JSONLimits
    private var position = 0
    private var depth = 0
    private var values = 0
    /// The tape index of the innermost open container, or -1 outside of all.
    private var container: Int32 = -1

    init(limits: JSONLimits, expecting count: Int) {
        self.limits = limits
        // Typical messages have a value or name per eight bytes or more; short of that the array grows.
        tape.reserveCapacity(min(count / 8 + 4, 4096))
    }

    mutating func parse(_ input: Span<UInt8>) throws(JSONError) {
        if input.count >= 3, input[0] == 0xEF, input[1] == 0xBB, input[2] == 0xBF {
            throw JSONError(.byteOrderMark, offset: 0)
        }
        repeat {
            try beginValue(input)
            try closeContainers(input)
        } while container >= 0
        skipWhitespace(input)
        guard position == input.count else { throw JSONError(.trailingBytes, offset: position) }
    }

    /// Reads a scalar, or opens containers until a scalar or an empty container has been read. In an object, the name
    /// comes first.
    private mutating func beginValue(_ input: Span<UInt8>) throws(JSONError) {
        while true {
            let byte = try peek(input)
            values += 1
            guard values <= limits.members else { throw JSONError(.tooManyValues, offset: position) }
            switch byte {
            case UInt8(ascii: "{"):
                try open(.object)
                if try peek(input) == UInt8(ascii: "}") { return }
                try readName(input)
            case UInt8(ascii: "["):
                try open(.array)
                if try peek(input) == UInt8(ascii: "]") { return }
            case UInt8(ascii: "\""): return try readString(input)
            case UInt8(ascii: "-"), 0x30...0x39: return try readNumber(input)
            case UInt8(ascii: "t"): return try readLiteral("true", .bool, input)
            case UInt8(ascii: "f"): return try readLiteral("false", .bool, input)
            case UInt8(ascii: "n"): return try readLiteral("null", .null, input)
            default: throw JSONError(.unexpectedByte, offset: position)
            }
        }
    }

    /// After a value: closes every container that ends here, and stops before the next value or at the end of the
    /// outermost one.
    private mutating func closeContainers(_ input: Span<UInt8>) throws(JSONError) {
        while container >= 0 {
            let isObject = tape[Int(container)].kind == .object
            switch try peek(input) {
            case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
                try close(input)
            case UInt8(ascii: ","):
                position += 1
                if isObject { try readName(input) }
                return
            default:
                throw JSONError(.unexpectedByte, offset: position)
            }
        }
    }

    private mutating func open(_ kind: JSONValue.Kind) throws(JSONError) {
        depth += 1
        guard depth <= limits.depth else { throw JSONError(.tooDeep, offset: position) }
        tape.append(JSONNode(kind: kind, start: Int32(position), end: 0, next: container))
        container = Int32(tape.count - 1)
        position += 1
    }

    private mutating func close(_ input: Span<UInt8>) throws(JSONError) {
        position += 1
        depth -= 1
        let index = Int(container)
        container = tape[index].next
        tape[index].end = Int32(position)
        tape[index].next = Int32(tape.count)
        if tape[index].kind == .object, let offset = tape.duplicateName(inObjectAt: index, of: input) {
            throw JSONError(.duplicateName, offset: offset)
        }
    }

    private mutating func readName(_ input: Span<UInt8>) throws(JSONError) {
        guard try peek(input) == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, offset: position) }
        try readString(input)
        guard try peek(input) == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, offset: position) }
        position += 1
    }

    private mutating func readString(_ input: Span<UInt8>) throws(JSONError) {
        let start = position
        let isEscaped = try JSONString.skip(input, &position)
        append(.string, from: start, isEscaped: isEscaped)
    }

    private mutating func readNumber(_ input: Span<UInt8>) throws(JSONError) {
        let start = position
        try JSONNumber.skip(input, &position)
        append(.number, from: start)
    }

    private mutating func readLiteral(_ literal: StaticString, _ kind: JSONValue.Kind, _ input: Span<UInt8>)
        throws(JSONError)
    {
        let start = position
        for offset in 0..<literal.utf8CodeUnitCount {
            guard position < input.count else { throw JSONError(.unexpectedEnd, offset: position) }
            guard input[position] == literal.utf8Start[offset] else {
                throw JSONError(.unexpectedByte, offset: position)
            }
            position += 1
        }
        append(kind, from: start)
    }

    private mutating func append(_ kind: JSONValue.Kind, from start: Int, isEscaped: Bool = false) {
        let next = Int32(tape.count + 1)
        tape.append(JSONNode(kind: kind, isEscaped: isEscaped, start: Int32(start), end: Int32(position), next: next))
    }

    /// The next byte that is not white space.
    private mutating func peek(_ input: Span<UInt8>) throws(JSONError) -> UInt8 {
        skipWhitespace(input)
        guard position < input.count else { throw JSONError(.unexpectedEnd, offset: position) }
        return input[position]
    }

    private mutating func skipWhitespace(_ input: Span<UInt8>) {
        while position < input.count {
            switch input[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }
}
