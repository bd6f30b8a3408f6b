/// The members that every record of the log begins with, in the one spelling that they have:
/// `{"v":1,"seq":7,"prev":"sha256:…","ts":"2026-11-23T12:00:00.123456Z","event":"…"` and a comma or the end.
///
/// What follows is not looked at, but that the line ends as an object does.
package struct RecordHead: Hashable, Sendable {
    /// Longer lines are not records: their parts are bounded, and so are they.
    package static let lineBytes = 1 << 20

    package let seq: Int
    /// The digest of the line before.
    package let prev: Digest
    /// Of the 64 digits of `prev` in the line.
    package let prevDigits: Range<Int>
    /// Of the text of `ts` in the line; all have the same length, so that they are ordered as their bytes are.
    package let timestamp: Range<Int>
    /// Of the text of `event` in the line.
    package let event: Range<Int>
    /// Whether this is the first record of a segment, `audit.opened`.
    package let isOpened: Bool

    /// - Parameter line: without its line feed.
    package init(_ line: UnsafeRawBufferPointer) throws(RecordFault) {
        guard line.count <= Self.lineBytes else { throw .tooLong }
        var scanner = RecordScanner(line)
        guard scanner.skip("{\"v\":") else { throw .notARecord }
        guard scanner.skip("1,") else { throw .unknownVersion }
        guard scanner.skip("\"seq\":"), let seq = scanner.number() else { throw .invalid(.seq) }
        guard scanner.skip(",\"prev\":\"sha256:"), let digits = scanner.take(Digest.hexCount),
            let prev = Digest(hex: UnsafeRawBufferPointer(rebasing: line[digits]))
        else { throw .invalid(.prev) }
        guard scanner.skip("\",\"ts\":\""), let timestamp = scanner.timestamp() else { throw .invalid(.ts) }
        guard scanner.skip("\",\"event\":\""), let event = scanner.event(), scanner.skip("\""),
            scanner.isAtCommaOrEnd
        else { throw .invalid(.event) }
        guard line.last == UInt8(ascii: "}") else { throw .notClosed }
        self.seq = seq
        self.prev = prev
        prevDigits = digits
        self.timestamp = timestamp
        self.event = event
        var name = RecordScanner(UnsafeRawBufferPointer(rebasing: line[event]))
        isOpened = event.count == 12 && name.skip("audit.opened")
    }

    package init(_ line: [UInt8]) throws(RecordFault) {
        self = try line.withUnsafeBytes { bytes in
            Result { () throws(RecordFault) in try RecordHead(bytes) }
        }.get()
    }
}

/// Why a line is not a record of this log.
package enum RecordFault: Error, Equatable, Sendable {
    case tooLong
    case notARecord
    /// A record, but of another version than 1.
    case unknownVersion
    /// The member is missing, not in its place, or spelled otherwise than it is written.
    case invalid(Member)
    /// It does not end with the brace of its object.
    case notClosed

    package enum Member: String, Sendable {
        case seq, prev, ts, event
    }
}
