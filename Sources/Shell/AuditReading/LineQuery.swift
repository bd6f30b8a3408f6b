import AuditProof

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
        /// How many lines of the block, found or not, do not begin and end as records do.
        package let strays: Int
    }

    /// Calls `body` with the lines of each block, in the order of the log, until it says `false`.
    ///
    /// - Returns: how many of the lines that were looked at are no records.
    @discardableResult
    package func run(_ log: LogFiles, _ body: (Found) -> Bool) throws(AuditReadingFailure) -> Int {
        try scan(log, { $0 }, strays: \.strays, body)
    }

    /// How many there are, and how many of the lines that were looked at are no records.
    package func count(_ log: LogFiles) throws(AuditReadingFailure) -> (found: Int, strays: Int) {
        var total = 0
        let strays = try scan(log, { (found: $0.lines.count, strays: $0.strays) }, strays: \.strays) {
            total += $0.found
            return true
        }
        return (total, strays)
    }

    private func scan<Made: Sendable>(
        _ log: LogFiles, _ make: @Sendable (Found) -> Made, strays: (Made) -> Int, _ body: (Made) -> Bool
    ) throws(AuditReadingFailure) -> Int {
        var sum = 0
        for (index, segment) in log.segments.enumerated() {
            let range = try segment.range(since: since, until: until)
            let goesOn = try SegmentScan.run(segment, range, make: { make(found(in: $0)) }) { made in
                sum += strays(made)
                return body(made)
            }
            guard goesOn else { break }
            // What is left of a last line in a file that is not written any more.
            let isTorn = index < log.segments.count - 1 && segment.tornBytes > 0
            if isTorn, !range.isEmpty, range.upperBound == segment.wholeLinesEnd { sum += 1 }
        }
        return sum
    }

    /// The lines that meet the conditions.
    func found(in block: LineBlock) -> Found {
        var found: [Range<Int>] = []
        var strays = block.endsOverlong ? 1 : 0
        block.bytes.withUnsafeBytes { buffer in
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<block.lines.upperBound])
            strays += Self.strays(bytes, from: block.lines.lowerBound)
            let search = conditions.first?.search(in: bytes)
            var start = block.lines.lowerBound
            while let line = Self.nextLine(bytes, from: start, search) {
                let content = UnsafeRawBufferPointer(rebasing: bytes[line])
                if conditions.allSatisfy({ $0.holds(for: content) }) { found.append(line) }
                start = line.upperBound + 1
            }
        }
        return Found(bytes: block.bytes, lines: found, strays: strays)
    }

    private static func strays(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var count = 0
        var start = start
        while let line = nextLine(bytes, from: start, nil) {
            if (try? RecordHead(UnsafeRawBufferPointer(rebasing: bytes[line]))) == nil { count += 1 }
            start = line.upperBound + 1
        }
        return count
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
