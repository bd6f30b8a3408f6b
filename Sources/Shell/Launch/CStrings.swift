import Crypto
import Glibc
import StrictCoding

/// A list of C strings as `execve` takes one. They may hold secrets: overwritten on release.
final class CStrings {
    /// Ends with a null pointer.
    let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>
    private let lengths: [Int]

    /// Each string in parts; `nil` when one holds a zero byte, where C would see its end.
    init?(_ strings: [[InstanceEnvironment.Part]]) {
        lengths = strings.map { $0.reduce(0) { $0 + $1.count } }
        pointers = .allocate(capacity: strings.count + 1)
        pointers.initialize(repeating: nil)
        for (index, parts) in strings.enumerated() {
            let string = UnsafeMutableRawBufferPointer.allocate(byteCount: lengths[index] + 1, alignment: 1)
            string.initializeMemory(as: UInt8.self, repeating: 0)
            pointers[index] = string.baseAddress?.assumingMemoryBound(to: CChar.self)
            var offset = 0
            for part in parts {
                part.withBytes { UnsafeMutableRawBufferPointer(rebasing: string[offset...]).copyMemory(from: $0) }
                offset += part.count
            }
            if string[..<offset].contains(0) { return nil }
        }
    }

    deinit {
        for (pointer, length) in zip(pointers, lengths) {
            guard let pointer else { continue }
            explicit_bzero(pointer, length)
            pointer.deallocate()
        }
        pointers.deallocate()
    }
}

extension InstanceEnvironment.Part {
    var count: Int {
        switch self {
        case .text(let text): text.count
        case .secret(let secret): secret.count
        }
    }

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        switch self {
        case .text(let text): text.bytes.withUnsafeBytes(body)
        case .secret(let secret): secret.withBytes(body)
        }
    }
}
