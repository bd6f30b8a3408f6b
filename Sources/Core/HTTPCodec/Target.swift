package import StrictCoding

/// What a request target points at, in the one reading that routing, policy and upstream share (RFC 9112, section 3.2).
///
/// The path comes out normalised by RFC 3986, section 6.2.2: escapes of unreserved characters are decoded, hexadecimal
/// digits are upper case. Everything that some server somewhere reads as a different path is refused: dot segments and
/// empty segments, plain or escaped; escaped `/`, `\`, `%`, control octets; path parameters (`;`); escapes that are not
/// UTF-8 (overlong forms of `/` and `.` among them). The empty last segment of `/a/` is kept.
package struct Target: Hashable, Sendable {
    /// Begins with `/`, or is `*` for the asterisk form of OPTIONS. Visible ASCII.
    package let path: ByteString
    /// What follows `?`, untouched: visible ASCII with well-formed escapes. nil without `?`.
    package let query: ArraySlice<UInt8>?

    /// The target of a request, checked against its `Host`.
    package init(of head: RequestHead) throws(WireError) {
        // Nearly every target is a path that is its own normal form, and nothing else.
        if Target.isPlain(head.target) {
            self.init(plain: head.target)
        } else {
            try self.init(parsing: head.target, host: head.host)
        }
    }

    private init(plain path: ArraySlice<UInt8>) {
        self.path = ByteString(path)
        query = nil
    }

    /// Reads origin form, absolute form or `*`. An absolute form that names another origin than `host` is refused with
    /// `.hostMismatch`; RFC 9112, section 3.2.2, would have it win, and a front that reads `Host` would not know.
    package init(parsing target: some Sequence<UInt8>, host: Authority?) throws(WireError) {
        let bytes = [UInt8](target)
        if bytes == [UInt8(ascii: "*")] {
            path = ByteString(bytes)
            query = nil
            return
        }
        let start = try Target.pathStart(in: bytes, host: host)
        let mark = bytes[start...].firstIndex(of: UInt8(ascii: "?"))
        path = try Target.normalised(bytes[start..<(mark ?? bytes.endIndex)])
        query = try mark.map { (mark) throws(WireError) in try Target.checkedQuery(bytes[(mark + 1)...]) }
    }

    // MARK: Forms

    /// Whether a target begins as its method allows: `/…`, `http://…`, `https://…`, or `*` with OPTIONS.
    static func hasKnownForm(_ target: ArraySlice<UInt8>, for method: Method) -> Bool {
        target.withUnsafeBufferPointer { text in
            switch text.first {
            case UInt8(ascii: "/"): true
            case UInt8(ascii: "*"): text.count == 1 && method == .options
            default: scheme(of: text) != nil
            }
        }
    }

    private static func scheme(of text: UnsafeBufferPointer<UInt8>) -> (length: Int, defaultPort: Int)? {
        let candidates: [(StaticString, Int)] = [("http://", 80), ("https://", 443)]
        for (prefix, port) in candidates where text.count >= prefix.utf8CodeUnitCount {
            let start = UnsafeBufferPointer(rebasing: text[..<prefix.utf8CodeUnitCount])
            if start.equalsIgnoringCase(prefix) { return (prefix.utf8CodeUnitCount, port) }
        }
        return nil
    }

    /// Where the path begins, after the checked authority of an absolute form.
    private static func pathStart(in bytes: [UInt8], host: Authority?) throws(WireError) -> Int {
        if bytes.first == UInt8(ascii: "/") { return 0 }
        return try bytes.withUnsafeBufferPointer { (text) throws(WireError) in
            guard let scheme = scheme(of: text) else { throw .malformedTarget }
            let end =
                text[scheme.length...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
                ?? text.endIndex
            let authority = try Authority(UnsafeBufferPointer(rebasing: text[scheme.length..<end]))
            if let host, !host.matches(authority, defaultPort: scheme.defaultPort) { throw .hostMismatch }
            // `http://host` without a path is legal (RFC 9112, section 3.2.2) and useless here.
            guard end < text.endIndex, text[end] == UInt8(ascii: "/") else { throw .malformedTarget }
            return end
        }
    }

    // MARK: Path

    private static func normalised(_ path: ArraySlice<UInt8>) throws(WireError) -> ByteString {
        // The common path is short and plain: one pass shows that it is its own normal form.
        if isPlain(path) { return ByteString(path) }
        var output: [UInt8] = []
        var decoded: [UInt8] = []
        output.reserveCapacity(path.count)
        decoded.reserveCapacity(path.count)
        var index = path.startIndex
        while index < path.endIndex {
            let byte = path[index]
            if byte == UInt8(ascii: "%") {
                let octet = try escapedOctet(path, at: index)
                try append(escaped: octet, to: &output)
                decoded.append(octet)
                index += 3
            } else {
                guard byte == UInt8(ascii: "/") || isPathCharacter(byte) else { throw refusal(of: byte) }
                output.append(byte)
                decoded.append(byte)
                index += 1
            }
        }
        guard hasPlainSegments(output[...]), String(validating: decoded, as: UTF8.self) != nil else {
            throw .ambiguousPath
        }
        return ByteString(output)
    }

    /// Begins with a slash; only unreserved characters and single slashes, no segment that begins with a dot.
    private static func isPlain(_ path: ArraySlice<UInt8>) -> Bool {
        path.withUnsafeBufferPointer { path in
            guard path.first == UInt8(ascii: "/") else { return false }
            var previous: UInt8 = 0
            for byte in path {
                guard byte == UInt8(ascii: "/") || isUnreserved(byte) else { return false }
                if previous == UInt8(ascii: "/") && (byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".")) {
                    return false
                }
                previous = byte
            }
            return true
        }
    }

    /// No empty segment but the last one, none that is `.` or `..`.
    private static func hasPlainSegments(_ path: ArraySlice<UInt8>) -> Bool {
        let segments = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return segments.enumerated().allSatisfy { index, segment in
            if segment.isEmpty { return index == segments.count - 1 }
            return !(segment.count <= 2 && segment.allSatisfy { $0 == UInt8(ascii: ".") })
        }
    }

    private static func append(escaped octet: UInt8, to output: inout [UInt8]) throws(WireError) {
        if isUnreserved(octet) {
            output.append(octet)
            return
        }
        switch octet {
        case 0..<0x20, 0x7f, UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "%"), UInt8(ascii: ";"):
            throw .ambiguousPath
        default:
            output.append(UInt8(ascii: "%"))
            output.append(upperHexDigit(octet >> 4))
            output.append(upperHexDigit(octet & 15))
        }
    }

    private static func refusal(of byte: UInt8) -> WireError {
        byte == UInt8(ascii: ";") || byte == UInt8(ascii: "\\") ? .ambiguousPath : .malformedTarget
    }

    // MARK: Query

    /// RFC 3986, section 3.4, and the characters that browsers' `fetch` leaves as they are: ``[ ] { } | ^ ` ``.
    private static func checkedQuery(_ query: ArraySlice<UInt8>) throws(WireError) -> ArraySlice<UInt8> {
        var index = query.startIndex
        while index < query.endIndex {
            let byte = query[index]
            switch byte {
            case UInt8(ascii: "%"):
                guard try escapedOctet(query, at: index) != 0 else { throw .malformedPercentEncoding }
                index += 3
                continue
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: ";"), UInt8(ascii: "["), UInt8(ascii: "]"),
                UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "|"), UInt8(ascii: "^"), UInt8(ascii: "`"):
                break
            default:
                guard isPathCharacter(byte) else { throw .malformedTarget }
            }
            index += 1
        }
        return query
    }

    // MARK: Characters

    private static func escapedOctet(_ text: ArraySlice<UInt8>, at index: Int) throws(WireError) -> UInt8 {
        guard index + 2 < text.endIndex, let high = text[index + 1].hexValue, let low = text[index + 2].hexValue else {
            throw .malformedPercentEncoding
        }
        return high << 4 | low
    }

    private static func upperHexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    /// ALPHA / DIGIT / "-" / "." / "_" / "~" (RFC 3986, section 2.3).
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        if byte.isLetter || byte.isDigit { return true }
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): return true
        default: return false
        }
    }

    /// pchar of RFC 3986, section 3.3, without escapes and without `;`.
    private static func isPathCharacter(_ byte: UInt8) -> Bool {
        if isUnreserved(byte) { return true }
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: "="),
            UInt8(ascii: ":"), UInt8(ascii: "@"):
            return true
        default: return false
        }
    }
}
