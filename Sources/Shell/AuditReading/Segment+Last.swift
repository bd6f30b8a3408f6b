extension Segment {
    private static let backBytes: Int64 = 256 << 10

    /// The last `count` whole lines, or all where there are fewer, as far as they fit into memory.
    package func lastLines(_ count: Int) throws(AuditReadingFailure) -> [[UInt8]] {
        guard count > 0, wholeLinesEnd > 0 else { return [] }
        var bytes: [UInt8] = []
        var start = wholeLinesEnd
        while start > 0, bytes.count(where: { $0 == LineEnds.lineFeed }) <= count, bytes.count < Self.mostBytes {
            let from = max(0, start - Self.backBytes)
            bytes = try file.bytes(from..<start) + bytes
            start = from
        }
        var lines = bytes.split(separator: LineEnds.lineFeed, omittingEmptySubsequences: false).dropLast()
        // The first may be the end of a line only.
        if start > 0 { lines = lines.dropFirst() }
        return lines.suffix(count).map { Array($0) }
    }

    private static var mostBytes: Int { 64 << 20 }
}
