/// Writes a head into memory that was measured for it, with one copy per piece and nothing to grow.
///
/// The measure is checked before each copy all the same: a head that outgrows it ends the process, never the memory.
struct HeadWriter {
    private let start: UnsafeMutablePointer<UInt8>?
    private let room: Int
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) {
        start = memory.baseAddress?.assumingMemoryBound(to: UInt8.self)
        room = memory.count
    }

    @inline(__always)
    mutating func write(_ octets: UnsafeBufferPointer<UInt8>) {
        guard let source = octets.baseAddress, octets.count > 0 else { return }
        write(source, octets.count)
    }

    @inline(__always)
    mutating func write(_ octets: [UInt8]) {
        octets.withUnsafeBufferPointer { write($0) }
    }

    @inline(__always)
    mutating func write(_ text: StaticString) {
        write(text.utf8Start, text.utf8CodeUnitCount)
    }

    @inline(__always)
    mutating func write(_ octet: UInt8) {
        guard let start, count < room else { preconditionFailure("a head is as long as it was measured") }
        start[count] = octet
        count &+= 1
    }

    /// A number in decimal, without leading zeros.
    mutating func write(decimal number: Int) {
        precondition(number >= 0, "lengths are not negative")
        var digits = 1
        var rest = UInt(number)
        while rest >= 10 {
            rest /= 10
            digits &+= 1
        }
        guard let start, digits <= room &- count else { preconditionFailure("a head is as long as it was measured") }
        var at = count &+ digits
        count = at
        rest = UInt(number)
        repeat {
            at &-= 1
            start[at] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
            rest /= 10
        } while rest > 0
    }

    @inline(__always)
    private mutating func write(_ source: UnsafePointer<UInt8>, _ size: Int) {
        guard let start, size <= room &- count else { preconditionFailure("a head is as long as it was measured") }
        (start + count).update(from: source, count: size)
        count &+= size
    }
}

extension [UInt8] {
    /// Appends what `write` writes into memory of that size, and says the length of.
    mutating func append(upTo size: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
        append(
            contentsOf: [UInt8](unsafeUninitializedCapacity: size) { memory, count in
                count = write(UnsafeMutableRawBufferPointer(memory))
            })
    }
}
