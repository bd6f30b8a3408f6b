/// Where in a segment the records of a time stand. The time of records never goes back, so that a few of them tell.
extension Segment {
    /// Less than this is read from end to end.
    private static let nearBytes: Int64 = 16 << 10

    /// The part of the segment that can hold records from `since` on and before `until`; empty where there are none.
    package func range(since: AuditMoment?, until: AuditMoment?) throws(AuditReadingFailure) -> Range<Int64> {
        let all = 0..<wholeLinesEnd
        if let since, let last, last.moment < since { return wholeLinesEnd..<wholeLinesEnd }
        if let until, let first, first.moment >= until { return 0..<0 }
        var start = all.lowerBound
        var end = all.upperBound
        if let since, first.map({ $0.moment < since }) ?? true { start = try firstLine(notBefore: since) }
        if let until, last.map({ $0.moment >= until }) ?? true { end = try firstLine(notBefore: until) }
        return start..<max(start, end)
    }

    /// Where the first line begins whose record is not before `moment`.
    private func firstLine(notBefore moment: AuditMoment) throws(AuditReadingFailure) -> Int64 {
        // Lines that begin before `low` are earlier; a line that begins at or after `high`, if any, is not.
        var low: Int64 = 0
        var high = wholeLinesEnd
        while high - low > Self.nearBytes {
            let middle = low + (high - low) / 2
            guard let (start, stamp) = try record(from: middle, before: high) else {
                high = middle
                continue
            }
            if stamp.moment < moment { low = start + 1 } else { high = middle }
        }
        var start = low == 0 ? 0 : try lineStart(from: low) ?? wholeLinesEnd
        while start < wholeLinesEnd {
            guard let line = try line(at: start) else { return start }
            if let stamp = RecordStamp(line), stamp.moment >= moment { return start }
            start += Int64(line.count) + 1
        }
        return wholeLinesEnd
    }

    /// The first readable record that begins in a range.
    private func record(
        from start: Int64, before end: Int64
    ) throws(AuditReadingFailure) -> (start: Int64, stamp: RecordStamp)? {
        var next = try lineStart(from: start)
        while let start = next, start < end {
            guard let line = try line(at: start) else { return nil }
            if let stamp = RecordStamp(line) { return (start, stamp) }
            next = start + Int64(line.count) + 1
        }
        return nil
    }

    /// Where the first line begins at or after an offset.
    private func lineStart(from offset: Int64) throws(AuditReadingFailure) -> Int64? {
        guard offset > 0 else { return 0 }
        var from = offset - 1
        while from < wholeLinesEnd {
            let bytes = try file.bytes(from..<min(from + 4_096, wholeLinesEnd))
            guard !bytes.isEmpty else { return nil }
            if let at = bytes.firstIndex(of: LineEnds.lineFeed) {
                let start = from + Int64(at) + 1
                return start < wholeLinesEnd ? start : nil
            }
            from += Int64(bytes.count)
        }
        return nil
    }
}
