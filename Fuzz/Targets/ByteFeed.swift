/// Turns an input's bytes into what a target needs: choices that depend on nothing else, and parts of a text.
struct ByteFeed {
    private var state: UInt64

    /// Choices for one input, the same at every run, while the input itself stays what the parser reads.
    init(choosingBy bytes: [UInt8]) {
        // FNV-1a: any change of the input changes the choices.
        state = bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }

    /// A number from 0 up to and without `bound`.
    mutating func below(_ bound: Int) -> Int {
        // SplitMix64.
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return bound <= 1 ? 0 : Int((word ^ word >> 31) % UInt64(bound))
    }

    /// The bytes in pieces, none of them empty.
    mutating func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            // Half of the pieces are tiny, where most cuts of interest are.
            let longest = below(2) == 0 ? 3 : rest.count
            let count = min(rest.count, 1 + below(longest))
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    /// The parts of a text between empty lines (LF only), at most so many; absent ones are `nil`.
    static func parts(of bytes: [UInt8], _ count: Int) -> [[UInt8]?] {
        var parts: [[UInt8]?] = []
        var rest = bytes[...]
        while parts.count < count - 1, let end = rest.indices.dropLast().first(where: { isGap(rest, at: $0) }) {
            parts.append(Array(rest[..<end]))
            rest = rest[(end + 2)...]
        }
        parts.append(Array(rest))
        return parts + [[UInt8]?](repeating: nil, count: count - parts.count)
    }

    private static func isGap(_ bytes: ArraySlice<UInt8>, at index: Int) -> Bool {
        bytes[index] == 0x0A && bytes[index + 1] == 0x0A
    }

    /// The lines of a part.
    static func lines(of bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    }
}

extension [UInt8] {
    /// With every occurrence of a mark such as `@TOKEN@` replaced: stands for what an input cannot know.
    func replacing(_ mark: String, with bytes: [UInt8]) -> [UInt8] {
        let mark = Array(mark.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < count {
            if self[index...].starts(with: mark) {
                result += bytes
                index += mark.count
            } else {
                result.append(self[index])
                index += 1
            }
        }
        return result
    }

    /// For a message about it: nothing but visible ASCII.
    var shown: String {
        map { (0x20...0x7E).contains($0) ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16) }.joined()
    }

    func contains(_ part: [UInt8]) -> Bool {
        !part.isEmpty && count >= part.count && (0...(count - part.count)).contains { self[$0...].starts(with: part) }
    }
}
