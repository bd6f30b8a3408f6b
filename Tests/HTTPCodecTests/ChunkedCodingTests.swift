import HTTPCodec
import Testing

@Suite struct ChunkedCodingTests {
    private static let head = "POST / HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: [
        ("0\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("a\r\n0123456789\r\n00\r\n\r\n", "0123456789"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("0000000000000001\r\nx\r\n0\r\n\r\n", "x"),
        ("1;a\r\nx\r\n0;b=c\r\n\r\n", "x"),
        ("1;a=b;c=\"d;\\\"\r\"\r\nx\r\n0\r\n\r\n", nil),
        ("1;a=\"q\\\"\\\\ \t;\u{e9}\"\r\nx\r\n0\r\n\r\n", "x"),
        ("1 ; a = b ; c\r\nx\r\n0\r\n\r\n", "x"),
        ("1\t;a\r\nx\r\n0\r\n\r\n", "x"),
        ("1;a=\"\"\r\nx\r\n0\r\n\r\n", "x"),
        ("1 \r\nx\r\n0\r\n\r\n", nil),
        ("1;a \r\nx\r\n0\r\n\r\n", nil),
        ("1;a=b \r\nx\r\n0\r\n\r\n", nil),
        ("1;a=\r\nx\r\n0\r\n\r\n", nil),
        ("1;=b\r\nx\r\n0\r\n\r\n", nil),
        ("1;a=b=c\r\nx\r\n0\r\n\r\n", nil),
        ("1;a=\"b\"c\r\nx\r\n0\r\n\r\n", nil),
        ("1;a b\r\nx\r\n0\r\n\r\n", nil),
        ("1;a,b\r\nx\r\n0\r\n\r\n", nil),
        (" 1\r\nx\r\n0\r\n\r\n", nil),
        ("\r\n", nil),
        (";a\r\n", nil),
        ("0x1\r\nx\r\n0\r\n\r\n", nil),
        ("-1\r\nx\r\n0\r\n\r\n", nil),
        ("1\nx\r\n0\r\n\r\n", nil),
        ("1\r\nx\n0\r\n\r\n", nil),
        ("1\r\nxx\r\n0\r\n\r\n", nil),
        ("1\r\r\nx\r\n0\r\n\r\n", nil),
        ("8000000000000000\r\n", nil),
        ("00000000000000001\r\nx", nil),
        ("ffffffffffffffff\r\n", nil),
    ])
    func chunksAreJoinedOrRefused(_ coded: String, _ content: String?) {
        let trail = requestTrail(bytes(Self.head + coded))
        if let content {
            #expect(trail.refusal == nil)
            #expect(trail.seen.dropFirst() == (content.isEmpty ? [.end] : [.content(bytes(content)), .end]))
        } else {
            #expect(trail.refusal == .malformedChunk)
            #expect(trail.ends == 0)
        }
    }

    @Test func theLargestSizeIsAnIntAndNothingOverflows() {
        let trail = requestTrail(bytes(Self.head + "7fffffffffffffff\r\nabc"))
        #expect(trail.refusal == nil)
        #expect(trail.seen.last == .content(bytes("abc")))
    }

    @Test(arguments: [
        ("Vary: *\r\n\r\n", WireError?.none),
        ("Authorization: Bearer evil\r\nContent-Length: 9\r\nHost: x\r\n\r\n", nil),
        (" folded: x\r\n\r\n", .obsoleteFolding),
        ("X : y\r\n\r\n", .malformedFieldName),
        ("X: \u{1}\r\n\r\n", .malformedFieldValue),
        ("X: y\n\r\n", .bareLineFeed),
        ("X: y\r\r\n", .bareCarriageReturn),
        ("\rX", .bareCarriageReturn),
    ])
    func trailersAreValidatedAndDropped(_ trailers: String, _ fault: WireError?) throws {
        let trail = requestTrail(bytes(Self.head + "0\r\n" + trailers))
        #expect(trail.refusal == fault)
        #expect(trail.ends == (fault == nil ? 1 : 0))
        #expect(try #require(trail.heads.first).fields.count == 2)
    }

    @Test func sizeLinesExtensionsAndTrailersAreMeasured() {
        func refusal(_ coded: String, _ limits: CodecLimits) -> WireError? {
            let whole = bytes(Self.head + coded)
            let found = requestTrail(whole, limits: limits).refusal
            #expect(requestTrail(whole, cuts: Array(0..<whole.count), limits: limits).refusal == found)
            return found
        }
        // "1;ab" CR LF is 6 octets.
        #expect(refusal("1;ab\r\nx\r\n0\r\n\r\n", CodecLimits(chunkLineBytes: 6)) == nil)
        #expect(refusal("1;ab\r\nx\r\n0\r\n\r\n", CodecLimits(chunkLineBytes: 5)) == .malformedChunk)
        let twice = "1;ab\r\nx\r\n1;ab\r\nx\r\n0\r\n\r\n"
        #expect(refusal(twice, CodecLimits(chunkExtensionBytes: 6)) == nil)
        #expect(refusal(twice, CodecLimits(chunkExtensionBytes: 5)) == .chunkExtensionsTooLarge)
        // "A: b" CR LF CR LF is 8 octets.
        #expect(refusal("0\r\nA: b\r\n\r\n", CodecLimits(trailerBytes: 8)) == nil)
        #expect(refusal("0\r\nA: b\r\n\r\n", CodecLimits(trailerBytes: 7)) == .trailersTooLarge)
        #expect(refusal("0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n", CodecLimits(headerFields: 2)) == .tooManyFields)
    }

    @Test func manySmallChunksWithoutExtensionsAreNoOffence() {
        let coded = [UInt8](repeatElement(bytes("1\r\nx\r\n"), count: 20_000).joined())
        let trail = requestTrail(bytes(Self.head) + coded + ChunkSerializer.lastChunk)
        #expect(trail.seen.last == .end)
        #expect(trail.seen.dropFirst().first == .content([UInt8](repeating: 0x78, count: 20_000)))
    }
}
