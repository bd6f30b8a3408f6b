import StrictCoding

/// The public paths that servers have claimed so far.
struct PublicRoutes {
    /// First segments of the gateway's own documents, those of what it signs besides envelopes among them.
    private static let own = [".well-known", ".eie", "assertion", "reissue"]

    private var claimed: [(segments: [ArraySlice<UInt8>], server: ByteString)] = []

    /// The path in `field`, when it is well-formed and neither lies under another server's nor over it.
    mutating func claim(_ field: Field, for server: ByteString, _ report: inout Report) -> ByteString? {
        guard let path = field.text(&report) else { return nil }
        if let fault = Self.fault(in: path) {
            report.error(field.place, "\(field.quotedPath) \(fault)", help: "write a path such as `/mcp/orders`")
            return nil
        }
        let segments = path.bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // Other software may ignore case.
        if let first = segments.first,
            Self.own.contains(where: { first.asciiLowercased().elementsEqual($0.utf8) })
        {
            let own = Quotation.list(Self.own.map { "/\($0)" })
            report.error(field.place, "\(field.quotedPath) lies under a path of the gateway's own: \(own)")
            return nil
        }
        for other in claimed where segments.starts(with: other.segments) || other.segments.starts(with: segments) {
            report.error(
                field.place, "\(field.quotedPath) overlaps the path of server \(Quotation.of(other.server))",
                help: "no server's path may be another's or lie under it")
            return nil
        }
        claimed.append((segments, server))
        return path
    }

    private static func fault(in path: ByteString) -> String? {
        guard path.bytes.first == UInt8(ascii: "/") else { return "does not begin with a slash" }
        guard path.bytes.last != UInt8(ascii: "/") else { return "ends with a slash" }
        guard path.count <= 255 else { return "is longer than 255 bytes" }
        // Unreserved characters only: nothing that a proxy or a client might encode, decode or cut off.
        guard path.bytes.allSatisfy({ PathForm.isUnreserved($0) || $0 == UInt8(ascii: "/") }) else {
            return "has characters other than letters, digits and `-._~/`"
        }
        return PathForm.fault(in: path.bytes)
    }
}
