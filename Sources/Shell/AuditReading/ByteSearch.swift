import Foundation

/// Finds bytes in bytes by the one of them that is rarest there, which `memchr` finds many bytes at a time.
struct ByteSearch {
    /// So much is looked at to learn which bytes are rare.
    private static let sampleBytes = 16 << 10

    private let wanted: [UInt8]
    /// Which of the wanted bytes is looked for.
    private let pivot: Int

    init(for wanted: [UInt8], in bytes: UnsafeRawBufferPointer) {
        precondition(!wanted.isEmpty, "there is something to look for")
        var seen = [Int](repeating: 0, count: 256)
        for byte in bytes.prefix(Self.sampleBytes) { seen[Int(byte)] += 1 }
        self.wanted = wanted
        pivot = wanted.indices.min { seen[Int(wanted[$0])] < seen[Int(wanted[$1])] } ?? 0
    }

    /// Where the wanted bytes stand first, at or after `start`.
    func next(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let last = bytes.count - wanted.count
        let byte = Int32(wanted[pivot])
        return wanted.withUnsafeBytes { wanted in
            var at = start
            while at <= last {
                guard let found = memchr(base + at + pivot, byte, last - at + 1) else { return nil }
                at = UnsafeRawPointer(found) - base - pivot
                if memcmp(base + at, wanted.baseAddress!, wanted.count) == 0 { return at }
                at += 1
            }
            return nil
        }
    }
}
