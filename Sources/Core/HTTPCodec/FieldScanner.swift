/// Reads a run of field lines and the empty line after them (RFC 9112, section 5), octet by octet and each octet once.
///
///     lineStart ──tchar──▶ name ──":"──▶ space ──▶ value ──CR──▶ lineFeed ──LF──▶ lineStart
///         └──CR──▶ lastLineFeed ──LF──▶ (done)
///
/// All state is in this value, so the octets may arrive cut anywhere, and what is decided at an octet never depends on
/// octets after it. Refused at the octet where it shows: bare CR, bare LF, folding, space before the colon, a name that
/// is no token, a control octet in a value.
struct FieldScanner: Sendable {
    private enum State: Sendable { case lineStart, name, space, value, lineFeed, lastLineFeed }

    private let limit: Int
    private let isRecording: Bool
    private var state = State.lineStart
    private var count = 0
    private var nameStart = 0
    private var nameEnd = 0
    private var valueStart = 0

    /// - Parameter recording: whether to keep the offsets of names and values, which needs the octets of all calls to
    ///   lie in one buffer; else the fields are only validated.
    init(limit: Int, recording: Bool) {
        self.limit = limit
        isRecording = recording
    }

    /// Reads from `position` to `end` and adds the fields found to `slots`; true when the empty line was read, and then
    /// `position` is after it.
    mutating func scan(
        _ bytes: UnsafePointer<UInt8>, from position: inout Int, to end: Int, into slots: inout [FieldBlock.Slot]
    ) throws(WireError) -> Bool {
        var at = position
        defer { position = at }
        while at < end {
            // A field that arrives whole falls through from its first octet to its last.
            switch state {
            case .lineStart:
                guard bytes[at] != 0x0d else {
                    state = .lastLineFeed
                    at &+= 1
                    continue
                }
                try startName(bytes[at])
                nameStart = at
                state = .name
                fallthrough
            case .name:
                at = Scan.tokenEnd(bytes, from: at, to: end)
                guard at < end else { continue }
                guard bytes[at] == UInt8(ascii: ":") else {
                    throw bytes[at] == 0x0a ? .bareLineFeed : .malformedFieldName
                }
                nameEnd = at
                at &+= 1
                state = .space
                fallthrough
            case .space:
                while at < end, bytes[at].isOptionalSpace { at &+= 1 }
                guard at < end else { continue }
                valueStart = at
                state = .value
                fallthrough
            case .value:
                at = Scan.valueEnd(bytes, from: at, to: end)
                guard at < end else { continue }
                guard bytes[at] == 0x0d else { throw bytes[at] == 0x0a ? .bareLineFeed : .malformedFieldValue }
                if isRecording { record(bytes, valueEnd: at, in: &slots) }
                at &+= 1
                state = .lineFeed
                guard at < end else { continue }
                fallthrough
            case .lineFeed:
                guard bytes[at] == 0x0a else { throw .bareCarriageReturn }
                at &+= 1
                state = .lineStart
            case .lastLineFeed:
                guard bytes[at] == 0x0a else { throw .bareCarriageReturn }
                at &+= 1
                return true
            }
        }
        return false
    }

    private mutating func startName(_ byte: UInt8) throws(WireError) {
        guard byte.isToken else {
            switch byte {
            case 0x20, 0x09: throw .obsoleteFolding
            case 0x0a: throw .bareLineFeed
            default: throw .malformedFieldName
            }
        }
        guard count < limit else { throw .tooManyFields }
        count &+= 1
    }

    @inline(__always)
    private func record(_ bytes: UnsafePointer<UInt8>, valueEnd: Int, in slots: inout [FieldBlock.Slot]) {
        var end = valueEnd
        while end > valueStart, bytes[end &- 1].isOptionalSpace { end &-= 1 }
        slots.append(
            FieldBlock.Slot(
                nameStart: UInt32(truncatingIfNeeded: nameStart), nameEnd: UInt32(truncatingIfNeeded: nameEnd),
                valueStart: UInt32(truncatingIfNeeded: valueStart), valueEnd: UInt32(truncatingIfNeeded: end)))
    }
}
