import StrictCoding

/// What every path in a policy, and every resource URI that a policy decides about, must look like, so that two
/// programs that read it cannot see two different places.
enum PathForm {
    /// Why `path` could be read in more than one way, as the end of a sentence that begins with its name; nil for a
    /// plain path.
    ///
    /// Plain is RFC 3986 after normalisation (section 6.2.2): no dot segment, no empty segment inside, percent-encoding
    /// in upper case and only where it is needed, and never of a slash, a backslash or a control.
    static func fault(in path: some Collection<UInt8>) -> String? {
        let path = Array(path)
        let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            if segment.elementsEqual(".".utf8) || segment.elementsEqual("..".utf8) { return "has a dot segment" }
            if segment.isEmpty, index > 0, index < segments.count - 1 { return "has an empty segment (`//`)" }
        }
        return faultOfCharacters(in: path)
    }

    private static func faultOfCharacters(in path: [UInt8]) -> String? {
        var index = 0
        while index < path.count {
            let byte = path[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < path.count, let high = path[index + 1].hexDigitValue,
                    let low = path[index + 2].hexDigitValue
                else { return "has a `%` that is no percent-encoding" }
                let isLowercase = path[index + 1].isASCIILowercase || path[index + 2].isASCIILowercase
                guard !isLowercase else { return "has percent-encoding in lower case" }
                let decoded = high << 4 | low
                guard !isUnreserved(decoded) else { return "has percent-encoding that is not needed" }
                guard decoded != UInt8(ascii: "/"), decoded != UInt8(ascii: "\\"), !decoded.isASCIIControl else {
                    return "has an encoded slash, backslash or control"
                }
                index += 3
            } else {
                guard isPathCharacter(byte) else { return "has a character that a URL path does not allow" }
                index += 1
            }
        }
        return nil
    }

    static func isUnreserved(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || "-._~".utf8.contains(byte)
    }

    /// pchar or slash (RFC 3986, section 3.3), without the percent sign.
    private static func isPathCharacter(_ byte: UInt8) -> Bool {
        isUnreserved(byte) || "!$&'()*+,;=:@/".utf8.contains(byte)
    }
}
