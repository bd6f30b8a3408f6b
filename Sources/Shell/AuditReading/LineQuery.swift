/// Records of a log that meet all of some conditions, within a time.
package struct LineQuery: Sendable {
    /// In the order in which they are tried: the rarest first is the fastest.
    package var conditions: [LineCondition]
    package var since: AuditMoment?
    /// Records of this moment and later ones are left out.
    package var until: AuditMoment?

    package init(_ conditions: [LineCondition] = [], since: AuditMoment? = nil, until: AuditMoment? = nil) {
        self.conditions = conditions
        self.since = since
        self.until = until
    }

    /// The lines of one block that were found.
    package struct Found: Sendable {
        package let bytes: [UInt8]
        /// Without their line feeds.
        package let lines: [Range<Int>]
    }

    /// Calls `body` with the lines of each block, in the order of the log, until it says `false`.
    package func run(_ log: LogFiles, _ body: (Found) -> Bool) throws(AuditReadingFailure) {
        for segment in log.segments {
            let range = try segment.range(since: since, until: until)
            let goesOn = try SegmentScan.run(segment, range, make: { lines(in: $0) }, deliver: body)
            guard goesOn else { return }
        }
    }

    /// How many there are.
    package func count(_ log: LogFiles) throws(AuditReadingFailure) -> Int {
        var total = 0
        for segment in log.segments {
            let range = try segment.range(since: since, until: until)
            try SegmentScan.run(segment, range, make: { lines(in: $0).lines.count }) { count in
                total += count
                return true
            }
        }
        return total
    }

    /// The lines that meet the conditions.
    func lines(in block: LineBlock) -> Found {
        var found: [Range<Int>] = []
        block.bytes.withUnsafeBytes { buffer in
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<block.lines.upperBound])
            let search = conditions.first?.search(in: bytes)
            var start = block.lines.lowerBound
            while let line = Self.nextLine(bytes, from: start, search) {
                let content = UnsafeRawBufferPointer(rebasing: bytes[line])
                if conditions.allSatisfy({ $0.holds(for: content) }) { found.append(line) }
                start = line.upperBound + 1
            }
        }
        return Found(bytes: block.bytes, lines: found)
    }

    /// The next line that could meet the conditions, by its bytes alone.
    private static func nextLine(
        _ bytes: UnsafeRawBufferPointer, from start: Int, _ search: ByteSearch?
    ) -> Range<Int>? {
        var lineStart = start
        if let search {
            guard let candidate = search.next(in: bytes, from: start) else { return nil }
            lineStart = max(start, LineEnds.last(in: bytes, before: candidate).map { $0 + 1 } ?? 0)
        }
        guard let end = LineEnds.next(in: bytes, from: lineStart) else { return nil }
        return lineStart..<end
    }
}
