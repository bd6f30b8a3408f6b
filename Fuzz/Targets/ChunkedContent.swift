import HTTPCodec
import StrictCoding

/// Chunked content, compared with a reader that understands nothing but sizes: what both accept is the same, and it
/// ends at the same octet.
enum ChunkedContent {
    private static let head = Array("POST /c HTTP/1.1\r\nHost: fuzz.example\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)

    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let octets = head + input
        var feed = ByteFeed(choosingBy: input)
        let whole = try HTTPRequests.trail([octets[...]])
        let pieces = feed.pieces(of: octets)
        try promise(try HTTPRequests.trail(pieces) == whole, "other events in pieces of \(pieces.map(\.count))")

        guard let end = whole.steps.firstIndex(of: .end) else { return }
        var content: [UInt8] = []
        if case .content(let bytes) = whole.steps[1] { content = bytes }
        try promise(end <= 2, "a message of \(end) parts")
        guard let plain = plainReading(of: input) else {
            throw BrokenPromise("accepted what is not chunked: \(input.shown)")
        }
        try promise(plain.content == content, "content differs from a plain reading: \(input.shown)")
        let next = Array("GET /next HTTP/1.1\r\nHost: n.example\r\n\r\n".utf8)
        let followed = try HTTPRequests.trail([(head + input.prefix(plain.count) + next)[...]])
        try promise(followed.heads.count == 2, "the message ends elsewhere than by a plain reading: \(input.shown)")
        try checkWriting(content, cut: &feed)
    }

    /// RFC 9112, section 7.1, without extensions, limits or trailers' names: size, line end, octets, line end; then
    /// lines up to an empty one.
    private static func plainReading(of input: [UInt8]) -> (content: [UInt8], count: Int)? {
        var content: [UInt8] = []
        var at = 0
        while true {
            guard let end = lineEnd(input, from: at) else { return nil }
            let digits = input[at..<end].prefix { $0.hexDigitValue != nil }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
            at = end + 2
            if size == 0 { break }
            guard input.count - at >= size + 2 else { return nil }
            content += input[at..<at + size]
            at += size
            guard input[at] == 0x0D, input[at + 1] == 0x0A else { return nil }
            at += 2
        }
        while let end = lineEnd(input, from: at) {
            let isEmpty = end == at
            at = end + 2
            if isEmpty { return (content, at) }
        }
        return nil
    }

    private static func lineEnd(_ input: [UInt8], from start: Int) -> Int? {
        guard start < input.count else { return nil }
        return input[start...].indices.dropLast().first { input[$0] == 0x0D && input[$0 + 1] == 0x0A }
    }

    /// What the serializer writes is what was read.
    private static func checkWriting(_ content: [UInt8], cut: inout ByteFeed) throws(BrokenPromise) {
        var output = head
        for piece in cut.pieces(of: content) {
            ChunkSerializer.appendSizeLine(piece.count, to: &output)
            output += piece + ChunkSerializer.lineEnd
        }
        output += ChunkSerializer.lastChunk
        let trail = try HTTPRequests.trail([output[...]])
        try promise(trail.refusal == nil && trail.steps.last == .end, "what we write is refused")
        try promise(trail.content == content, "what we write is other content")
    }
}
