package import Crypto

/// What the verifier needs of one line. It depends on that line alone, so that many can be worked on at the same time.
package struct LineDigests: Sendable {
    /// Where the line is in the bytes it was found in, without its line feed.
    package let range: Range<Int>
    /// Its hash in the tree.
    package let leaf: Digest
    /// What the line after it must name.
    package let link: Digest
    package let head: Result<RecordHead, RecordFault>

    init(range: Range<Int>, leaf: Digest, link: Digest, head: Result<RecordHead, RecordFault>) {
        self.range = range
        self.leaf = leaf
        self.link = link
        self.head = head
    }

    /// - Parameter line: without its line feed.
    package init(_ line: UnsafeRawBufferPointer, range: Range<Int>, _ context: inout SHA256Context) {
        self.range = range
        leaf = MerkleTree.leafHash(line, &context)
        link = Digest { context.digest(line, into: $0) }
        head = Result { () throws(RecordFault) in try RecordHead(line) }
    }

    /// Those of the lines in `chunk`, in order. What stands behind the last line feed counts as a line.
    package static func of(_ chunk: UnsafeRawBufferPointer) -> [LineDigests] {
        var context = SHA256Context()
        var lines: [LineDigests] = []
        // Records rarely have fewer bytes.
        lines.reserveCapacity(chunk.count / 512 + 1)
        var start = 0
        while start < chunk.count {
            let end = endOfLine(chunk, from: start)
            let line = UnsafeRawBufferPointer(rebasing: chunk[start..<end])
            lines.append(LineDigests(line, range: start..<end, &context))
            start = end + 1
        }
        return lines
    }

    /// Eight bytes at a time: a byte of the word is a line feed when it is zero after the exclusive or.
    private static func endOfLine(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
            guard (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080 == 0 else { break }
            index += 8
        }
        while index < bytes.count, bytes[index] != 0x0A { index += 1 }
        return index
    }
}
