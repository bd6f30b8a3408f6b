// Building: what enters a block is checked once, here, so that what leaves it needs no check.
extension FieldBlock {
    /// Appends a field. Throws `.malformedFieldValue` where the value holds a control octet other than tab, and so
    /// nothing that a peer or a token supplied can end a line; surrounding white space is left out.
    package mutating func append(_ name: StaticString, _ value: some Collection<UInt8>) throws(WireError) {
        let known = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        precondition(known.isTokenString, "our own field names are tokens")
        guard withOctets(of: value, { appendChecked(known, $0) }) else { throw .malformedFieldValue }
    }

    /// Of its own, since what is generic is not specialised across modules.
    package mutating func append(_ name: StaticString, _ value: [UInt8]) throws(WireError) {
        let known = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        precondition(known.isTokenString, "our own field names are tokens")
        guard value.withUnsafeBufferPointer({ appendChecked(known, $0) }) else { throw .malformedFieldValue }
    }

    /// As above for a name that is data, too: throws `.malformedFieldName` where it is not a token.
    package mutating func append(
        name: some Collection<UInt8>, value: some Collection<UInt8>
    ) throws(WireError) {
        guard withOctets(of: name, { $0.isTokenString }) else { throw .malformedFieldName }
        guard withOctets(of: name, { name in withOctets(of: value) { appendChecked(name, $0) } }) else {
            throw .malformedFieldValue
        }
    }

    /// Of its own, as above.
    package mutating func append(name: [UInt8], value: [UInt8]) throws(WireError) {
        try name.withUnsafeBufferPointer { (name) throws(WireError) in
            guard name.isTokenString else { throw .malformedFieldName }
            guard value.withUnsafeBufferPointer({ appendChecked(name, $0) }) else { throw .malformedFieldValue }
        }
    }

    /// Appends a field that is written out in our sources.
    package mutating func append(_ name: StaticString, _ value: StaticString) {
        let text = UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount)
        do { try append(name, text) } catch { preconditionFailure("our own field values hold no control octets") }
    }

    /// Appends a field whose value was made or checked so that it holds no control octet; `reason` says by whom.
    package mutating func append(_ name: StaticString, plain value: [UInt8], _ reason: StaticString) {
        do { try append(name, value) } catch { preconditionFailure("\(reason)") }
    }

    /// Appends a field whose value is a number, not negative.
    package mutating func append(_ name: StaticString, number: Int) {
        let known = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        precondition(known.isTokenString, "our own field names are tokens")
        appendLine(known) { $0.append(decimal: number) }
    }

    /// Copies a field of another block, which was checked when it entered that block.
    package mutating func append(from other: FieldBlock, at index: Int) {
        let slot = other.slots[index]
        other.bytes.withUnsafeBufferPointer { source in
            if isWireForm, let line = slot.line(in: source) {
                appendLine(line, nameCount: slot.name(in: source).count)
            } else {
                appendLine(slot.name(in: source)) { $0.append(contentsOf: slot.value(in: source)) }
            }
        }
    }

    /// Copies all fields of another block.
    package mutating func append(contentsOf other: FieldBlock) {
        guard isWireForm, other.isWireForm else {
            for index in other.slots.indices { append(from: other, at: index) }
            return
        }
        let start = UInt32(bytes.count)
        bytes.append(contentsOf: other.bytes)
        for slot in other.slots { slots.append(slot.moved(by: start)) }
    }

    /// The fields at the indices that `isKept` names, over the same bytes: nothing but offsets is copied.
    package func keeping(_ isKept: (Int) -> Bool) -> FieldBlock {
        var kept: [Slot] = []
        kept.reserveCapacity(slots.count)
        for index in 0..<slots.count where isKept(index) { kept.append(slots[index]) }
        return FieldBlock(parsed: bytes, slots: kept)
    }

    /// Appends a line that is written as we write lines, in one copy.
    private mutating func appendLine(_ line: UnsafeBufferPointer<UInt8>, nameCount: Int) {
        let start = bytes.count
        bytes.append(contentsOf: line)
        slots.append(
            Slot(
                nameStart: UInt32(start), nameEnd: UInt32(start + nameCount),
                valueStart: UInt32(start + nameCount + 2), valueEnd: UInt32(start + line.count - 2)))
    }

    /// False, and nothing appended, where the value cannot stand in a field.
    private mutating func appendChecked(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard value.isPlainValue else { return false }
        let trimmed = value.trimmingOptionalSpace
        appendLine(name) { $0.append(contentsOf: trimmed) }
        return true
    }

    @inline(__always)
    private mutating func appendLine(_ name: UnsafeBufferPointer<UInt8>, value: (inout [UInt8]) -> Void) {
        if !isWireForm { self = rebuilt() }
        let nameStart = bytes.count
        bytes.append(contentsOf: name)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
        let valueStart = bytes.count
        value(&bytes)
        slots.append(
            Slot(
                nameStart: UInt32(nameStart), nameEnd: UInt32(nameStart + name.count),
                valueStart: UInt32(valueStart), valueEnd: UInt32(bytes.count)))
        bytes.append(0x0d)
        bytes.append(0x0a)
    }

    /// The same fields as lines to send.
    private func rebuilt() -> FieldBlock {
        var block = FieldBlock(reservingBytes: bytes.count + 64, fields: count + 4)
        for index in slots.indices { block.append(from: self, at: index) }
        return block
    }
}

extension FieldBlock.Slot {
    /// The same field so many octets further on.
    fileprivate func moved(by distance: UInt32) -> FieldBlock.Slot {
        FieldBlock.Slot(
            nameStart: nameStart + distance, nameEnd: nameEnd + distance, valueStart: valueStart + distance,
            valueEnd: valueEnd + distance)
    }
}
