/// Reads `HTTP-version SP status-code SP [reason-phrase] CRLF` (RFC 9112, section 4), each octet once, cut anywhere.
///
/// Laxer than the grammar in one point: the space before an absent reason phrase may be absent, too, as several
/// servers leave it out and nothing can be read differently by it.
struct StatusLineScanner: Sendable {
    private enum State: Sendable { case version, space, status, afterStatus, reason, lineFeed }

    private(set) var version = HTTPVersion.http11
    private(set) var status = 0
    private var digits = 0
    private var state = State.version
    private var versionScanner = VersionScanner()

    /// Reads from `position` to `end`; true when the line's CRLF was read.
    mutating func scan(
        _ bytes: UnsafePointer<UInt8>, from position: inout Int, to end: Int
    ) throws(WireError) -> Bool {
        var at = position
        defer { position = at }
        while at < end {
            switch state {
            case .version:
                guard let found = try versionScanner.scan(bytes, from: &at, to: end, else: .malformedStatusLine) else {
                    break
                }
                version = found
                state = .space
            case .space:
                guard bytes[at] == 0x20 else { throw .malformedStatusLine }
                at &+= 1
                state = .status
            case .status:
                guard bytes[at].isDigit else { throw .malformedStatusLine }
                status = status &* 10 &+ Int(bytes[at] &- 0x30)
                digits &+= 1
                at &+= 1
                if digits == 3 { state = .afterStatus }
            case .afterStatus:
                guard (100...599).contains(status) else { throw .malformedStatusLine }
                switch bytes[at] {
                case 0x20: state = .reason
                case 0x0d: state = .lineFeed
                case 0x0a: throw .bareLineFeed
                default: throw .malformedStatusLine
                }
                at &+= 1
            case .reason:
                at = Scan.valueEnd(bytes, from: at, to: end)
                guard at < end else { break }
                guard bytes[at] == 0x0d else { throw bytes[at] == 0x0a ? .bareLineFeed : .malformedStatusLine }
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
