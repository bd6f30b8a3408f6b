import HTTPCodec

/// Responses of an upstream, which may be hostile, too: they mean the same however they are cut, and what is passed on
/// of them ends where they ended.
enum HTTPResponses {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        for method in [Method.get, .head] {
            var feed = ByteFeed(choosingBy: input)
            let whole = try trail([input[...]], answering: method)
            for _ in 0..<2 {
                let pieces = feed.pieces(of: input)
                try promise(
                    try trail(pieces, answering: method) == whole, "other events in pieces of \(pieces.map(\.count))")
            }
            if input.count <= 256 {
                let octets = input.indices.map { input[$0..<$0 + 1] }
                try promise(try trail(octets, answering: method) == whole, "other events octet by octet")
            }
            for head in whole.heads { try check(head, answering: method) }
        }
    }

    /// What a parser sees that expects an answer after each answer, and then the end of the connection.
    static func trail(
        _ pieces: [ArraySlice<UInt8>], answering method: Method, limits: CodecLimits = CodecLimits()
    ) throws(BrokenPromise) -> WireTrail<ResponseHead> {
        var parser = ResponseParser(limits: limits, answering: method)
        var trail = WireTrail<ResponseHead>()
        for piece in pieces where trail.refusal == nil {
            try trail.feed(piece) { (octets, trail) throws(WireError) in
                let (consumed, event) = try parser.next(octets)
                switch event {
                case .head(let head): trail.note(.head(head))
                case .body(let range): trail.note(.content(Array(octets[range])))
                case .end:
                    trail.note(.end)
                    parser.expect(answering: method)
                case nil: return (consumed, false)
                }
                return (consumed, true)
            }
        }
        guard trail.refusal == nil else { return trail }
        do throws(WireError) {
            if try parser.finish() != nil { trail.note(.end) }
        } catch {
            trail.refusal = error
        }
        return trail
    }

    private static func check(_ head: ResponseHead, answering method: Method) throws(BrokenPromise) {
        let lengths = head.fields.occurrences(of: "content-length")
        let codings = head.fields.occurrences(of: "transfer-encoding")
        try promise(lengths + codings <= 1, "two framings were let through")
        try promise((100...599).contains(head.status) && head.status != 101, "status \(head.status)")
        if head.framing == .untilClose {
            try promise(!head.keepAlive && lengths + codings == 0, "content without an end on a living connection")
        }
        try checkRoundTrip(head, answering: method)
    }

    private static func checkRoundTrip(_ head: ResponseHead, answering method: Method) throws(BrokenPromise) {
        let first = serialized(head)
        let limits = CodecLimits(headBytes: 128 * 1024, headerFields: 200)
        let again = try trail([first[...]], answering: method, limits: limits)
        guard let parsed = again.heads.first, again.heads.count == 1 else {
            throw BrokenPromise("what we write is refused: \(String(describing: again.refusal)): \(first.shown)")
        }
        try promise(parsed.status == head.status && parsed.framing == head.framing, "it ends elsewhere")
        try promise(parsed.keepAlive == head.keepAlive, "the connection's life changed")
        try promise(serialized(parsed) == first, "written again, it is another head: \(first.shown)")
    }

    private static func serialized(_ head: ResponseHead) -> [UInt8] {
        var output: [UInt8] = []
        ResponseSerializer.appendHead(
            status: head.status, fields: head.fields, framing: head.framing,
            connection: head.keepAlive ? [] : .close, to: &output)
        return output
    }
}
