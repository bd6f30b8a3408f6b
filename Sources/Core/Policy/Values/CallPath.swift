import StrictCoding

/// Paths as calls have them once they are read: what would be refused or come out differently there can match nothing
/// here.
enum CallPath {
    static let mostBytes = 1_024

    /// Why no call ever has this path, as the end of a sentence that begins with its name; nil for a usable one.
    static func fault(in path: ByteString) -> String? {
        guard path.bytes.first == UInt8(ascii: "/") else { return "does not begin with a slash" }
        guard path.count <= mostBytes else { return "is longer than \(mostBytes) bytes" }
        if let fault = PathForm.fault(in: path.bytes) { return fault }
        guard !path.bytes.contains(UInt8(ascii: ";")) else {
            return "has a path parameter (`;`), with which calls are refused"
        }
        return faultOfEscapes(in: path.bytes)
    }

    private static func faultOfEscapes(in path: [UInt8]) -> String? {
        var decoded: [UInt8] = []
        var index = 0
        while index < path.count {
            guard path[index] == UInt8(ascii: "%"), index + 2 < path.count,
                let high = path[index + 1].hexDigitValue, let low = path[index + 2].hexDigitValue
            else {
                decoded.append(path[index])
                index += 1
                continue
            }
            let octet = high << 4 | low
            guard octet != UInt8(ascii: "%"), octet != UInt8(ascii: ";") else {
                return "has an encoded `%` or `;`, with which calls are refused"
            }
            decoded.append(octet)
            index += 3
        }
        let isText = (try? UTF8Span(validating: decoded.span)) != nil
        return isText ? nil : "has percent-encoding that is not UTF-8, with which calls are refused"
    }
}
