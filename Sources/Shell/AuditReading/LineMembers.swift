import Foundation

/// The members of a record, found in the bytes of its line without a copy.
///
/// It finds a member only at the top level, and only under a name that is written plainly, as records are. It does not
/// check the line: what is shown is parsed first.
struct LineMembers {
    private let line: UnsafeRawBufferPointer
    private var index = 0

    init(_ line: UnsafeRawBufferPointer) {
        self.line = line
    }

    /// The bytes of the value of a member, quotes and brackets included.
    static func value(of name: StaticString, in line: UnsafeRawBufferPointer) -> Range<Int>? {
        var members = LineMembers(line)
        while let member = members.next() {
            if members.isName(name, at: member.name) { return member.value }
        }
        return nil
    }

    func isName(_ name: StaticString, at range: Range<Int>) -> Bool {
        range.count == name.utf8CodeUnitCount
            && memcmp(line.baseAddress! + range.lowerBound, name.utf8Start, range.count) == 0
    }

    /// The next member; nil at the end, and from where the line is no JSON object on.
    mutating func next() -> (name: Range<Int>, value: Range<Int>)? {
        guard take(index == 0 ? UInt8(ascii: "{") : UInt8(ascii: ",")), let name = string(), take(UInt8(ascii: ":")),
            let value = value()
        else {
            index = line.count
            return nil
        }
        return (name.lowerBound + 1..<name.upperBound - 1, value)
    }

    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < line.count, line[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func value() -> Range<Int>? {
        guard index < line.count else { return nil }
        if line[index] == UInt8(ascii: "\"") { return string() }
        let start = index
        var depth = 0
        while index < line.count {
            switch line[index] {
            case UInt8(ascii: "\""):
                guard string() != nil else { return nil }
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ","):
                if depth == 0 { return start..<index }
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                if depth == 0 { return start..<index }
                depth -= 1
            default: break
            }
            index += 1
        }
        return nil
    }

    /// A string with its quotes.
    private mutating func string() -> Range<Int>? {
        guard index < line.count, line[index] == UInt8(ascii: "\"") else { return nil }
        let start = index
        index += 1
        while index < line.count {
            switch line[index] {
            case UInt8(ascii: "\""):
                index += 1
                return start..<index
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return nil
    }
}
