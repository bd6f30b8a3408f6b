import AuditProof
import Crypto
import StrictCoding

/// Where a log stands after some of its lines: everything that the next line, and the next checkpoint, is made of.
struct Chain: Equatable {
    private(set) var tree = CompactRange()
    /// What the next line names as the one before it.
    private(set) var link: Digest
    /// The latest time of a line; no later line has an earlier one.
    private(set) var microseconds: Int64 = 0

    /// How many lines there are, which is the `seq` of the next.
    var size: Int { tree.size }

    /// Before the first line.
    init(origin: ByteString) {
        link = LogChain.genesis(origin: origin)
    }

    /// Before the first line of a segment, as this line says itself.
    init(tree: CompactRange, link: Digest) {
        self.tree = tree
        self.link = link
    }

    /// The time that a line of now gets: clocks may go backwards, and the log does not.
    func time(_ now: Int64) -> Int64 { min(max(now, microseconds), Self.latest) }

    /// - Parameter line: without its line feed.
    mutating func append(_ line: UnsafeRawBufferPointer, microseconds: Int64, _ context: inout SHA256Context) {
        tree.append(MerkleTree.leafHash(line, &context))
        link = Digest { context.digest(line, into: $0) }
        self.microseconds = microseconds
    }

    /// A line that was read.
    mutating func append(_ line: LineDigests, microseconds: Int64?) {
        tree.append(line.leaf)
        link = line.link
        if let microseconds { self.microseconds = microseconds }
    }

    /// The end of the year 9999, beyond which no timestamp can be written.
    private static let latest: Int64 = 253_402_300_799_999_999
}
