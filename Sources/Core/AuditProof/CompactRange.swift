/// The leaves `start..<end` of a tree in as few hashes as they have whole subtrees: at most two for each power of two.
///
/// What starts at 0 is a tree that grows: its root is known at every size, and everything that is needed to go on.
/// Ranges that start elsewhere can be made at the same time and joined afterwards.
package struct CompactRange: Hashable, Sendable {
    package let start: Int
    package private(set) var end: Int
    /// Of the whole subtrees, from left to right; where the range starts at 0, the largest comes first.
    package private(set) var hashes: [Digest] = []

    /// Without leaves.
    package init(startingAt start: Int = 0) {
        precondition(start >= 0, "a leaf's index is not negative")
        self.start = start
        self.end = start
    }

    /// A tree of `size` leaves. Nil unless there is one hash for each bit that is set in `size`.
    package init?(size: Int, hashes: [Digest]) {
        guard (0...CheckpointLimits.size).contains(size), hashes.count == size.nonzeroBitCount else { return nil }
        start = 0
        end = size
        self.hashes = hashes
    }

    /// How many leaves the range has.
    package var size: Int { end - start }

    package mutating func append(_ leaf: Digest) {
        append(leaf, level: 0)
    }

    /// Puts the leaves of `next` behind; it must start where this ends.
    package mutating func append(_ next: CompactRange) {
        precondition(next.start == end, "ranges are joined where they meet")
        for (hash, level) in zip(next.hashes, next.levels) { append(hash, level: level) }
    }

    /// The root of the tree, when the range starts at 0; otherwise that of its own leaves has no meaning.
    package var root: Digest {
        precondition(start == 0, "only a range from the first leaf on has a root")
        return Self.fold(hashes[...]) ?? MerkleTree.emptyRoot
    }

    /// The hash over hashes that stand side by side, joined from the right: the right border of a tree.
    static func fold(_ hashes: ArraySlice<Digest>) -> Digest? {
        guard var root = hashes.last else { return nil }
        for hash in hashes.dropLast().reversed() { root = MerkleTree.nodeHash(hash, root) }
        return root
    }

    /// A subtree of 2^level leaves. With each left neighbour of its size it becomes a larger one.
    private mutating func append(_ subtree: Digest, level: Int) {
        var hash = subtree
        var height = level
        while end >> height & 1 == 1, (end >> height - 1) << height >= start, let left = hashes.popLast() {
            hash = MerkleTree.nodeHash(left, hash)
            height += 1
        }
        hashes.append(hash)
        end += 1 << level
    }

    /// The heights of the subtrees, in the order of `hashes`.
    private var levels: [Int] {
        var levels: [Int] = []
        var position = start
        while position < end {
            let fitting = Int.bitWidth - 1 - (end - position).leadingZeroBitCount
            let level = position == 0 ? fitting : min(position.trailingZeroBitCount, fitting)
            levels.append(level)
            position += 1 << level
        }
        return levels
    }
}
