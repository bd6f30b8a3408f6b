import Foundation

/// One file of a log with what its first and last whole lines say of it.
package struct Segment: Sendable {
    package let file: SegmentFile
    /// Where the last whole line ends; behind it may be a line that was torn.
    package let wholeLinesEnd: Int64
    /// `nil` where the first line is no record.
    package let first: RecordStamp?
    package let last: RecordStamp?

    package var path: String { file.path }
    package var isEmpty: Bool { file.length == 0 }
    /// Bytes of a last line without its end.
    package var tornBytes: Int64 { file.length - wholeLinesEnd }

    private static let stepBytes: Int64 = 64 << 10

    package init(path: String) throws(AuditReadingFailure) {
        try self.init(SegmentFile(path: path))
    }

    init(_ file: SegmentFile) throws(AuditReadingFailure) {
        self.file = file
        wholeLinesEnd = try Self.lastLineEnd(file)
        first = try Self.firstLine(file, wholeLinesEnd).flatMap { RecordStamp($0) }
        last = try Self.lastLine(file, wholeLinesEnd).flatMap { RecordStamp($0) }
    }

    /// The first line without its line feed, if it is whole and not too long.
    package func firstLine() throws(AuditReadingFailure) -> [UInt8]? { try Self.firstLine(file, wholeLinesEnd) }

    /// The bytes behind the last whole line, or the beginning of them.
    package func torn(atMost count: Int64) throws(AuditReadingFailure) -> [UInt8] {
        try file.bytes(wholeLinesEnd..<min(file.length, wholeLinesEnd + count))
    }

    private static func lastLineEnd(_ file: SegmentFile) throws(AuditReadingFailure) -> Int64 {
        var end = file.length
        while end > 0 {
            let start = max(0, end - stepBytes)
            let bytes = try file.bytes(start..<end)
            if let at = bytes.lastIndex(of: LineEnds.lineFeed) { return start + Int64(at) + 1 }
            end = start
        }
        return 0
    }

    private static func firstLine(_ file: SegmentFile, _ end: Int64) throws(AuditReadingFailure) -> [UInt8]? {
        try line(file, from: 0, end)
    }

    private static func lastLine(_ file: SegmentFile, _ end: Int64) throws(AuditReadingFailure) -> [UInt8]? {
        var start = end - 1
        let least = max(0, end - Int64(LineBlock.lineBytes))
        while start > least {
            let from = max(least, start - stepBytes)
            let bytes = try file.bytes(from..<start)
            if let at = bytes.lastIndex(of: LineEnds.lineFeed) {
                return try file.bytes(from + Int64(at) + 1..<end - 1)
            }
            start = from
        }
        return end > 0 && least == 0 ? try file.bytes(0..<end - 1) : nil
    }

    /// The line that begins at an offset.
    func line(at offset: Int64) throws(AuditReadingFailure) -> [UInt8]? {
        try Self.line(file, from: offset, wholeLinesEnd)
    }

    private static func line(
        _ file: SegmentFile, from start: Int64, _ end: Int64
    ) throws(AuditReadingFailure) -> [UInt8]? {
        var bytes: [UInt8] = []
        while start + Int64(bytes.count) < end, bytes.count < LineBlock.lineBytes {
            let searched = bytes.count
            let from = start + Int64(searched)
            try file.append(from..<min(from + 4_096, end), to: &bytes)
            guard bytes.count > searched else { return nil }
            if let at = bytes[searched...].firstIndex(of: LineEnds.lineFeed) { return Array(bytes[..<at]) }
        }
        return nil
    }
}
