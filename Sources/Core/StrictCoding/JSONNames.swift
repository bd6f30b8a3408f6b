/// Finding a name that one object has twice.
///
/// Names are compared pair by pair in the usual small object and through a hash table in a large one, so that no object
/// costs more than its length. The table uses the standard library's seeded hash: a peer cannot choose names that
/// collide.
extension [JSONNode] {
    private static var pairwiseMembers: Int { 16 }

    /// Where the second occurrence of a name begins that the object at `index` has twice, or nil when its names are
    /// unique.
    func duplicateName(inObjectAt index: Int, of input: Span<UInt8>) -> Int? {
        var count = 0
        var isEscaped = false
        var name = index + 1
        while name < self[index].next {
            count += 1
            isEscaped = isEscaped || self[name].isEscaped
            name = Int(self[name + 1].next)
        }
        guard count > 1 else { return nil }
        return isEscaped || count > Self.pairwiseMembers
            ? duplicateByTable(inObjectAt: index, count: count, of: input)
            : duplicateByPairs(inObjectAt: index, of: input)
    }

    private func duplicateByPairs(inObjectAt index: Int, of input: Span<UInt8>) -> Int? {
        var second = Int(self[index + 2].next)
        while second < self[index].next {
            var first = index + 1
            while first < second {
                if isSameSource(first, second, of: input) { return Int(self[second].start) }
                first = Int(self[first + 1].next)
            }
            second = Int(self[second + 1].next)
        }
        return nil
    }

    private func duplicateByTable(inObjectAt index: Int, count: Int, of input: Span<UInt8>) -> Int? {
        // Open addressing, at most half full; a slot holds the tape index of a name, or 0.
        let mask = (2 * count - 1).nextPowerOfTwo - 1
        var slots = [Int32](repeating: 0, count: mask + 1)
        var name = index + 1
        while name < self[index].next {
            var slot = hash(of: name, in: input) & mask
            while slots[slot] != 0 {
                if isSameName(Int(slots[slot]), name, of: input) { return Int(self[name].start) }
                slot = (slot + 1) & mask
            }
            slots[slot] = Int32(name)
            name = Int(self[name + 1].next)
        }
        return nil
    }

    private func hash(of name: Int, in input: Span<UInt8>) -> Int {
        var hasher = Hasher()
        if self[name].isEscaped {
            unescaped(name, of: input).bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        } else {
            input.extracting(content(of: name)).withUnsafeBytes { hasher.combine(bytes: $0) }
        }
        return hasher.finalize()
    }

    private func isSameName(_ first: Int, _ second: Int, of input: Span<UInt8>) -> Bool {
        self[first].isEscaped || self[second].isEscaped
            ? unescaped(first, of: input) == unescaped(second, of: input) : isSameSource(first, second, of: input)
    }

    private func isSameSource(_ first: Int, _ second: Int, of input: Span<UInt8>) -> Bool {
        let left = content(of: first)
        let right = content(of: second)
        guard left.count == right.count else { return false }
        for offset in 0..<left.count where input[left.lowerBound + offset] != input[right.lowerBound + offset] {
            return false
        }
        return true
    }

    private func unescaped(_ name: Int, of input: Span<UInt8>) -> ByteString {
        JSONString.unescaped(input.extracting(content(of: name)))
    }

    private func content(of name: Int) -> Range<Int> {
        Int(self[name].start) + 1..<Int(self[name].end) - 1
    }
}

extension Int {
    /// The smallest power of two that is not less.
    fileprivate var nextPowerOfTwo: Int {
        self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount)
    }
}
