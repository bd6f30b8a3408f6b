/// A machine that reads a start line in one buffer, starting at its octet 0.
protocol StartLineScanner: Sendable {
    mutating func scan(
        _ bytes: UnsafePointer<UInt8>, from position: inout Int, to end: Int
    ) throws(WireError) -> Bool
}

extension RequestLineScanner: StartLineScanner {}
extension StatusLineScanner: StartLineScanner {}

/// Collects a head: start line and header section, up to a limit.
///
/// A head that arrives in one piece is read where it lies and copied once; only a head in several pieces is gathered.
struct HeadReader<StartLine: StartLineScanner>: Sendable {
    private(set) var startLine: StartLine
    private var fields: FieldScanner
    private let limit: Int
    private var inFields = false
    private var position = 0
    private var slots: [FieldBlock.Slot] = []
    private var pending: [UInt8] = []

    init(startLine: StartLine, limits: CodecLimits) {
        self.startLine = startLine
        fields = FieldScanner(limit: limits.headerFields, recording: true)
        limit = limits.headBytes
    }

    /// Reads on; gives the fields once the head is complete, and nil after having kept all of the input.
    ///
    /// The offsets of the start line hold for the bytes of the fields, which are those of the whole head.
    mutating func read(
        _ bytes: UnsafePointer<UInt8>, count: Int
    ) throws(WireError) -> (consumed: Int, fields: FieldBlock?) {
        let held = pending.count
        let taken = min(count, limit - held)
        if held == 0 {
            if try advance(bytes, to: taken) {
                let head = [UInt8](UnsafeBufferPointer(start: bytes, count: position))
                return (position, FieldBlock(parsed: head, slots: takeSlots()))
            }
            guard taken < limit else { throw .headTooLarge }
            pending.append(contentsOf: UnsafeBufferPointer(start: bytes, count: taken))
            return (taken, nil)
        }
        pending.append(contentsOf: UnsafeBufferPointer(start: bytes, count: taken))
        let gathered = pending
        let isComplete = try gathered.withUnsafeBufferPointer { (buffer) throws(WireError) in
            // Not empty: `held` octets at least.
            try advance(buffer.baseAddress!, to: buffer.count)
        }
        if isComplete {
            pending = []
            let head = [UInt8](gathered[..<position])
            return (position - held, FieldBlock(parsed: head, slots: takeSlots()))
        }
        guard gathered.count < limit else { throw .headTooLarge }
        return (taken, nil)
    }

    private mutating func advance(_ bytes: UnsafePointer<UInt8>, to end: Int) throws(WireError) -> Bool {
        if !inFields {
            guard try startLine.scan(bytes, from: &position, to: end) else { return false }
            inFields = true
            // Requests of browsers and of HTTP libraries have 5 to 15 fields.
            slots.reserveCapacity(16)
        }
        return try fields.scan(bytes, from: &position, to: end, into: &slots)
    }

    private mutating func takeSlots() -> [FieldBlock.Slot] {
        var taken: [FieldBlock.Slot] = []
        swap(&taken, &slots)
        return taken
    }
}
