/// That a tree is the beginning of another one (RFC 9162, section 2.1.4).
package struct ConsistencyProof: Hashable, Sendable {
    package let first: Int
    package let second: Int
    package let path: [Digest]

    package init(first: Int, second: Int, path: [Digest]) {
        self.first = first
        self.second = second
        self.path = path
    }

    /// Between the tree of the first `first` leaves and that of all. Nil when there are not so many.
    package init?(first: Int, leaves: [Digest]) {
        guard (0...leaves.count).contains(first) else { return nil }
        var builder = Builder(first: first)
        for leaf in leaves { builder.append(leaf) }
        guard let proof = builder.proof else { return nil }
        self = proof
    }

    /// Whether the tree of `first` leaves with one root is the beginning of that of `second` leaves with the other (RFC
    /// 9162, section 2.1.4.2).
    ///
    /// The RFC has no proof for trees that are empty or of one size. They are consistent here without a path, when the
    /// one root is that of nothing, or both are the same.
    package func verifies(firstRoot: Digest, secondRoot: Digest) -> Bool {
        guard first >= 0, first <= second else { return false }
        if first == second {
            return path.isEmpty && firstRoot == secondRoot && (first > 0 || firstRoot == MerkleTree.emptyRoot)
        }
        if first == 0 { return path.isEmpty && firstRoot == MerkleTree.emptyRoot }
        guard !path.isEmpty else { return false }
        var siblings = path[...]
        let seed = first.nonzeroBitCount == 1 ? firstRoot : siblings.removeFirst()
        var own = (first - 1) >> first.trailingZeroBitCount
        var last = (second - 1) >> first.trailingZeroBitCount
        var firstHash = seed
        var secondHash = seed
        for sibling in siblings {
            guard last != 0 else { return false }
            if own & 1 == 1 || own == last {
                firstHash = MerkleTree.nodeHash(sibling, firstHash)
                secondHash = MerkleTree.nodeHash(sibling, secondHash)
                while own & 1 == 0, own != 0 {
                    own >>= 1
                    last >>= 1
                }
            } else {
                secondHash = MerkleTree.nodeHash(secondHash, sibling)
            }
            own >>= 1
            last >>= 1
        }
        return last == 0 && firstHash == firstRoot && secondHash == secondRoot
    }

    /// Makes the proof in one pass over the leaves, holding a few hashes.
    package struct Builder: Sendable {
        private let first: Int
        private var left: CompactRange
        private var right: CompactRange

        /// - Parameter start: the leaves that are not passed, because they are known; no more than `first`.
        package init(first: Int, after start: CompactRange = CompactRange()) {
            precondition(start.start == 0 && first >= start.end, "what is to be proved is not behind the pass")
            self.first = first
            left = start
            right = CompactRange(startingAt: first)
        }

        package mutating func append(_ leaf: Digest) {
            if left.end < first { left.append(leaf) } else { right.append(leaf) }
        }

        /// The tree of the first leaves, as far as they were passed.
        package var firstTree: CompactRange { left }

        /// The tree of everything that was passed.
        package var tree: CompactRange {
            var tree = left
            if left.end == first { tree.append(right) }
            return tree
        }

        /// To the tree of everything that was passed; nil as long as that is smaller than the first.
        package var proof: ConsistencyProof? {
            guard left.end == first else { return nil }
            guard first > 0, right.size > 0 else {
                return ConsistencyProof(first: first, second: right.end, path: [])
            }
            // The verifier knows the root of the first tree, and with it its only subtree.
            let seed = left.hashes.count == 1 ? [] : left.hashes.suffix(1)
            let path = TreePath.siblings(
                of: first - 1, level: first.trailingZeroBitCount, size: right.end, left: left.hashes.dropLast(),
                right: right.hashes[...])
            return ConsistencyProof(first: first, second: right.end, path: Array(seed) + path)
        }
    }
}
