/// Reads `HTTP/1.1` or `HTTP/1.0` (RFC 9112, section 2.3), cut anywhere.
struct VersionScanner: Sendable {
    private var matched = 0
    private var major: UInt8 = 0

    /// The version once all eight octets were read, nil before; `fault` is thrown where they are no version at all, and
    /// `.unsupportedVersion` where they are one that we do not speak.
    mutating func scan(
        _ bytes: UnsafePointer<UInt8>, from at: inout Int, to end: Int, else fault: WireError
    ) throws(WireError) -> HTTPVersion? {
        let prefix: StaticString = "HTTP/"
        while at < end {
            let byte = bytes[at]
            at &+= 1
            switch matched {
            case 0..<5:
                guard byte == prefix.utf8Start[matched] else { throw fault }
            case 5:
                guard byte.isDigit else { throw fault }
                major = byte
            case 6:
                guard byte == UInt8(ascii: ".") else { throw fault }
            default:
                guard byte.isDigit else { throw fault }
                guard major == UInt8(ascii: "1") else { throw .unsupportedVersion }
                switch byte {
                case UInt8(ascii: "1"): return .http11
                case UInt8(ascii: "0"): return .http10
                default: throw .unsupportedVersion
                }
            }
            matched &+= 1
        }
        return nil
    }
}
