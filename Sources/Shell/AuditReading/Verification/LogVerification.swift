import AuditProof

/// Verifies the files of a log: lines are hashed on all cores, and judged in order.
package enum LogVerification {
    package static func report(
        _ snapshot: LogSnapshot, keys: TrustedKeys
    ) throws(AuditReadingFailure) -> LogReport {
        let (log, notes) = (snapshot.files, snapshot.notes)
        var verifier = LogVerifier(
            notes: notes.flatMap(\.notes), verifiers: keys.verifiers, areKeysTheLogs: !keys.areGiven)
        var calls = CallLedger()
        var claims = KeyClaims()
        var counts: [(path: String, lines: Int)] = []
        var tornBytes = 0
        for (index, segment) in log.segments.enumerated() {
            var lines = 0
            try SegmentScan.run(segment, 0..<segment.wholeLinesEnd, make: { HashedBlock($0) }) { block in
                block.withLines { verifier.take($0, block.lines) }
                calls.append(block.calls)
                claims.append(block.claims)
                lines += block.lines.count
                return true
            }
            let isBeingWritten = !log.goesOn || LogName(segment.path).firstSeq == nil
            if index == log.segments.count - 1, isBeingWritten {
                tornBytes = Int(segment.tornBytes)
            } else if segment.tornBytes > 0 {
                // Of a file that is not written any more: what is left of its last line is a line that is no record.
                verifier.take(try segment.torn(atMost: Int64(RecordHead.lineBytes)))
                lines += 1
            }
            counts.append((segment.path, lines))
        }
        let verdict = verifier.finish(tornBytes: tornBytes, goesOn: log.goesOn)
        return LogReport(verdict, snapshot, keys, calls: calls, claims: claims, lines: counts)
    }
}

/// The lines of one block with their digests: made on any thread.
struct HashedBlock: Sendable {
    let lines: [LineDigests]
    let calls: CallLedger
    let claims: KeyClaims
    private let bytes: [UInt8]
    /// Where the lines begin, from which their ranges count.
    private let start: Int

    init(_ block: LineBlock) {
        var calls = CallLedger()
        var claims = KeyClaims()
        bytes = block.bytes
        start = block.lines.lowerBound
        // A line without end within all bounds is one that is no record.
        let end = block.endsOverlong ? block.bytes.count : block.lines.upperBound
        lines = block.bytes.withUnsafeBytes { bytes in
            let whole = UnsafeRawBufferPointer(rebasing: bytes[block.lines.lowerBound..<end])
            let digests = LineDigests.of(whole)
            for line in digests {
                guard case .success(let head) = line.head else { continue }
                let text = UnsafeRawBufferPointer(rebasing: whole[line.range])
                calls.note(text, head.seq, event: head.event.lowerBound)
                claims.note(text, head.seq, event: head.event.lowerBound)
            }
            return digests
        }
        self.calls = calls
        self.claims = claims
    }

    func withLines(_ body: (UnsafeRawBufferPointer) -> Void) {
        bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }
}
