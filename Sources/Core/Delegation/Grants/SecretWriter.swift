import Crypto
import StrictCoding

/// Text that is made straight in memory that is overwritten on release, so that no other copy of it ever exists.
///
/// Whoever makes one says first how many bytes it will have.
struct SecretWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    private var position = 0

    private init(_ buffer: UnsafeMutableRawBufferPointer) {
        self.buffer = buffer
    }

    static func make(count: Int, _ write: (inout SecretWriter) -> Void) -> SecretBytes {
        SecretBytes(count: count) { buffer in
            var writer = SecretWriter(buffer)
            write(&writer)
            precondition(writer.position == count, "a text has as many bytes as were announced")
        }
    }

    mutating func append(_ byte: UInt8) {
        buffer[position] = byte
        position += 1
    }

    mutating func append(_ text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount { append(text.utf8Start[index]) }
    }
}
