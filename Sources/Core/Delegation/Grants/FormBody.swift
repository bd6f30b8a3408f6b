package import Crypto
package import StrictCoding

/// A body of the type `application/x-www-form-urlencoded` (RFC 6749, appendix B), parameters in the order in which they
/// were appended.
///
/// It holds tokens and client secrets, so it is written once, in place, into memory that is overwritten on release.
package struct FormBody: Sendable {
    private enum Value: Sendable {
        case text(ByteString)
        case secret(SecretBytes)
    }

    private var parameters: [(name: StaticString, value: Value)] = []

    package init() {}

    package mutating func append(_ name: StaticString, _ value: ByteString) {
        parameters.append((name, .text(value)))
    }

    package mutating func append(_ name: StaticString, _ value: SecretBytes) {
        parameters.append((name, .secret(value)))
    }

    package func encoded() -> SecretBytes {
        // For each parameter its name, its value and the equals sign; an ampersand between any two.
        let count = parameters.reduce(max(0, parameters.count - 1)) { sum, parameter in
            sum + parameter.name.utf8CodeUnitCount + 1 + Self.encodedCount(parameter.value)
        }
        return SecretWriter.make(count: count) { writer in
            for (index, parameter) in parameters.enumerated() {
                if index > 0 { writer.append(UInt8(ascii: "&")) }
                writer.append(parameter.name)
                writer.append(UInt8(ascii: "="))
                switch parameter.value {
                case .text(let text): FormEncoding.write(text.bytes, to: &writer)
                case .secret(let secret): secret.withBytes { FormEncoding.write($0, to: &writer) }
                }
            }
        }
    }

    private static func encodedCount(_ value: Value) -> Int {
        switch value {
        case .text(let text): FormEncoding.count(text.bytes)
        case .secret(let secret): secret.withBytes { FormEncoding.count($0) }
        }
    }
}

/// The encoding of one name or value: a space as `+`, the unreserved characters of RFC 3986 as they are, every other
/// byte as `%` and two upper-case digits.
enum FormEncoding {
    static func count(_ bytes: some Collection<UInt8>) -> Int {
        bytes.reduce(0) { $0 + (isPlain($1) || $1 == 0x20 ? 1 : 3) }
    }

    static func write(_ bytes: some Collection<UInt8>, to writer: inout SecretWriter) {
        for byte in bytes {
            if byte == 0x20 {
                writer.append(UInt8(ascii: "+"))
            } else if isPlain(byte) {
                writer.append(byte)
            } else {
                writer.append(UInt8(ascii: "%"))
                writer.append(digits.utf8Start[Int(byte >> 4)])
                writer.append(digits.utf8Start[Int(byte & 15)])
            }
        }
    }

    private static let digits: StaticString = "0123456789ABCDEF"

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
    }
}
