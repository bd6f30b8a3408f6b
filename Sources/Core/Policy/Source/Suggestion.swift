import StrictCoding

/// The known word nearest to a misspelt one.
enum Suggestion {
    /// Longer words are not compared: nobody's typing slip turns into them, and the comparison is quadratic.
    private static let longestWord = 128

    /// A help line that names the nearest of `known`, or nil when none is near enough to be what the author meant.
    static func help(for word: ByteString, among known: some Sequence<ByteString>) -> String? {
        nearest(to: word, among: known).map { "did you mean \(Quotation.of($0))?" }
    }

    static func nearest(to word: ByteString, among known: some Sequence<ByteString>) -> ByteString? {
        guard word.count <= longestWord else { return nil }
        // A third of the word may be wrong, as in Cargo and Clang; beyond that a suggestion misleads.
        let most = max(1, word.count / 3)
        var best: (distance: Int, word: ByteString)?
        for candidate in known where abs(candidate.count - word.count) <= most && candidate.count <= longestWord {
            let distance = editDistance(word.bytes, candidate.bytes)
            guard distance <= most else { continue }
            if best.map({ (distance, candidate) < ($0.distance, $0.word) }) ?? true { best = (distance, candidate) }
        }
        return best?.word
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other
    /// (optimal string alignment), letters of either case alike.
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        let left = left.asciiLowercased()
        let right = right.asciiLowercased()
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1..<(left.count + 1) {
            var current = [row] + [Int](repeating: 0, count: right.count)
            for column in 1..<(right.count + 1) {
                let isSame = left[row - 1] == right[column - 1]
                var least = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    least = min(least, beforeLast[column - 2] + 1)
                }
                current[column] = least
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
