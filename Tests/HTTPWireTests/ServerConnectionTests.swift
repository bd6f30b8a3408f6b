import HTTPCodec
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPWire

@Suite struct ServerConnectionTests {
    struct Answer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: String
        let response: OutboundResponse
        let pieces: [String]
        let wire: String
        let staysOpen: Bool
    }

    static let answers: [Answer] = [
        Answer(
            testDescription: "a length is declared and the connection kept",
            request: "GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
            response: OutboundResponse(status: 200, content: .length(2)), pieces: ["o", "k"],
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", staysOpen: true),
        Answer(
            testDescription: "a stream is chunked", request: "GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
            response: OutboundResponse(status: 200, content: .stream), pieces: ["hello", "", " world!"],
            wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n world!\r\n0\r\n\r\n",
            staysOpen: true),
        Answer(
            testDescription: "a stream to HTTP/1.0 ends with its connection", request: "GET /a HTTP/1.0\r\n\r\n",
            response: OutboundResponse(status: 200, content: .stream), pieces: ["hello"],
            wire: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", staysOpen: false),
        Answer(
            testDescription: "HTTP/1.0 may ask to keep the connection",
            request: "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            response: OutboundResponse(status: 200, content: .length(2)), pieces: ["ok"],
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", staysOpen: true),
        Answer(
            testDescription: "close is granted", request: "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            response: OutboundResponse(status: 200, content: .length(2)), pieces: ["ok"],
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", staysOpen: false),
        Answer(
            testDescription: "HEAD gets the head alone", request: "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n",
            response: OutboundResponse(status: 200, content: .length(2)), pieces: ["ok"],
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", staysOpen: true),
        Answer(
            testDescription: "204 has neither length nor content", request: "GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
            response: OutboundResponse(status: 204, content: .stream), pieces: ["ok"],
            wire: "HTTP/1.1 204 No Content\r\n\r\n", staysOpen: true),
        Answer(
            testDescription: "no content is said", request: "DELETE /a HTTP/1.1\r\nHost: h\r\n\r\n",
            response: OutboundResponse(status: 200, content: .none), pieces: [],
            wire: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", staysOpen: true),
        Answer(
            testDescription: "framing and connection fields of others are left out",
            request: "GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
            response: OutboundResponse(
                status: 200,
                fields: fields(
                    "Transfer-Encoding: gzip", "X-A: 1", "content-length: 99", "Connection: X-A", "Keep-Alive: 5",
                    "Upgrade: h2c"),
                content: .length(2)), pieces: ["ok"],
            wire: "HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok", staysOpen: true),
        Answer(
            testDescription: "more than declared breaks the connection off",
            request: "GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
            response: OutboundResponse(status: 200, content: .length(2)), pieces: ["okay"], wire: "", staysOpen: false),
        Answer(
            testDescription: "less than declared breaks the connection off",
            request: "GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
            response: OutboundResponse(status: 200, content: .length(5)), pieces: ["ok"], wire: "", staysOpen: false),
    ]

    @Test(arguments: answers) func answersAreFramed(_ answer: Answer) throws {
        let handler = RecordingHandler()
        handler.onEnd = { exchange in
            exchange.respond(answer.response)
            for piece in answer.pieces { exchange.write(ByteBuffer(string: piece)) }
            exchange.end()
        }
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send(answer.request)
        let pieces = try server.takePieces()
        #expect(pieces.joined() == answer.wire)
        // Head and content leave together.
        #expect(pieces.count <= 1)
        #expect(server.isOpen == answer.staysOpen)
    }

    @Test func theDateIsAddedUnlessThereIsOne() throws {
        let handler = RecordingHandler()
        var response = OutboundResponse(status: 200, content: .none)
        handler.onEnd = { exchange in
            exchange.respond(response)
            exchange.end()
        }
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        let first = try server.channel.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) }
        #expect(first == "HTTP/1.1 200 OK\r\n\(EmbeddedServer.date)Content-Length: 0\r\n\r\n")
        response.fields = fields("date: Mon, 07 Nov 1994 08:49:37 GMT")
        try server.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(
            try server.take() == "HTTP/1.1 200 OK\r\ndate: Mon, 07 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n")
    }

    static let conversation = """
        POST /one HTTP/1.1\r
        Host: h\r
        Content-Length: 5\r
        \r
        helloGET /two HTTP/1.1\r
        Host: h\r
        \r
        POST /three HTTP/1.1\r
        Host: h\r
        Transfer-Encoding: chunked\r
        \r
        3\r
        abc\r
        2;x=y\r
        de\r
        0\r
        \r

        """

    @Test(arguments: [true, false]) func pipelinedRequestsAreAnsweredInOrderHoweverTheyAreCut(byteByByte: Bool) throws {
        let handler = RecordingHandler.echoingPaths()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        if byteByByte { try server.sendEach(Self.conversation) } else { try server.send(Self.conversation) }
        #expect(
            handler.trail == [
                "POST /one", "body hello", "end", "GET /two", "end", "POST /three", "body abcde", "end",
            ])
        let expected = ["/one", "/two", "/three"].map {
            "HTTP/1.1 200 OK\r\nContent-Length: \($0.utf8.count)\r\n\r\n\($0)"
        }
        #expect(try server.take() == expected.joined())
        #expect(server.registry.counters.requests == 3)
        #expect(server.isOpen)
    }

    @Test func aSecondRequestWaitsForTheFirstAnswerAndReadingStopsAtABound() throws {
        var limits = WireLimits()
        limits.pipelinedBytes = 100
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler, limits: limits)
        defer { server.finish() }
        try server.send("GET /one HTTP/1.1\r\nHost: h\r\n\r\nGET /two HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(handler.trail == ["GET /one", "end"])
        let before = server.reads.count
        server.channel.read()
        #expect(server.reads.count == before + 1)
        try server.send(String(repeating: "x", count: 90))
        let full = server.reads.count
        server.channel.read()
        #expect(server.reads.count == full)
        handler.exchange?.respond(whole: WholeResponse(status: 200))
        // Room again: the held read goes out.
        #expect(server.reads.count == full + 1)
        #expect(handler.trail == ["GET /one", "end", "GET /two", "end"])
    }

    @Test func nothingLeavesBeforeAFlush() throws {
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        let exchange = try #require(handler.exchange)
        exchange.respond(OutboundResponse(status: 200, content: .stream))
        exchange.write(ByteBuffer(string: "data: 1\n\n"))
        #expect(try server.take() == "")
        exchange.flush()
        #expect(try server.take() == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
        exchange.write(ByteBuffer(repeating: 0x61, count: 20_000))
        exchange.write(ByteBuffer(string: "b"))
        exchange.flush()
        // Large pieces travel by reference, the framing around them together.
        #expect(try server.takePieces().map(\.utf8.count) == [6, 20_000, 8])
        exchange.end()
        #expect(try server.take() == "0\r\n\r\n")
        exchange.write(ByteBuffer(string: "late"))
        exchange.end()
        #expect(try server.take() == "")
    }

    @Test func aPausedHandlerGetsNothingMore() throws {
        let handler = RecordingHandler()
        handler.onHead = { $1.pauseReading() }
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab")
        let held = server.reads.count
        server.channel.read()
        #expect(server.reads.count == held)
        #expect(handler.trail == ["POST /"])
        handler.exchange?.resumeReading()
        #expect(server.reads.count == held + 1)
        try server.send("cd")
        #expect(handler.trail == ["POST /", "body abcd", "end"])
    }
}

func fields(_ lines: String...) -> FieldBlock {
    var block = FieldBlock()
    for line in lines {
        let bytes = Array(line.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { preconditionFailure("a line has a colon") }
        do { try block.append(name: bytes[..<colon], value: bytes[(colon + 1)...]) } catch {
            preconditionFailure("\(error)")
        }
    }
    return block
}
