import StrictCoding

/// Calls whose intent is on record, and whose result is not.
///
/// Those of one call agree in its span, where they have one, and in its transaction, server, service, method and path;
/// of equal ones the first is closed first.
struct CallLedger: Sendable {
    struct Call: Sendable {
        let seq: Int
        let txn: ByteString?
    }

    /// More open calls than this are counted and not told apart any more.
    private static let mostKeys = 200_000

    private(set) var open: [ByteString: [Call]] = [:]
    /// Results whose intents were not seen here.
    private(set) var strays: [ByteString: Int] = [:]

    private static let intent = Array(#"egress.intent""#.utf8)
    private static let result = Array(#"egress.result""#.utf8)
    private static let members: [StaticString] = [
        "txn", "span_id", "presenter", "instance", "target", "method", "path",
    ]

    /// Notes a record, if it is of a call. `event` is where the name of the event begins.
    mutating func note(_ line: UnsafeRawBufferPointer, _ seq: Int, event: Int) {
        let rest = line[event...]
        if rest.starts(with: Self.intent) {
            let (key, txn) = Self.key(of: line)
            if open.count < Self.mostKeys { open[key, default: []].append(Call(seq: seq, txn: txn)) }
        } else if rest.starts(with: Self.result) {
            close(Self.key(of: line).key, 1)
        }
    }

    /// Puts what came later behind this.
    mutating func append(_ later: CallLedger) {
        for (key, count) in later.strays { close(key, count) }
        for (key, calls) in later.open where open.count < Self.mostKeys { open[key, default: []] += calls }
    }

    /// In the order in which they began.
    var calls: [Call] { open.values.joined().sorted { $0.seq < $1.seq } }

    private mutating func close(_ key: ByteString, _ count: Int) {
        guard var calls = open[key] else {
            if strays.count < Self.mostKeys { strays[key, default: 0] += count }
            return
        }
        let closed = min(count, calls.count)
        calls.removeFirst(closed)
        open[key] = calls.isEmpty ? nil : calls
        if count > closed { strays[key, default: 0] += count - closed }
    }

    private static func key(of line: UnsafeRawBufferPointer) -> (key: ByteString, txn: ByteString?) {
        var values = [Range<Int>?](repeating: nil, count: members.count)
        var walk = LineMembers(line)
        while let member = walk.next() {
            guard let index = members.firstIndex(where: { walk.isName($0, at: member.name) }) else { continue }
            values[index] = member.value
        }
        var key: [UInt8] = []
        for value in values {
            if let value { key += line[value] }
            key.append(0x0A)
        }
        let txn = values[0].flatMap { $0.count > 2 ? ByteString(Array(line[$0].dropFirst().dropLast())) : nil }
        return (ByteString(key), txn)
    }
}
