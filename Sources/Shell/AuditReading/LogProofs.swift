package import AuditProof

/// Proofs about a log, made in one pass over it.
package enum LogProofs {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case reading(AuditReadingFailure)
        /// The log has records `first` up to `end`, without that.
        case notThere(seq: Int, first: Int, end: Int)
        case noRecord(file: String, seq: Int)
        case noBeginning(file: String)
        /// A size that the log has not, or that does not come after the record.
        case wrongSize(Int, least: Int, most: Int)

        package var description: String {
            switch self {
            case .reading(let failure): failure.description
            case .notThere(let seq, let first, let end):
                "record \(seq) is not in these files, which have \(first) to \(end - 1)"
            case .noRecord(let file, let seq):
                "`\(file)` has something else where record \(seq) belongs; verify the log"
            case .noBeginning(let file): "`\(file)` does not begin with `audit.opened`; verify the log"
            case .wrongSize(let size, let least, let most):
                "a tree of \(size) records cannot be used here, where sizes from \(least) to \(most) can"
            }
        }
    }

    /// That a record is one of the first `size` of the log, with the line itself.
    package static func inclusion(
        of seq: Int, size: Int, in log: LogFiles
    ) throws(Failure) -> (line: [UInt8], proof: InclusionProof, root: Digest) {
        let (start, end) = try bounds(log)
        guard (start.end..<end).contains(seq) else { throw .notThere(seq: seq, first: start.end, end: end) }
        guard (seq + 1...end).contains(size) else { throw .wrongSize(size, least: seq + 1, most: end) }
        var builder = InclusionProof.Builder(index: seq, after: start)
        var line: [UInt8]?
        try leaves(of: log, from: start.end, to: size) { number, leaf, text in
            builder.append(leaf)
            if number == seq { line = Array(text) }
        }
        guard let line, let proof = builder.proof else { throw .notThere(seq: seq, first: start.end, end: end) }
        return (line, proof, builder.tree.root)
    }

    /// That the first `first` records are the beginning of the first `second`.
    package static func consistency(
        _ first: Int, _ second: Int, in log: LogFiles
    ) throws(Failure) -> (proof: ConsistencyProof, firstRoot: Digest, secondRoot: Digest) {
        let (start, end) = try bounds(log)
        guard (max(1, start.end)...end).contains(first) else {
            throw .wrongSize(first, least: max(1, start.end), most: end)
        }
        guard (first...end).contains(second) else { throw .wrongSize(second, least: first, most: end) }
        var builder = ConsistencyProof.Builder(first: first, after: start)
        try leaves(of: log, from: start.end, to: second) { _, leaf, _ in builder.append(leaf) }
        guard let proof = builder.proof else { throw .wrongSize(second, least: first, most: end) }
        return (proof, builder.firstTree.root, builder.tree.root)
    }

    /// The tree before the first record that is there, and how many records the log has.
    private static func bounds(_ log: LogFiles) throws(Failure) -> (start: CompactRange, end: Int) {
        guard let first = log.segments.first else { throw .reading(.noSegments(path: "")) }
        guard let line = try reading({ () throws(AuditReadingFailure) in try first.firstLine() }),
            let opened = try? OpenedRecord(line)
        else { throw .noBeginning(file: first.path) }
        let last = log.segments.reversed().lazy.compactMap(\.last).first
        return (opened.tree, last.map { $0.seq + 1 } ?? opened.tree.end)
    }

    private static func leaves(
        of log: LogFiles, from start: Int, to end: Int,
        _ body: (Int, Digest, UnsafeRawBufferPointer) -> Void
    ) throws(Failure) {
        var next = start
        for segment in log.segments where next < end {
            var isWrong = false
            try reading { () throws(AuditReadingFailure) in
                try SegmentScan.run(segment, 0..<segment.wholeLinesEnd, make: { HashedBlock($0) }) { block in
                    block.withLines { bytes in
                        for line in block.lines where next < end && !isWrong {
                            guard case .success(let head) = line.head, head.seq == next else {
                                isWrong = true
                                continue
                            }
                            body(next, line.leaf, UnsafeRawBufferPointer(rebasing: bytes[line.range]))
                            next += 1
                        }
                    }
                    return next < end && !isWrong
                }
            }
            if isWrong { throw .noRecord(file: segment.path, seq: next) }
        }
    }

    @discardableResult
    private static func reading<Value>(
        _ body: () throws(AuditReadingFailure) -> Value
    ) throws(Failure) -> Value {
        do {
            return try body()
        } catch {
            throw .reading(error)
        }
    }
}
