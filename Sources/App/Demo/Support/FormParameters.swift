package import StrictCoding

/// The parameters of a query or of an `application/x-www-form-urlencoded` body, each name at most once.
///
/// RFC 6749 forbids repeated parameters and treats those without a value as omitted (section 3.1). Here both hold for
/// every name, known or not, so that no two readers of one request can see different values.
package struct FormParameters: Sendable, Equatable {
    package enum Mistake: Error, Equatable {
        case tooLarge
        case tooMany
        case malformed
        case repeated(ByteString)
    }

    /// A login form with a full authorization request inside needs less than 4 KiB; subject tokens are the largest.
    package static let bytesLimit = 32 * 1024
    package static let countLimit = 64

    private var values: [ByteString: ByteString] = [:]

    package init() {}

    package init(parsing bytes: some Collection<UInt8>) throws(Mistake) {
        guard bytes.count <= Self.bytesLimit else { throw .tooLarge }
        var seen: Set<ByteString> = []
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decoded(halves[0])
            let value = halves.count == 2 ? try Self.decoded(halves[1]) : ByteString("")
            guard seen.insert(name).inserted else { throw .repeated(name) }
            guard seen.count <= Self.countLimit else { throw .tooMany }
            if !value.isEmpty { values[name] = value }
        }
    }

    package subscript(_ name: ByteString) -> ByteString? { values[name] }

    package var isEmpty: Bool { values.isEmpty }

    /// Plus signs and percent escapes undone; what is not UTF-8 afterwards, or holds a control character, is malformed.
    package static func decoded(_ text: some Sequence<UInt8>) throws(Mistake) -> ByteString {
        var result: [UInt8] = []
        var input = text.makeIterator()
        while let byte = input.next() {
            switch byte {
            case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = input.next()?.hexDigitValue, let low = input.next()?.hexDigitValue else {
                    throw .malformed
                }
                result.append(high << 4 | low)
            default: result.append(byte)
            }
        }
        let text = ByteString(result)
        guard text.isEmpty || text.isPlainText(limit: bytesLimit) else { throw .malformed }
        return text
    }

    /// `name=value&…`, everything but unreserved characters (RFC 3986, section 2.3) escaped.
    package static func encoded(_ pairs: [(name: ByteString, value: ByteString)]) -> [UInt8] {
        Array(pairs.map { escaped($0.name) + "=".utf8 + escaped($0.value) }.joined(separator: "&".utf8))
    }

    static func escaped(_ text: ByteString) -> [UInt8] {
        text.bytes.flatMap { byte -> [UInt8] in
            let isUnreserved = byte.isASCIILetter || byte.isASCIIDigit || "-._~".utf8.contains(byte)
            return isUnreserved ? [byte] : "%".utf8 + Hex.encode([byte]).map(\.asciiUppercased)
        }
    }
}
