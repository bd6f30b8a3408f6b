import AuditProof
import StrictCoding

/// The keys that records of the log name, in its order: a gateway says with which one it signs when it opens a file
/// and when it starts.
///
/// It goes on with a log only if it has its key, so that there is one from the first record to the last.
struct KeyClaims: Sendable {
    /// More are not kept: whoever writes a log anew may change its key with every line.
    private static let mostChanges = 100

    private(set) var changes: [LogReport.KeyChange] = []
    private var first: (seq: Int, vkey: ByteString)?
    private var last: ByteString?

    private static let events = ["audit.opened", "audit.started"].map { Array("\($0)\"".utf8) }

    /// Notes a record, if it names a key. `event` is where the name of the event begins.
    mutating func note(_ line: UnsafeRawBufferPointer, _ seq: Int, event: Int) {
        // Most records are of requests and calls, and are told by one byte.
        guard line[event] == UInt8(ascii: "a"), Self.events.contains(where: { line[event...].starts(with: $0) }),
            let vkey = Self.vkey(Array(line))
        else { return }
        if first == nil { first = (seq, vkey) }
        add(vkey, seq)
    }

    /// Of what opens a file, read as whoever looks for the log's keys reads it.
    private static func vkey(_ line: [UInt8]) -> ByteString? {
        (try? OpenedRecord(line))?.vkey ?? AuditEntry(line)?["vkey"]
    }

    /// Puts what came later behind this.
    mutating func append(_ later: KeyClaims) {
        guard let begins = later.first else { return }
        if first == nil { first = begins }
        add(begins.vkey, begins.seq)
        changes += later.changes.prefix(Self.mostChanges - changes.count)
        last = later.last
    }

    private mutating func add(_ vkey: ByteString, _ seq: Int) {
        if let last, last != vkey, changes.count < Self.mostChanges {
            changes.append(LogReport.KeyChange(seq: seq, vkey: vkey))
        }
        last = vkey
    }
}
