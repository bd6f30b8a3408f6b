/// The way from a subtree up to the root, as both kinds of proof have it.
enum TreePath {
    /// The siblings met on the way up, lowest first.
    ///
    /// - Parameters:
    ///   - last: the index of the last leaf of the subtree, whose level is `level`.
    ///   - left: the whole subtrees before it, from left to right.
    ///   - right: those behind it, up to the end of the tree.
    static func siblings(
        of last: Int, level: Int, size: Int, left: ArraySlice<Digest>, right: ArraySlice<Digest>
    ) -> [Digest] {
        var left = left
        var right = right
        var path: [Digest] = []
        // Above this height the subtree lies on the right border of the tree, and has siblings on the left only.
        let meeting = Int.bitWidth - (last ^ (size - 1)).leadingZeroBitCount
        for height in level..<max(level, meeting) {
            if last >> height & 1 == 1 {
                if let sibling = left.popLast() { path.append(sibling) }
            } else if height == meeting - 1 {
                if let border = CompactRange.fold(right) { path.append(border) }
            } else if let sibling = right.popFirst() {
                path.append(sibling)
            }
        }
        path.append(contentsOf: left.reversed())
        return path
    }
}
