import AuditProof
import Foundation
import StrictCoding
import Synchronization

/// Reads lines back from a file and follows the chain through them, as far as it holds.
struct SegmentReplay {
    struct Fault: Error {
        let seq: Int
        let corruption: AuditFailure.Corruption
    }

    /// After the last line that follows the ones before it.
    private(set) var chain: Chain
    /// Where that line ends.
    private(set) var end: off_t
    /// The line behind it, where there is a whole one.
    private(set) var fault: Fault?
    /// The root of the tree at the size that was asked about, once it was passed.
    private(set) var root: Digest?
    private let watched: Int?

    private static let chunkBytes = 4 << 20

    /// - Parameters:
    ///   - end: where lines are to be read from.
    ///   - watched: the size at which the root is wanted.
    init(after chain: Chain, at end: off_t, watching watched: Int? = nil) {
        self.chain = chain
        self.end = end
        self.watched = watched
        look()
    }

    /// Follows the whole lines of the file up to `limit`.
    ///
    /// - Returns: why it could not be read, as an `errno`.
    mutating func run(_ descriptor: Int32, upTo limit: off_t) -> Int32? {
        var position = end
        var chunk: [UInt8] = []
        while position < limit, fault == nil {
            let begin = chunk.count
            let wanted = min(Self.chunkBytes, Int(limit - position))
            chunk.append(contentsOf: repeatElement(0, count: wanted))
            let count = chunk.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + begin, wanted, position) }
            guard count > 0 else { return count == 0 ? EIO : errno }
            chunk.removeLast(wanted - count)
            position += off_t(count)
            guard let last = chunk[begin...].lastIndex(of: 0x0A) else { continue }
            chunk.withUnsafeBytes { follow(UnsafeRawBufferPointer(rebasing: $0[...last])) }
            chunk.removeSubrange(...last)
        }
        return nil
    }

    private mutating func follow(_ lines: UnsafeRawBufferPointer) {
        for (part, found) in Self.digests(of: lines) {
            for line in found {
                guard step(line) else { return }
                guard case .success(let head) = line.head else { return }
                let start = part.lowerBound + line.range.lowerBound
                let text = lines[start + head.timestamp.lowerBound..<start + head.timestamp.upperBound]
                chain.append(line, microseconds: Timestamp.microseconds(UnsafeRawBufferPointer(rebasing: text)))
                end += off_t(line.range.count) + 1
                look()
            }
        }
    }

    /// Whether the line is the next one.
    private mutating func step(_ line: LineDigests) -> Bool {
        guard case .success(let head) = line.head else {
            fault = Fault(seq: chain.size, corruption: .edited)
            return false
        }
        guard head.seq == chain.size else {
            fault = Fault(seq: chain.size, corruption: head.seq < chain.size ? .reordered : .deleted)
            return false
        }
        guard head.prev == chain.link else {
            fault = Fault(seq: max(0, chain.size - 1), corruption: .edited)
            return false
        }
        return true
    }

    private mutating func look() {
        if watched == chain.size { root = chain.tree.root }
    }

    /// The lines are hashed by all cores; following them costs next to nothing.
    private static func digests(of lines: UnsafeRawBufferPointer) -> [(part: Range<Int>, lines: [LineDigests])] {
        let cores = max(1, min(8, lines.count >> 18, ProcessInfo.processInfo.activeProcessorCount))
        var parts: [Range<Int>] = []
        var start = 0
        for core in 1...cores where start < lines.count {
            var end = max(start + 1, lines.count * core / cores)
            while lines[end - 1] != 0x0A { end += 1 }
            parts.append(start..<end)
            start = end
        }
        let found = ResultBox(count: parts.count)
        nonisolated(unsafe) let bytes = lines
        let ranges = parts
        DispatchQueue.concurrentPerform(iterations: ranges.count) { index in
            found.put(LineDigests.of(UnsafeRawBufferPointer(rebasing: bytes[ranges[index]])), at: index)
        }
        return zip(parts, found.values).map { ($0, $1) }
    }
}

/// What several threads find, each in its place.
private final class ResultBox: Sendable {
    private let results: Mutex<[[LineDigests]]>

    init(count: Int) { results = Mutex(Array(repeating: [], count: count)) }

    func put(_ lines: [LineDigests], at index: Int) { results.withLock { $0[index] = lines } }
    var values: [[LineDigests]] { results.withLock { $0 } }
}
