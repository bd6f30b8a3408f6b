/// The header fields of one message, in order, in one run of bytes and one array of offsets.
///
/// A parsed block keeps the bytes of the head as they were received; a block that is built holds its lines exactly as
/// they will be sent, so that sending it is one copy. Names keep their spelling and are found without regard to case
/// (RFC 9110, section 5.1). Values are without surrounding white space and never hold a control octet other than tab;
/// octets 0x80-0xff (obs-text) are kept as opaque data, as RFC 9110, section 5.5, tells recipients to.
package struct FieldBlock: Sendable {
    /// Where one field's name and value lie in `bytes`.
    struct Slot: Sendable {
        var nameStart: UInt32
        var nameEnd: UInt32
        var valueStart: UInt32
        var valueEnd: UInt32
    }

    var bytes: [UInt8]
    var slots: [Slot]
    /// Whether `bytes` is exactly the lines to send: true of blocks that were built, false of parsed ones.
    var isWireForm: Bool

    package init() {
        bytes = []
        slots = []
        isWireForm = true
    }

    /// An empty block with room for so many bytes of lines and so many fields.
    package init(reservingBytes byteCount: Int, fields fieldCount: Int) {
        self.init()
        reserve(bytes: byteCount, fields: fieldCount)
    }

    /// The block over a parsed head.
    init(parsed bytes: [UInt8], slots: [Slot]) {
        self.bytes = bytes
        self.slots = slots
        isWireForm = false
    }

    package mutating func reserve(bytes byteCount: Int, fields fieldCount: Int) {
        bytes.reserveCapacity(byteCount)
        slots.reserveCapacity(fieldCount)
    }

    // MARK: Reading

    package var count: Int { slots.count }
    package var isEmpty: Bool { slots.isEmpty }

    /// The name of a field as it was received or appended.
    package func name(at index: Int) -> ArraySlice<UInt8> {
        let slot = slots[index]
        return bytes[Int(slot.nameStart)..<Int(slot.nameEnd)]
    }

    /// The value of a field, without surrounding white space.
    package func value(at index: Int) -> ArraySlice<UInt8> {
        let slot = slots[index]
        return bytes[Int(slot.valueStart)..<Int(slot.valueEnd)]
    }

    /// Whether the field at `index` has this name, written in lower case.
    package func isNamed(_ lowercaseName: StaticString, at index: Int) -> Bool {
        // By length first: most names tell by theirs.
        let slot = slots[index]
        guard Int(slot.nameEnd &- slot.nameStart) == lowercaseName.utf8CodeUnitCount else { return false }
        return withName(at: index) { $0.equalsIgnoringCase(lowercaseName) }
    }

    /// The value of the first field of this name, written in lower case.
    package func first(_ lowercaseName: StaticString) -> ArraySlice<UInt8>? {
        firstIndex(of: lowercaseName).map { value(at: $0) }
    }

    /// The value of the only field of this name: nil where there is none, and nil where there are several.
    package func only(_ lowercaseName: StaticString) -> ArraySlice<UInt8>? {
        occurrences(of: lowercaseName) == 1 ? first(lowercaseName) : nil
    }

    /// The values of all fields of this name, in order.
    package func all(_ lowercaseName: StaticString) -> [ArraySlice<UInt8>] {
        var values: [ArraySlice<UInt8>] = []
        for index in slots.indices where isNamed(lowercaseName, at: index) { values.append(value(at: index)) }
        return values
    }

    package func occurrences(of lowercaseName: StaticString) -> Int {
        bytes.withUnsafeBufferPointer { buffer in
            var total = 0
            for slot in slots where slot.name(in: buffer).equalsIgnoringCase(lowercaseName) { total += 1 }
            return total
        }
    }

    package func contains(_ lowercaseName: StaticString) -> Bool {
        firstIndex(of: lowercaseName) != nil
    }

    package func firstIndex(of lowercaseName: StaticString) -> Int? {
        let count = UInt32(truncatingIfNeeded: lowercaseName.utf8CodeUnitCount)
        return bytes.withUnsafeBufferPointer { buffer in
            for index in 0..<slots.count {
                let slot = slots[index]
                if slot.nameEnd &- slot.nameStart == count, slot.name(in: buffer).equalsIgnoringCase(lowercaseName) {
                    return index
                }
            }
            return nil
        }
    }

    /// Lends the name's bytes without retaining them.
    @inline(__always)
    package func withName<Result>(at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { body(slots[index].name(in: $0)) }
    }

    /// Lends the value's bytes without retaining them.
    @inline(__always)
    package func withValue<Result>(at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { body(slots[index].value(in: $0)) }
    }
}

extension FieldBlock: Equatable {
    /// The same fields in the same order, names and values equal octet by octet; how they are stored does not count.
    package static func == (left: FieldBlock, right: FieldBlock) -> Bool {
        left.count == right.count
            && left.slots.indices.allSatisfy {
                left.name(at: $0) == right.name(at: $0) && left.value(at: $0) == right.value(at: $0)
            }
    }
}

extension FieldBlock.Slot {
    @inline(__always)
    func name(in buffer: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: buffer[Int(nameStart)..<Int(nameEnd)])
    }

    @inline(__always)
    func value(in buffer: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: buffer[Int(valueStart)..<Int(valueEnd)])
    }

    /// The whole line with its CRLF, where it is `name: value` with that one space and nothing else around the value.
    @inline(__always)
    func line(in buffer: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        lineRange(in: buffer).map { UnsafeBufferPointer(rebasing: buffer[$0]) }
    }

    /// Where that line lies.
    @inline(__always)
    func lineRange(in buffer: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        let (colon, end) = (Int(nameEnd), Int(valueEnd))
        guard Int(valueStart) == colon &+ 2, end &+ 2 <= buffer.count,
            buffer[colon &+ 1] == 0x20, buffer[end] == 0x0d, buffer[end &+ 1] == 0x0a
        else { return nil }
        return Int(nameStart)..<end &+ 2
    }
}
