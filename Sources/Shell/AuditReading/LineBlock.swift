/// The lines of a segment that begin within one range of it, whole, in memory.
package struct LineBlock: Sendable {
    /// More than any record: a longer line is none of ours.
    package static let lineBytes = 1 << 20
    /// So much is read at a time: enough that threads meet seldom, and little enough that a few of them fit in caches
    /// and in memory.
    static let blockBytes = 2 << 20
    private static let stepBytes = 64 << 10

    package let bytes: [UInt8]
    /// The whole lines in `bytes`, each with its line feed.
    package let lines: Range<Int>
    /// Where the first of `bytes` stands in the segment.
    package let offset: Int64
    /// Whether the last line is longer than any may be, and is not among `lines`.
    package let endsOverlong: Bool

    /// - Parameters:
    ///   - range: lines that begin in it are taken.
    ///   - end: where the last whole line of the segment ends.
    init(
        _ segment: SegmentFile, beginningIn range: Range<Int64>, end: Int64
    ) throws(AuditReadingFailure) {
        // The byte before tells whether a line begins at the very first.
        let first = max(0, range.lowerBound - 1)
        var bytes = try segment.bytes(first..<min(range.upperBound, end))
        var start = 0
        if range.lowerBound > 0 {
            start = bytes.withUnsafeBytes { LineEnds.next(in: $0, from: 0) }.map { $0 + 1 } ?? bytes.count
        }
        var stop = bytes.count
        var isOverlong = false
        if start < bytes.count {
            var searched = bytes.count
            let lastStart = bytes.withUnsafeBytes { LineEnds.last(in: $0, before: $0.count) }.map { $0 + 1 } ?? start
            if lastStart < bytes.count {
                // The line that begins last goes on beyond the range.
                var lineEnd: Int?
                while lineEnd == nil, bytes.count - lastStart <= Self.lineBytes, first + Int64(bytes.count) < end {
                    searched = bytes.count
                    let from = first + Int64(searched)
                    try segment.append(from..<min(from + Int64(Self.stepBytes), end), to: &bytes)
                    guard bytes.count > searched else { break }
                    lineEnd = bytes.withUnsafeBytes { LineEnds.next(in: $0, from: searched) }
                }
                stop = lineEnd.map { $0 + 1 } ?? lastStart
                isOverlong = lineEnd == nil
            }
        }
        self.bytes = bytes
        lines = min(start, stop)..<stop
        offset = first
        endsOverlong = isOverlong
    }
}
