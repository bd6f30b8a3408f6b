import HTTPCodec
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPWire

@Suite struct UpstreamPoolTests {
    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    // MARK: Requests

    struct Sent: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: UpstreamBody
        var written: [String] = []
        let wire: String
    }

    static let requests: [Sent] = [
        Sent(testDescription: "no body", body: .none, wire: "POST /x HTTP/1.1\r\nHost: up.test:8080\r\n\r\n"),
        Sent(
            testDescription: "a body at hand", body: .buffered(ByteBuffer(string: "hello")),
            wire: "POST /x HTTP/1.1\r\nHost: up.test:8080\r\nContent-Length: 5\r\n\r\nhello"),
        Sent(
            testDescription: "a streamed body of known length", body: .streaming(length: 5), written: ["he", "llo"],
            wire: "POST /x HTTP/1.1\r\nHost: up.test:8080\r\nContent-Length: 5\r\n\r\nhello"),
        Sent(
            testDescription: "a streamed body", body: .streaming(length: nil), written: ["he", "", "llo"],
            wire:
                "POST /x HTTP/1.1\r\nHost: up.test:8080\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
        ),
    ]

    @Test(arguments: requests) func requestsAreFramed(_ sent: Sent) throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let call = upstreams.start(RecordingDelegate(), "/x", method: .post, body: sent.body)
        for piece in sent.written { call.write(ByteBuffer(string: piece)) }
        call.end()
        #expect(try upstreams[0].take() == sent.wire)
    }

    @Test func contentWrittenBeforeTheConnectionWaitsForIt() throws {
        let upstreams = EmbeddedUpstreams(accepting: false)
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        let call = upstreams.start(delegate, "/x", method: .post, body: .streaming(length: nil))
        #expect(!call.isWritable)
        call.write(ByteBuffer(string: "early"))
        try upstreams[0].accept()
        upstreams.loop.run()
        #expect(delegate.trail == ["writable"])
        call.end()
        #expect(try upstreams[0].take().hasSuffix("5\r\nearly\r\n0\r\n\r\n"))
    }

    @Test(arguments: [("he", "llo", "x"), ("he", "l", "")]) func anUploadOfAnotherLengthFails(
        a: String, b: String, c: String
    ) throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        let call = upstreams.start(delegate, method: .post, body: .streaming(length: 5))
        for piece in [a, b, c] { call.write(ByteBuffer(string: piece)) }
        call.end()
        #expect(delegate.trail == ["failed bad_upload"])
        #expect(!upstreams[0].isOpen)
    }

    // MARK: Reuse

    @Test func aKeptConnectionServesTheNextCall() throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        for path in ["/1", "/2", "/3"] {
            let delegate = RecordingDelegate()
            _ = upstreams.start(delegate, path)
            #expect(try upstreams[0].take() == "GET \(path) HTTP/1.1\r\nHost: up.test:8080\r\n\r\n")
            try upstreams[0].send(Self.ok)
            #expect(delegate.trail == ["200", "body ok", "end"])
        }
        #expect(upstreams.all.count == 1)
        #expect(upstreams.pool.counters.upstreamOpened == 1)
        #expect(upstreams.pool.counters.upstreamReused == 2)
        #expect(upstreams.pool.idleCount == 1)
    }

    @Test(arguments: [
        ("Connection: close is obeyed", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"),
        ("HTTP/1.0 is not kept", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ("bytes after the end are never the next answer", ok + ok),
    ]) func someConnectionsAreNotKept(what: String, response: String) throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate)
        try upstreams[0].send(response)
        #expect(delegate.trail == ["200", "body ok", "end"], "\(what)")
        #expect(!upstreams[0].isOpen, "\(what)")
        #expect(upstreams.pool.openCount == 0)
    }

    @Test func aConnectionThatSpeaksUnaskedIsClosed() throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        _ = upstreams.start(RecordingDelegate())
        try upstreams[0].send(Self.ok)
        try upstreams[0].send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        #expect(!upstreams[0].isOpen)
        #expect(upstreams.pool.idleCount == 0)
    }

    /// Some servers reject a long body before they have read it, then read it and answer again: the second answer must
    /// not become the next caller's.
    @Test(arguments: [(16 << 10, 413, true), (64 << 10, 413, false), (64 << 10, 200, true)])
    func aRejectedLongBodyCostsItsConnection(bodyBytes: Int, status: Int, isKept: Bool) throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let body = ByteBuffer(repeating: 0x78, count: bodyBytes)
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate, method: .post, body: .buffered(body))
        try upstreams[0].send("HTTP/1.1 \(status) X\r\nContent-Length: 2\r\n\r\nok")
        #expect(delegate.trail == ["\(status)", "body ok", "end"])
        #expect(upstreams[0].isOpen == isKept)
        #expect(upstreams.pool.idleCount == (isKept ? 1 : 0))
    }

    @Test func anAnswerBeforeTheUploadEndedIsTheAnswerAndTheConnectionIsNotKept() throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        let call = upstreams.start(delegate, method: .post, body: .streaming(length: 100))
        try upstreams[0].send(Self.ok)
        call.write(ByteBuffer(string: "late"))
        call.end()
        #expect(delegate.trail == ["200", "body ok", "end"])
        #expect(!upstreams[0].isOpen)
    }

    @Test func theLatestUsedIsUsedFirstAndOldOnesAreClosed() throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        for _ in 0..<2 { _ = upstreams.start(RecordingDelegate()) }
        try upstreams[1].send(Self.ok)
        upstreams.loop.advanceTime(by: .seconds(3))
        try upstreams[0].send(Self.ok)
        #expect(upstreams.pool.idleCount == 2)
        upstreams.loop.advanceTime(by: .milliseconds(1_500))
        #expect(upstreams[0].isOpen && !upstreams[1].isOpen)
        upstreams.loop.advanceTime(by: .seconds(3))
        #expect(upstreams.pool.openCount == 0)
    }

    // MARK: Queue

    @Test func callsBeyondTheConnectionsWaitInOrder() throws {
        var limits = UpstreamLimits()
        limits.connections = 1
        limits.queue = 2
        let upstreams = EmbeddedUpstreams(limits: limits)
        defer { upstreams.finish() }
        let delegates = (0..<4).map { _ in RecordingDelegate() }
        for (index, delegate) in delegates.enumerated() { _ = upstreams.start(delegate, "/\(index)") }
        #expect(delegates[3].trail == [], "no word before the caller has the call")
        upstreams.loop.run()
        #expect(delegates[3].trail == ["failed queue_full"])
        _ = try upstreams[0].take()
        try upstreams[0].send(Self.ok)
        #expect(try upstreams[0].take() == "GET /1 HTTP/1.1\r\nHost: up.test:8080\r\n\r\n")
        delegates[2].call?.cancel()
        #expect(upstreams.pool.queuedCount == 0)
        try upstreams[0].send(Self.ok)
        #expect(try upstreams[0].take() == "")
        #expect(delegates[1].trail == ["200", "body ok", "end"])
        #expect(delegates[2].trail == [])
        #expect(upstreams.all.count == 1)
    }

    @Test func aQueuedCallFailsInTimeAndAClosedConnectionIsReplaced() throws {
        var limits = UpstreamLimits()
        limits.connections = 1
        let upstreams = EmbeddedUpstreams(limits: limits)
        defer { upstreams.finish() }
        let (first, second, third) = (RecordingDelegate(), RecordingDelegate(), RecordingDelegate())
        _ = upstreams.start(first)
        _ = upstreams.start(second)
        upstreams.loop.advanceTime(by: .seconds(4))
        _ = upstreams.start(third, "/third")
        upstreams.loop.advanceTime(by: .seconds(1))
        #expect(second.trail == ["failed queue_timeout"])
        upstreams[0].close()
        #expect(first.trail == ["failed closed_early"])
        #expect(try upstreams[1].take() == "GET /third HTTP/1.1\r\nHost: up.test:8080\r\n\r\n")
    }

    // MARK: Connecting

    @Test func aRefusedConnectionFailsItsCall() throws {
        let upstreams = EmbeddedUpstreams(accepting: false)
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate)
        upstreams[0].refuse()
        #expect(delegate.trail == ["failed connect_failed"])
        #expect(upstreams.pool.openCount == 0)
    }

    @Test func aSlowConnectionFailsItsCallAndIsOfUseToTheNext() throws {
        let upstreams = EmbeddedUpstreams(accepting: false)
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate)
        upstreams.loop.advanceTime(by: .seconds(5))
        #expect(delegate.trail == ["failed connect_timeout"])
        try upstreams[0].accept()
        #expect(upstreams.pool.idleCount == 1)
        _ = upstreams.start(RecordingDelegate(), "/next")
        #expect(try upstreams[0].take() == "GET /next HTTP/1.1\r\nHost: up.test:8080\r\n\r\n")
    }

    @Test func shutdownEndsEveryCall() throws {
        var limits = UpstreamLimits()
        limits.connections = 1
        let upstreams = EmbeddedUpstreams(limits: limits)
        defer { upstreams.finish() }
        let (active, queued, late) = (RecordingDelegate(), RecordingDelegate(), RecordingDelegate())
        _ = upstreams.start(active)
        _ = upstreams.start(queued)
        upstreams.pool.shutdown()
        _ = upstreams.start(late)
        upstreams.loop.run()
        #expect(active.trail == ["failed shutdown"])
        #expect(queued.trail == ["failed shutdown"])
        #expect(late.trail == ["failed shutdown"])
        #expect(upstreams.pool.openCount == 0)
    }
}
