import HTTPCodec
import Testing

@Suite struct FieldBlockTests {
    private static let parsed = requestTrail(
        bytes("GET / HTTP/1.1\r\nHost: h.test\r\nX-A:  1 \t\r\naccept:\r\nx-a:\t2;\tb\r\n\r\n")
    ).heads[0].fields

    @Test func namesAreFoundWithoutRegardToCase() {
        let block = Self.parsed
        #expect(block.count == 4 && !block.isEmpty)
        #expect(text(block.name(at: 1)) == "X-A")
        #expect(text(block.value(at: 1)) == "1")
        #expect(block.all("x-a").map { text($0) } == ["1", "2;\tb"])
        #expect(block.first("x-a").map { text($0) } == "1")
        #expect(block.only("x-a") == nil)
        #expect(block.only("host").map { text($0) } == "h.test")
        #expect(block.first("accept")?.isEmpty == true)
        #expect(block.first("x-b") == nil && block.only("x-b") == nil && !block.contains("x-b"))
        #expect(block.occurrences(of: "x-a") == 2)
        #expect(block.firstIndex(of: "accept") == 2)
        #expect(block.isNamed("host", at: 0) && !block.isNamed("host", at: 1))
    }

    @Test func aBlockIsBuiltCheckedAndSent() throws {
        var block = FieldBlock(reservingBytes: 100, fields: 4)
        block.append("Host", "h.test")
        try block.append("X-Value", bytes("\t caf\u{e9} "))
        try block.append(name: bytes("X-Name"), value: bytes("a\tb"))
        block.append("X-Number", number: 0)
        block.append("X-Number", number: 1_234_567_890)
        block.append(from: Self.parsed, at: 3)
        var lines: [UInt8] = []
        block.appendLines(to: &lines)
        #expect(
            text(lines)
                == "Host: h.test\r\nX-Value: caf\u{e9}\r\nX-Name: a\tb\r\nX-Number: 0\r\nX-Number: 1234567890\r\nx-a: 2;\tb\r\n"
        )
    }

    @Test(arguments: ["a\rb", "a\nb", "a\r\nX: y", "\u{0}", "a\u{7f}", "a\u{1b}[0m", "0123456789abcde\n"])
    func aValueThatCouldEndItsLineDoesNotEnter(_ value: String) {
        var block = FieldBlock()
        #expect(throws: WireError.malformedFieldValue) { try block.append("X", bytes(value)) }
        #expect(throws: WireError.malformedFieldValue) { try block.append(name: bytes("X"), value: bytes(value)) }
        #expect(block == FieldBlock())
    }

    @Test(arguments: ["", " ", "a b", "a:", "a\r\n", "\u{e9}", "a\u{0}", "(a)"])
    func aNameThatIsNoTokenDoesNotEnter(_ name: String) {
        var block = FieldBlock()
        #expect(throws: WireError.malformedFieldName) { try block.append(name: bytes(name), value: bytes("x")) }
        #expect(block.isEmpty)
    }

    @Test func appendingToAParsedBlockKeepsItsFields() {
        var block = Self.parsed
        block.append("X-New", "y")
        #expect(block.count == 5)
        #expect((0..<4).allSatisfy { block.value(at: $0) == Self.parsed.value(at: $0) })
        var (lines, again) = ([UInt8](), [UInt8]())
        block.appendLines(to: &lines)
        Self.parsed.appendLines(to: &again)
        #expect(lines == again + bytes("X-New: y\r\n"))
    }

    @Test func aWholeBlockIsAppendedAsItsFieldsWouldBe() throws {
        var built = FieldBlock()
        built.append("X-A", "1")
        built.append("X-B", "")
        for start in [FieldBlock(), built, Self.parsed] {
            for other in [FieldBlock(), built, Self.parsed] {
                var whole = start
                whole.append(contentsOf: other)
                var oneByOne = start
                for index in 0..<other.count { oneByOne.append(from: other, at: index) }
                #expect(whole == oneByOne)
                var (lines, expected): ([UInt8], [UInt8]) = ([], [])
                whole.appendLines(to: &lines)
                oneByOne.appendLines(to: &expected)
                #expect(lines == expected)
            }
        }
    }

    @Test func blocksAreEqualByTheirFieldsNotByTheirStorage() {
        var built = FieldBlock()
        for index in 0..<Self.parsed.count { built.append(from: Self.parsed, at: index) }
        #expect(built == Self.parsed)
        built.append("X", "y")
        #expect(built != Self.parsed)
    }
}

@Suite struct SerializerTests {
    @Test func headsAreWrittenAsTheyAreRead() {
        var fields = FieldBlock()
        fields.append("Host", "h.test")
        var output: [UInt8] = []
        RequestSerializer.appendHead(
            method: .post, target: bytes("/mcp?x"), fields: fields, framing: .length(12), close: true, to: &output)
        #expect(
            text(output) == "POST /mcp?x HTTP/1.1\r\nHost: h.test\r\nContent-Length: 12\r\nConnection: close\r\n\r\n")
        output = []
        RequestSerializer.appendHead(
            method: .other(bytes("QUERY")), target: bytes("*"), fields: fields, framing: .chunked, to: &output)
        #expect(text(output) == "QUERY * HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        output = []
        ResponseSerializer.appendHead(status: 421, fields: FieldBlock(), framing: .none, to: &output)
        #expect(text(output) == "HTTP/1.1 421 Misdirected Request\r\n\r\n")
        output = []
        ResponseSerializer.appendHead(
            status: 299, fields: FieldBlock(), framing: .length(0), connection: .keepAlive, to: &output)
        #expect(text(output) == "HTTP/1.1 299 \r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")
    }

    @Test(arguments: [(1, "1\r\n"), (10, "a\r\n"), (255, "ff\r\n"), (.max, "7fffffffffffffff\r\n")])
    func chunkSizesAreHexadecimal(_ size: Int, _ line: String) {
        var output: [UInt8] = []
        ChunkSerializer.appendSizeLine(size, to: &output)
        #expect(text(output) == line)
    }

    @Test(arguments: HTTPCase.all.filter { requestTrail($0.octets).ends > 0 })
    func aWrittenRequestReadsAsTheSameRequest(_ item: HTTPCase) throws {
        let trail = requestTrail(item.octets)
        let head = try #require(trail.heads.first)
        let once = Self.written(head, trail)
        let again = requestTrail(once)
        let headAgain = try #require(again.heads.first)
        #expect(headAgain.method == head.method && headAgain.target == head.target)
        #expect(headAgain.framing == head.framing)
        #expect(again.refusal == nil && again.ends == 1)
        #expect(Self.written(headAgain, again) == once)
    }

    @Test(arguments: ResponseCase.all.filter { responseTrail(bytes($0.raw), answering: $0.method).refusal == nil })
    func aWrittenResponseReadsAsTheSameResponse(_ item: ResponseCase) throws {
        let head = try #require(responseTrail(bytes(item.raw), answering: item.method).heads.last)
        let once = Self.written(head)
        let again = try #require(responseTrail(once, answering: item.method).heads.last)
        #expect(again.status == head.status)
        // The length of what is not sent is not ours to repeat: a response to HEAD or a 304 loses it here.
        #expect(again.framing == head.framing)
        #expect(Self.written(again) == once)
    }

    private static func plain(_ fields: FieldBlock) -> FieldBlock {
        var block = FieldBlock()
        for index in 0..<fields.count
        where !["content-length", "transfer-encoding", "connection"].contains(text(fields.name(at: index)).lowercased())
        {
            block.append(from: fields, at: index)
        }
        return block
    }

    private static func written(_ head: RequestHead, _ trail: Trail<RequestHead>) -> [UInt8] {
        var output: [UInt8] = []
        RequestSerializer.appendHead(
            method: head.method, target: head.target, fields: plain(head.fields), framing: head.framing,
            close: !head.keepAlive, to: &output)
        guard head.framing == .chunked else { return output + trail.content }
        if !trail.content.isEmpty {
            ChunkSerializer.appendSizeLine(trail.content.count, to: &output)
            output += trail.content + ChunkSerializer.lineEnd
        }
        return output + ChunkSerializer.lastChunk
    }

    private static func written(_ head: ResponseHead) -> [UInt8] {
        var output: [UInt8] = []
        ResponseSerializer.appendHead(
            status: head.status, fields: plain(head.fields), framing: head.framing,
            connection: head.keepAlive ? [] : .close, to: &output)
        return output
    }
}
