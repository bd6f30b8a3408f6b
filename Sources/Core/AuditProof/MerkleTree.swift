package import Crypto

/// The Merkle tree of RFC 9162, section 2.1 (the one of RFC 6962), over SHA-256. A leaf is a line without its line feed.
package enum MerkleTree {
    /// The root of the tree without leaves: the digest of nothing.
    package static let emptyRoot = Digest(of: [])

    /// HASH(0x00 || line)
    package static func leafHash(_ line: UnsafeRawBufferPointer) -> Digest {
        var context = SHA256Context()
        return leafHash(line, &context)
    }

    package static func leafHash(_ line: [UInt8]) -> Digest {
        line.withUnsafeBytes { leafHash($0) }
    }

    /// HASH(0x00 || line), with a context that many lines share.
    package static func leafHash(_ line: UnsafeRawBufferPointer, _ context: inout SHA256Context) -> Digest {
        Digest { context.digest(prefix: 0x00, line, into: $0) }
    }

    /// HASH(0x01 || left || right)
    package static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Digest.count, alignment: 8) { input in
            input[0] = 0x01
            left.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: input[1...]).copyMemory(from: $0) }
            right.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: input[(1 + Digest.count)...]).copyMemory(from: $0)
            }
            return Digest(of: UnsafeRawBufferPointer(input))
        }
    }

    /// MTH of the leaves with these hashes.
    package static func root(ofLeaves leaves: [Digest]) -> Digest {
        var range = CompactRange()
        for leaf in leaves { range.append(leaf) }
        return range.root
    }
}
