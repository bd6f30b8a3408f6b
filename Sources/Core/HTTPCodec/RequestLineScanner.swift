/// Reads `method SP request-target SP HTTP-version CRLF` (RFC 9112, section 3), each octet once, cut anywhere.
///
/// One space means one space, and the target is visible ASCII: the leniencies that section 3 permits are how two
/// recipients come to see two different requests.
struct RequestLineScanner: Sendable {
    private enum State: Sendable { case method, target, version, carriageReturn, lineFeed }

    private(set) var methodEnd = 0
    private(set) var targetStart = 0
    private(set) var targetEnd = 0
    private(set) var version = HTTPVersion.http11
    private let targetLimit: Int
    private let methodLimit: Int
    private var state = State.method
    private var versionScanner = VersionScanner()

    init(limits: CodecLimits) {
        targetLimit = limits.targetBytes
        methodLimit = limits.methodBytes
    }

    /// Reads from `position`, where 0 is the first octet of the line; true when its CRLF was read.
    mutating func scan(
        _ bytes: UnsafePointer<UInt8>, from position: inout Int, to end: Int
    ) throws(WireError) -> Bool {
        var at = position
        defer { position = at }
        while at < end {
            switch state {
            case .method:
                while at < end, bytes[at].isToken, at < methodLimit { at &+= 1 }
                guard at < end else { break }
                if bytes[at].isToken { throw .unsupportedMethod }
                guard bytes[at] == 0x20, at > 0 else { throw bytes[at] == 0x0a ? .bareLineFeed : .malformedRequestLine }
                methodEnd = at
                at &+= 1
                targetStart = at
                state = .target
            case .target:
                let limit = targetStart &+ targetLimit
                while at < end, bytes[at].isVisible, at < limit { at &+= 1 }
                guard at < end else { break }
                if bytes[at].isVisible { throw .targetTooLong }
                guard bytes[at] == 0x20, at > targetStart else {
                    throw bytes[at] == 0x0a ? .bareLineFeed : .malformedRequestLine
                }
                targetEnd = at
                at &+= 1
                state = .version
            case .version:
                guard let found = try versionScanner.scan(bytes, from: &at, to: end, else: .malformedRequestLine) else {
                    break
                }
                version = found
                state = .carriageReturn
            case .carriageReturn:
                guard bytes[at] == 0x0d else { throw bytes[at] == 0x0a ? .bareLineFeed : .malformedRequestLine }
                at &+= 1
                state = .lineFeed
            case .lineFeed:
                guard bytes[at] == 0x0a else { throw .bareCarriageReturn }
                at &+= 1
                return true
            }
        }
        return false
    }
}
