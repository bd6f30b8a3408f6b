/// The fields that decide where a message ends and what becomes of its connection, read in one pass.
///
/// Anything that two recipients could read differently is refused, even where RFC 9112, section 6.3, names a winner: a
/// second `Content-Length` (equal or not), a second `Transfer-Encoding`, both together, a list in either.
struct MessageFields {
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    private(set) var connection = ConnectionOptions()
    private(set) var host: Authority?
    private(set) var expectsContinue = false
    private let isRequest: Bool

    init(_ fields: FieldBlock, version: HTTPVersion, isRequest: Bool) throws(WireError) {
        self.isRequest = isRequest
        try fields.bytes.withUnsafeBufferPointer { (buffer) throws(WireError) in
            for slot in fields.slots where MessageFields.hasReadLength(slot) {
                try read(name: slot.name(in: buffer), value: slot.value(in: buffer))
            }
        }
        if isChunked {
            if version == .http10 { throw .transferEncodingInHTTP10 }
            if contentLength != nil { throw .transferEncodingWithContentLength }
        }
        if isRequest && version == .http11 && host == nil { throw .missingHost }
    }

    /// Whether the field's name is as long as one of those below: most fields' length says that they are none of them.
    @inline(__always)
    private static func hasReadLength(_ slot: FieldBlock.Slot) -> Bool {
        switch slot.nameEnd &- slot.nameStart {
        case 4, 6, 10, 14, 17: true
        default: false
        }
    }

    @inline(__always)
    private mutating func read(
        name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>
    ) throws(WireError) {
        switch name.count {
        case 4 where isRequest && name.equalsIgnoringCase("host"):
            if host != nil { throw .duplicateHost }
            host = try Authority(value)
        case 6 where isRequest && name.equalsIgnoringCase("expect"):
            // RFC 9110, section 10.1.1: the only expectation there is; a list of two of it is none.
            guard !expectsContinue, value.equalsIgnoringCase("100-continue") else { throw .unmetExpectation }
            expectsContinue = true
        case 10 where name.equalsIgnoringCase("connection"):
            try connection.read(value, protecting: isRequest)
        case 14 where name.equalsIgnoringCase("content-length"):
            if contentLength != nil { throw .duplicateContentLength }
            contentLength = try MessageFields.length(value)
        case 17 where name.equalsIgnoringCase("transfer-encoding"):
            if isChunked { throw .duplicateTransferEncoding }
            try MessageFields.requireChunked(value)
            isChunked = true
        default:
            break
        }
    }

    /// `1*DIGIT` that fits an `Int` (RFC 9110, section 8.6).
    private static func length(_ value: UnsafeBufferPointer<UInt8>) throws(WireError) -> Int {
        guard !value.isEmpty else { throw .malformedContentLength }
        var length = 0
        for byte in value {
            guard byte.isDigit else { throw .malformedContentLength }
            let (shifted, overflowsByTen) = length.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = shifted.addingReportingOverflow(Int(byte &- 0x30))
            guard !overflowsByTen, !overflows else { throw .malformedContentLength }
            length = sum
        }
        return length
    }

    /// `chunked` alone. Other codings under a final `chunked` are well-formed and not implemented (501, RFC 9112,
    /// section 6.1); all else leaves the length of the message open (400, section 6.3).
    private static func requireChunked(_ value: UnsafeBufferPointer<UInt8>) throws(WireError) {
        if value.equalsIgnoringCase("chunked") { return }
        var codings = 0
        var chunkedAt: Int?
        var allTokens = true
        value.forEachListElement { coding in
            if coding.equalsIgnoringCase("chunked") && chunkedAt == nil { chunkedAt = codings }
            if !coding.isTokenString { allTokens = false }
            codings += 1
        }
        guard allTokens, codings > 1, chunkedAt == codings - 1 else { throw .malformedTransferEncoding }
        throw .unsupportedTransferCoding
    }
}
