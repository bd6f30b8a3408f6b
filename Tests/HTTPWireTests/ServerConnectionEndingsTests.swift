import HTTPCodec
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPWire

/// Early answers, refusals, deadlines, half-closed clients, drain: everything that ends otherwise than well.
@Suite struct ServerConnectionEndingsTests {
    // MARK: 100 (Continue)

    static let expecting = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    static let goOn = "HTTP/1.1 100 Continue\r\n\r\n"

    @Test func continueIsSentWhenTheHandlerWantsTheContent() throws {
        let handler = RecordingHandler.echoingPaths()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send(Self.expecting)
        #expect(try server.take() == Self.goOn)
        try server.send("body")
        #expect(try server.take() == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/a")
        #expect(server.isOpen)
    }

    @Test func continueWaitsForAPausedHandler() throws {
        let handler = RecordingHandler()
        handler.onHead = { $1.pauseReading() }
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send(Self.expecting)
        #expect(try server.take() == "")
        handler.exchange?.resumeReading()
        #expect(try server.take() == Self.goOn)
    }

    @Test func continueIsNotSentWhenTheContentCameUnasked() throws {
        let handler = RecordingHandler.echoingPaths()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send(Self.expecting + "body")
        #expect(try server.take() == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/a")
    }

    @Test func anAnswerInsteadOfContinueEndsTheConnection() throws {
        let handler = RecordingHandler()
        handler.onHead = { $1.respond(whole: WholeResponse(status: 401)) }
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send(Self.expecting)
        #expect(try server.take() == "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        #expect(!server.isOpen)
    }

    // MARK: Early answers

    struct Early: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let first: String
        let rest: String
        let keeps: Bool
    }

    static let earlies: [Early] = [
        Early(
            testDescription: "content already here",
            first: "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody", rest: "",
            keeps: true),
        Early(
            testDescription: "little content to come",
            first: "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nbody",
            rest: String(repeating: "x", count: 96), keeps: true),
        Early(
            testDescription: "much content to come",
            first: "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nbody", rest: "",
            keeps: false),
        Early(
            testDescription: "chunked content to come",
            first: "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", rest: "",
            keeps: false),
    ]

    @Test(arguments: earlies) func anEarlyAnswerKeepsTheConnectionWhereLittleIsMissing(_ early: Early) throws {
        let handler = RecordingHandler()
        handler.onHead = { $1.respond(whole: WholeResponse(status: 401)) }
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send(early.first)
        try server.send(early.rest)
        let close = early.keeps ? "" : "Connection: close\r\n"
        #expect(try server.take() == "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\(close)\r\n")
        #expect(server.isOpen == early.keeps)
        guard early.keeps else { return }
        try server.send("GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(handler.trail == ["POST /a", "GET /b"])
    }

    // MARK: Refusals

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: String
        let trail: [String]
        let status: String
    }

    static let refusals: [Refusal] = [
        Refusal(
            testDescription: "a bad request line", request: "GET /\r\n\r\n", trail: ["refused malformed_request_line"],
            status: "400 Bad Request"),
        Refusal(
            testDescription: "a huge head",
            request: "GET / HTTP/1.1\r\nHost: h\r\nX: " + String(repeating: "x", count: 40_000) + "\r\n\r\n",
            trail: ["refused head_too_large"], status: "431 Request Header Fields Too Large"),
        Refusal(
            testDescription: "a bad chunk",
            request: "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n",
            trail: ["POST /a", "body abc", "refused malformed_chunk with exchange"], status: "400 Bad Request"),
    ]

    @Test(arguments: refusals) func aRefusalIsAnsweredByTheHandlerAndCloses(_ refusal: Refusal) throws {
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send(refusal.request)
        #expect(handler.trail == refusal.trail)
        #expect(
            try server.take() == "HTTP/1.1 \(refusal.status)\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        #expect(!server.isOpen)
        #expect(server.registry.counters.refused.values.reduce(0, +) == 1)
        #expect(handler.exchange?.isOpen != true)
    }

    @Test func aRefusalAfterTheResponseBeganBreaksItOff() throws {
        let handler = RecordingHandler()
        handler.onHead = { _, exchange in
            exchange.respond(OutboundResponse(status: 200, content: .stream))
            exchange.flush()
        }
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        try server.send("zz\r\n")
        #expect(try server.take() == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        #expect(handler.trail == ["POST /a", "refused malformed_chunk with exchange"])
        #expect(!server.isOpen)
    }

    // MARK: Time

    struct Wait: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sent: String
        let seconds: Int64
        let trail: [String]
        let answer: String
    }

    static let timeout = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"

    static let waits: [Wait] = [
        Wait(testDescription: "a client that never speaks", sent: "", seconds: 10, trail: [], answer: ""),
        Wait(
            testDescription: "a slow head", sent: "GET / HTTP/1.1\r\nHo", seconds: 10, trail: ["refused timed_out"],
            answer: timeout),
        Wait(
            testDescription: "slow content", sent: "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab",
            seconds: 30,
            trail: ["POST /a", "body ab", "refused timed_out with exchange"], answer: timeout),
    ]

    @Test(arguments: waits) func whoeverIsTooSlowIsLetGo(_ wait: Wait) throws {
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send(wait.sent)
        server.loop.advanceTime(by: .seconds(wait.seconds - 1))
        #expect(server.isOpen)
        server.loop.advanceTime(by: .seconds(1))
        #expect(!server.isOpen)
        #expect(handler.trail == wait.trail)
        #expect(try server.take() == wait.answer)
    }

    @Test(arguments: ["head", "content"]) func oneByteAtATimeDoesNotKeepAConnection(_ part: String) throws {
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send(part == "head" ? "G" : "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4000\r\n\r\n")
        for _ in 0..<40 where server.isOpen {
            server.loop.advanceTime(by: .seconds(1))
            try server.send("x")
        }
        #expect(!server.isOpen)
        #expect(try server.take() == Self.timeout)
    }

    @Test func contentThatKeepsComingMayTakeLong() throws {
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n")
        for _ in 0..<10 {
            server.loop.advanceTime(by: .seconds(25))
            try server.send(String(repeating: "x", count: 4_096))
        }
        #expect(server.isOpen)
    }

    @Test func anIdleConnectionIsClosedAndABusyOneIsNot() throws {
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        server.loop.advanceTime(by: .hours(1))
        #expect(server.isOpen)
        handler.exchange?.respond(whole: WholeResponse(status: 200))
        server.loop.advanceTime(by: .seconds(74))
        #expect(server.isOpen)
        server.loop.advanceTime(by: .seconds(1))
        #expect(!server.isOpen)
        #expect(handler.trail == ["GET /", "end"])
    }

    @Test func aClientThatStopsReadingIsLetGo() throws {
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        handler.exchange?.respond(OutboundResponse(status: 200, content: .stream))
        server.setWritable(false)
        server.loop.advanceTime(by: .seconds(29))
        server.setWritable(true)
        server.loop.advanceTime(by: .seconds(60))
        #expect(server.isOpen)
        server.setWritable(false)
        server.loop.advanceTime(by: .seconds(30))
        #expect(!server.isOpen)
        #expect(handler.trail == ["GET /", "end", "full", "writable", "full", "closed"])
    }

    // MARK: Clients that leave

    struct Leaving: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sent: String
        var begins = false
        let trail: [String]
        let answer: String
        let staysOpen: Bool
    }

    static let leavings: [Leaving] = [
        Leaving(testDescription: "between requests", sent: "", trail: [], answer: "", staysOpen: false),
        Leaving(
            testDescription: "within a head", sent: "GET / HT", trail: ["refused truncated"],
            answer: "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", staysOpen: false),
        Leaving(
            testDescription: "within content", sent: "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab",
            trail: ["POST /a", "body ab", "refused truncated with exchange"],
            answer: "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno", staysOpen: false),
        Leaving(
            testDescription: "after a whole request", sent: "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            trail: ["GET /", "end"], answer: "",
            staysOpen: true),
        Leaving(
            testDescription: "during a stream", sent: "GET / HTTP/1.1\r\nHost: h\r\n\r\n", begins: true,
            trail: ["GET /", "end", "closed"], answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            staysOpen: false),
    ]

    @Test(arguments: leavings) func aHalfClosedClientIsServedWhereItMayBeWaiting(_ leaving: Leaving) throws {
        let handler = RecordingHandler()
        handler.onEnd = { exchange in
            guard leaving.begins else { return }
            exchange.respond(OutboundResponse(status: 200, content: .stream))
            exchange.flush()
        }
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send(leaving.sent)
        server.closeInput()
        #expect(handler.trail == leaving.trail)
        #expect(try server.take() == leaving.answer)
        #expect(server.isOpen == leaving.staysOpen)
        guard leaving.staysOpen else { return }
        handler.exchange?.respond(whole: WholeResponse(status: 200))
        #expect(try server.take() == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        #expect(!server.isOpen)
    }

    @Test func aClientThatClosesIsReportedOnceAndLateWordsAreLost() throws {
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler)
        try server.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        let exchange = try #require(handler.exchange)
        #expect(server.registry.counters.active == 1)
        server.finish()
        #expect(handler.trail == ["GET /", "end", "closed"])
        #expect(!exchange.isOpen && !exchange.isWritable)
        exchange.respond(whole: WholeResponse(status: 200))
        exchange.abort()
        #expect(handler.trail == ["GET /", "end", "closed"])
        #expect(server.registry.counters.active == 0)
    }

    // MARK: Drain

    /// A request that was on its way when the listener stopped is answered, not reset.
    @Test func drainHearsTheLastRequestOfAnIdleConnection() throws {
        let handler = RecordingHandler()
        let idle = try EmbeddedServer(handler)
        defer { idle.finish() }
        idle.registry.drain {}
        try idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        idle.loop.advanceTime(by: .seconds(2))
        handler.exchange?.respond(whole: WholeResponse(status: 200))
        #expect(try idle.take() == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        #expect(!idle.isOpen)
    }

    @Test func drainWaitsAMomentForAnotherRequestAndLongerForTheFirst() throws {
        let handler = RecordingHandler()
        let idle = try EmbeddedServer(handler)
        defer { idle.finish() }
        try idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        handler.exchange?.respond(whole: WholeResponse(status: 200))
        var idleIsDone = false
        idle.registry.drain { idleIsDone = true }
        #expect(!idleIsDone && idle.isOpen)
        idle.loop.advanceTime(by: .milliseconds(100))
        #expect(idleIsDone && !idle.isOpen)

        let fresh = try EmbeddedServer(RecordingHandler())
        defer { fresh.finish() }
        fresh.registry.drain {}
        fresh.loop.advanceTime(by: .milliseconds(1_900))
        #expect(fresh.isOpen)
        fresh.loop.advanceTime(by: .milliseconds(100))
        #expect(!fresh.isOpen)
    }

    @Test func drainLetsASlowReaderHaveTheRestOfItsLastResponse() throws {
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        handler.exchange?.respond(whole: WholeResponse(status: 200))
        server.setWritable(false)
        server.registry.drain {}
        server.loop.advanceTime(by: .seconds(1))
        #expect(try server.take().hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(!server.isOpen && server.registry.counters.writeTimeouts == 0)
    }

    /// Its head said that the connection would be kept.
    @Test func drainDoesNotWaitForAConnectionWhoseResponseHadBegun() throws {
        let handler = RecordingHandler()
        let server = try EmbeddedServer(handler)
        defer { server.finish() }
        try server.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        handler.exchange?.respond(OutboundResponse(status: 200, content: .stream))
        server.registry.drain {}
        handler.exchange?.end()
        server.loop.advanceTime(by: .milliseconds(100))
        #expect(!server.isOpen)
    }

    @Test func drainClosesBusyConnectionsAfterTheirResponse() throws {
        let handler = RecordingHandler()
        let busy = try EmbeddedServer(handler)
        defer { busy.finish() }
        try busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        var busyIsDone = false
        busy.registry.drain { busyIsDone = true }
        #expect(busy.isOpen && !busyIsDone)
        handler.exchange?.respond(whole: WholeResponse(status: 200))
        #expect(try busy.take() == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        #expect(!busy.isOpen && busyIsDone)
    }
}
