import HTTPCodec

/// Requests of one connection: they mean the same however the network cuts them, have one framing each, and what is
/// forwarded of them means the same again.
enum HTTPRequests {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        var feed = ByteFeed(choosingBy: input)
        let whole = try trail([input[...]])
        for _ in 0..<2 {
            let pieces = feed.pieces(of: input)
            try promise(try trail(pieces) == whole, "other events in pieces of \(pieces.map(\.count))")
        }
        if input.count <= 256 {
            try promise(try trail(input.indices.map { input[$0..<$0 + 1] }) == whole, "other events octet by octet")
        }
        for head in whole.heads {
            try checkFraming(head)
            try checkRoundTrip(head)
        }
    }

    /// What a parser sees in these pieces, given one after the other.
    static func trail(
        _ pieces: [ArraySlice<UInt8>], limits: CodecLimits = CodecLimits()
    ) throws(BrokenPromise) -> WireTrail<RequestHead> {
        var parser = RequestParser(limits: limits)
        var trail = WireTrail<RequestHead>()
        for piece in pieces where trail.refusal == nil {
            try trail.feed(piece) { (octets, trail) throws(WireError) in
                let (consumed, event) = try parser.next(octets)
                switch event {
                case .head(let head): trail.note(.head(head))
                case .body(let range): trail.note(.content(Array(octets[range])))
                case .end: trail.note(.end)
                case nil: return (consumed, false)
                }
                return (consumed, true)
            }
        }
        return trail
    }

    /// RFC 9112, section 6.3: whoever stands before or behind us must see the same end.
    private static func checkFraming(_ head: RequestHead) throws(BrokenPromise) {
        let lengths = head.fields.all("content-length")
        let codings = head.fields.all("transfer-encoding")
        try promise(lengths.count + codings.count <= 1, "two framings were let through")
        switch head.framing {
        case .none: try promise(lengths.isEmpty && codings.isEmpty, "a framing was overlooked")
        case .length(let length):
            let digits = lengths.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
            try promise(Int(digits) == length && !digits.hasPrefix("+"), "`\(digits)` was read as \(length)")
        case .chunked: try promise(codings.count == 1, "chunked, and nobody said so")
        case .untilClose: throw BrokenPromise("a request that ends with its connection")
        }
        try promise(head.fields.occurrences(of: "host") <= 1, "two hosts were let through")
        if head.version == .http11 { try promise(head.host != nil, "no host in HTTP/1.1") }
        try promise(!head.target.isEmpty && head.target.allSatisfy { (0x21...0x7E).contains($0) }, "an unclean target")
    }

    private static func checkRoundTrip(_ head: RequestHead) throws(BrokenPromise) {
        let first = serialized(head)
        // What we add, spaces and a connection field, may take it over a limit that it was below.
        let limits = CodecLimits(headBytes: 128 * 1024, headerFields: 200)
        let again = try trail([first[...]], limits: limits)
        guard again.refusal == nil, let parsed = again.heads.first, again.heads.count == 1 else {
            throw BrokenPromise("what we write is refused: \(String(describing: again.refusal)): \(first.shown)")
        }
        try promise(parsed.method == head.method && parsed.target == head.target, "another request line")
        try promise(parsed.framing == head.framing, "\(head.framing) became \(parsed.framing)")
        try promise(parsed.host == head.host || head.host == nil, "another host")
        try promise(parsed.keepAlive == head.keepAlive, "the connection's life changed")
        try promise(serialized(parsed) == first, "written again, it is another head: \(first.shown)")
    }

    static func serialized(_ head: RequestHead) -> [UInt8] {
        var output: [UInt8] = []
        RequestSerializer.appendHead(
            method: head.method, target: head.target, host: Array("fuzz.example".utf8), fields: head.fields,
            framing: head.framing, close: !head.keepAlive, to: &output)
        return output
    }
}
