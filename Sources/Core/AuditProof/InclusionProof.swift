/// That a leaf stands at its index in the tree with a root (RFC 9162, section 2.1.3).
package struct InclusionProof: Hashable, Sendable {
    package let index: Int
    package let size: Int
    /// The siblings on the way from the leaf to the root.
    package let path: [Digest]

    package init(index: Int, size: Int, path: [Digest]) {
        self.index = index
        self.size = size
        self.path = path
    }

    /// Nil unless there is a leaf at `index`.
    package init?(index: Int, leaves: [Digest]) {
        guard leaves.indices.contains(index) else { return nil }
        var builder = Builder(index: index)
        for leaf in leaves { builder.append(leaf) }
        guard let proof = builder.proof else { return nil }
        self = proof
    }

    /// Whether the leaf with this hash stands at `index` in the tree of `size` leaves with this root (RFC 9162, section
    /// 2.1.3.2).
    package func verifies(leaf: Digest, root: Digest) -> Bool {
        guard index >= 0, index < size else { return false }
        var own = index
        var last = size - 1
        var hash = leaf
        for sibling in path {
            guard last != 0 else { return false }
            if own & 1 == 1 || own == last {
                hash = MerkleTree.nodeHash(sibling, hash)
                while own & 1 == 0, own != 0 {
                    own >>= 1
                    last >>= 1
                }
            } else {
                hash = MerkleTree.nodeHash(hash, sibling)
            }
            own >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// Makes the proof in one pass over the leaves, holding a few hashes.
    package struct Builder: Sendable {
        private let index: Int
        private var left: CompactRange
        private var leaf: Digest?
        private var right: CompactRange

        /// - Parameter start: the leaves that are not passed, because they are known; `index` must not be among them.
        package init(index: Int, after start: CompactRange = CompactRange()) {
            precondition(start.start == 0 && index >= start.end, "what is to be proved is not behind the pass")
            self.index = index
            left = start
            // No log gets there: an index beyond is one that is never passed.
            right = CompactRange(startingAt: min(index, CheckpointLimits.size) + 1)
        }

        package mutating func append(_ leaf: Digest) {
            if left.end < index {
                left.append(leaf)
            } else if self.leaf == nil {
                self.leaf = leaf
            } else {
                right.append(leaf)
            }
        }

        /// The tree of everything that was passed.
        package var tree: CompactRange {
            var tree = left
            guard let leaf else { return tree }
            tree.append(leaf)
            tree.append(right)
            return tree
        }

        /// In the tree of everything that was passed; nil as long as the leaf was not.
        package var proof: InclusionProof? {
            guard leaf != nil else { return nil }
            let path = TreePath.siblings(
                of: index, level: 0, size: right.end, left: left.hashes[...], right: right.hashes[...])
            return InclusionProof(index: index, size: right.end, path: path)
        }
    }
}
