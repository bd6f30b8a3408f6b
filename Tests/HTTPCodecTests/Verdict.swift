import HTTPCodec

/// What the gateway makes of one connection's octets: complete requests, then why it stopped.
struct Verdict: CustomStringConvertible {
    var forwarded: [[UInt8]] = []
    var refusal: WireError?

    /// Parses, normalises the target, and writes each complete request as an upstream would get it.
    init(_ octets: [UInt8]) {
        let trail = requestTrail(octets)
        refusal = trail.refusal
        var head: (RequestHead, Target)?
        var content: [UInt8] = []
        for seen in trail.seen {
            switch seen {
            case .head(let next):
                content = []
                do {
                    head = (next, try Target(of: next))
                } catch {
                    refusal = error
                    return
                }
            case .content(let octets):
                content = octets
            case .end:
                if let (head, target) = head { forwarded.append(Self.rewritten(head, target, content)) }
            }
        }
    }

    var description: String {
        let requests = forwarded.isEmpty ? [] : ["forwarded \(forwarded.count)"]
        let end = refusal.map { ["refused \($0.status) \($0.code)"] } ?? []
        let whole = requests + end
        return whole.isEmpty ? "waits" : whole.joined(separator: ", ")
    }

    private static func rewritten(_ head: RequestHead, _ target: Target, _ content: [UInt8]) -> [UInt8] {
        var fields = FieldBlock()
        fields.append("Host", "upstream.test")
        for index in 0..<head.fields.count
        where head.fields.requestFate(at: index) == .forward && !head.fields.nominates(at: index) {
            fields.append(from: head.fields, at: index)
        }
        let query = target.query.map { [UInt8(ascii: "?")] + $0 } ?? []
        var output: [UInt8] = []
        let framing: BodyFraming = content.isEmpty ? head.framing : .chunked
        RequestSerializer.appendHead(
            method: head.method, target: target.path.bytes + query, fields: fields, framing: framing, to: &output)
        if framing == .chunked {
            if !content.isEmpty {
                ChunkSerializer.appendSizeLine(content.count, to: &output)
                output += content + ChunkSerializer.lineEnd
            }
            output += ChunkSerializer.lastChunk
        }
        return output
    }
}
