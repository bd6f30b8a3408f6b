import HTTPCodec
import StrictCoding

/// Runs of bytes that give something away wherever they stand: a text is searched for all of them in one pass.
struct Marks: Sendable {
    private let parts: [[UInt8]]
    /// A bit for each byte with which a part begins.
    private var starts: SIMD4<UInt64> = .zero

    /// An empty part stands nowhere.
    init(_ parts: [[UInt8]]) {
        self.parts = parts.filter { !$0.isEmpty }
        for part in self.parts { starts[Int(part[0] >> 6)] |= 1 << UInt64(part[0] & 63) }
    }

    /// Whether one of them occurs in the text as it is.
    func occur(in text: UnsafeBufferPointer<UInt8>) -> Bool {
        for index in 0..<text.count where isStart(text[index]) {
            if parts.contains(where: { text.has($0, at: index) }) { return true }
        }
        return false
    }

    /// Whether one of them occurs in the text, as it is or with percent-encoded octets taken as themselves: an escape may
    /// hide a part's beginning, or be made of it.
    func occurUnescaped(in text: UnsafeBufferPointer<UInt8>) -> Bool {
        for index in 0..<text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "%") {
                return occur(in: text) || text.unescaped.withUnsafeBufferPointer { occur(in: $0) }
            }
            if isStart(byte), parts.contains(where: { text.has($0, at: index) }) { return true }
        }
        return false
    }

    func occurUnescaped(in text: some Collection<UInt8>) -> Bool {
        text.withContiguousStorageIfAvailable { occurUnescaped(in: $0) }
            ?? Array(text).withUnsafeBufferPointer { occurUnescaped(in: $0) }
    }

    @inline(__always)
    private func isStart(_ byte: UInt8) -> Bool {
        starts[Int(byte >> 6)] & (1 << UInt64(byte & 63)) != 0
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether these bytes stand at this position.
    @inline(__always)
    fileprivate func has(_ part: [UInt8], at start: Int) -> Bool {
        guard count - start >= part.count else { return false }
        for index in 0..<part.count where self[start + index] != part[index] { return false }
        return true
    }

    fileprivate var unescaped: [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(count)
        var index = 0
        while index < count {
            if self[index] == UInt8(ascii: "%"), index + 2 < count, let high = self[index + 1].hexDigitValue,
                let low = self[index + 2].hexDigitValue
            {
                plain.append(high << 4 | low)
                index += 3
            } else {
                plain.append(self[index])
                index += 1
            }
        }
        return plain
    }
}
