import AuditProof
import StrictCoding

/// The definitions of RFC 9162, section 2.1, as they stand there: slow, and over lists of leaf hashes.
enum ReferenceTree {
    static func root(_ leaves: ArraySlice<Digest>) -> Digest {
        guard leaves.count > 1 else { return leaves.first ?? Digest(of: []) }
        let split = leaves.startIndex + split(leaves.count)
        return MerkleTree.nodeHash(root(leaves[..<split]), root(leaves[split...]))
    }

    static func path(_ index: Int, _ leaves: ArraySlice<Digest>) -> [Digest] {
        guard leaves.count > 1 else { return [] }
        let count = split(leaves.count)
        let (left, right) = (leaves.prefix(count), leaves.dropFirst(count))
        return index < count ? path(index, left) + [root(right)] : path(index - count, right) + [root(left)]
    }

    static func proof(_ first: Int, _ leaves: ArraySlice<Digest>, isWhole: Bool = true) -> [Digest] {
        guard first < leaves.count else { return isWhole ? [] : [root(leaves)] }
        let count = split(leaves.count)
        let (left, right) = (leaves.prefix(count), leaves.dropFirst(count))
        return first <= count
            ? proof(first, left, isWhole: isWhole) + [root(right)]
            : proof(first - count, right, isWhole: false) + [root(left)]
    }

    /// The largest power of two below `count`.
    private static func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }

    /// Leaves that are all different.
    static func leaves(_ count: Int) -> [Digest] {
        (0..<count).map { MerkleTree.leafHash(Array("leaf \($0)".utf8)) }
    }
}

extension Digest {
    init(_ hex: String) {
        guard let digest = Digest(hex: Array(hex.utf8)) else { preconditionFailure("not a digest: \(hex)") }
        self = digest
    }

    /// With one bit changed.
    func flipped(_ bit: Int) -> Digest {
        var bytes = bytes
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return Digest { $0.copyBytes(from: bytes) }
    }
}
