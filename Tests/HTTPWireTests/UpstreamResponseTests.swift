import HTTPCodec
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPWire

/// What an upstream may do to a call, from streaming to lying.
@Suite struct UpstreamResponseTests {
    static let ok = UpstreamPoolTests.ok

    // MARK: Hostile upstreams

    @Test(arguments: [
        ("a huge head", "HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 40_000), "head_too_large"),
        (
            "two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
            "duplicate_content_length"
        ),
        (
            "length and coding", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
            "transfer_encoding_with_content_length"
        ),
        ("switching protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "switching_protocols"),
        (
            "endless interim responses", String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 20),
            "too_many_interim_responses"
        ),
        ("no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "malformed_status_line"),
        ("a bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "bare_line_feed"),
    ]) func aResponseThatIsNoneFailsAndItsConnectionIsGone(what: String, response: String, code: String) throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate)
        try upstreams[0].send(response)
        #expect(delegate.trail.filter { $0 != "burst" } == ["failed protocol_error \(code)"], "\(what)")
        #expect(!upstreams[0].isOpen)
        #expect(upstreams.pool.openCount == 0)
    }

    @Test func aBadChunkFailsAfterTheHead() throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate)
        try upstreams[0].send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n")
        #expect(delegate.trail == ["200", "body ok", "failed protocol_error malformed_chunk"])
        #expect(!upstreams[0].isOpen)
    }

    @Test func interimResponsesAreNotShown() throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate)
        try upstreams[0].send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + Self.ok)
        #expect(delegate.trail == ["200", "body ok", "end"])
        #expect(upstreams[0].isOpen)
    }

    // MARK: Streaming

    @Test func eventsPassAsTheyCome() throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate)
        try upstreams[0].send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try upstreams[0].send("3\r\n: \n\r\n")
        try upstreams[0].send("9\r\ndata: 1\n\n\r\n0\r\n\r\n")
        #expect(delegate.trail == ["200", "burst", "body : \n", "burst", "body data: 1\n\n", "end"])
        #expect(upstreams[0].isOpen)
    }

    /// A client that reads slowly gets all of an answer whose server is long gone, and nothing is due any more.
    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nabc",
    ]) func aPausedCallOutlivesItsConnection(response: String) throws {
        var limits = UpstreamLimits()
        limits.totalTimeout = .minutes(1)
        let upstreams = EmbeddedUpstreams(limits: limits)
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        delegate.onBody = { $0?.pause() }
        let call = upstreams.start(delegate)
        try upstreams[0].send(response)
        upstreams[0].close()
        upstreams.loop.run()
        for _ in 0..<5 where delegate.trail.last != "end" { call.resume() }
        #expect(delegate.trail.last == "end")
        #expect(delegate.trail.filter { $0.hasPrefix("body ") }.map { $0.dropFirst(5) }.joined() == "abc")
        upstreams.loop.advanceTime(by: .hours(1))
        #expect(upstreams.pool.openCount == 0)
    }

    @Test func aPausedCallReadsNothingAndLosesNothing() throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        delegate.onBody = { $0?.pause() }
        let call = upstreams.start(delegate)
        try upstreams[0].send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n")
        #expect(delegate.trail == ["200", "body a", "burst"])
        let held = upstreams[0].reads.count
        upstreams[0].channel.read()
        #expect(upstreams[0].reads.count == held)
        // A slow reader is not the upstream's fault.
        upstreams.loop.advanceTime(by: .hours(1))
        call.resume()
        #expect(delegate.trail == ["200", "body a", "burst", "body b", "burst"])
        call.resume()
        #expect(delegate.trail == ["200", "body a", "burst", "body b", "burst", "end"])
        #expect(upstreams[0].reads.count == held + 1)
        #expect(upstreams.pool.idleCount == 1)
    }

    @Test func whatCameBeforeTheEndOfTheConnectionIsStillThereAfterAPause() throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        let call = upstreams.start(delegate)
        try upstreams[0].send("HTTP/1.1 200 OK\r\n\r\n")
        call.pause()
        try upstreams[0].send("last words")
        upstreams[0].close()
        upstreams.loop.run()
        #expect(delegate.trail == ["200", "burst", "burst"])
        call.resume()
        #expect(delegate.trail.filter { $0 != "burst" } == ["200", "body last words", "end"])
    }

    // MARK: Ends

    @Test(arguments: [
        ("closing ends an open-ended response", "HTTP/1.1 200 OK\r\n\r\nok", false, "end"),
        ("a reset does not", "HTTP/1.1 200 OK\r\n\r\nok", true, "failed closed_early"),
        ("closing within a length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", false, "failed closed_early"),
        (
            "closing within chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", false,
            "failed closed_early"
        ),
        ("closing without a word", "", false, "failed closed_early"),
        ("closing within a head", "HTTP/1.1 200", false, "failed closed_early"),
    ]) func theEndOfTheConnection(what: String, response: String, isReset: Bool, last: String) throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate)
        try upstreams[0].send(response)
        if isReset { upstreams[0].reset() } else { upstreams[0].close() }
        #expect(delegate.trail.last == last, "\(what)")
        #expect(upstreams.all.count == 1)
    }

    @Test(arguments: [
        ("no first byte", "", 300, "failed first_byte_timeout"),
        ("half a head", "HTTP/1.1 200", 300, "failed first_byte_timeout"),
        (
            "silence within a stream", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 1_800,
            "failed idle_timeout"
        ),
    ]) func aSilentUpstreamFailsInTime(what: String, response: String, seconds: Int64, last: String) throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate)
        try upstreams[0].send(response)
        upstreams.loop.advanceTime(by: .seconds(seconds - 1))
        #expect(upstreams[0].isOpen)
        upstreams.loop.advanceTime(by: .seconds(1))
        #expect(delegate.trail.last == last, "\(what)")
        #expect(!upstreams[0].isOpen)
    }

    @Test(arguments: [
        ("silence", "", true),
        ("a slow answer", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n", true),
        (
            "a stream of events",
            "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\nContent-Length: 100\r\n\r\n", false
        ),
    ]) func onlyEventsMayComeForEver(what: String, response: String, isBounded: Bool) throws {
        var limits = UpstreamLimits()
        limits.totalTimeout = .seconds(20)
        let upstreams = EmbeddedUpstreams(limits: limits)
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate)
        try upstreams[0].send(response)
        for _ in 0..<19 {
            upstreams.loop.advanceTime(by: .seconds(1))
            if !response.isEmpty { try upstreams[0].send("x") }
        }
        #expect(upstreams[0].isOpen, "\(what)")
        upstreams.loop.advanceTime(by: .seconds(1))
        #expect(upstreams[0].isOpen == !isBounded, "\(what)")
        #expect((delegate.trail.last == "failed total_timeout") == isBounded, "\(what)")
    }

    @Test func aPausedReaderDoesNotStopTheClockOfTheWholeAnswer() throws {
        var limits = UpstreamLimits()
        limits.totalTimeout = .seconds(20)
        let upstreams = EmbeddedUpstreams(limits: limits)
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        let call = upstreams.start(delegate)
        try upstreams[0].send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        call.pause()
        upstreams.loop.advanceTime(by: .seconds(20))
        #expect(delegate.trail.last == "failed total_timeout")
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"]) func cancelClosesTheConnectionAtOnce(
        sofar: String
    ) throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        let delegate = RecordingDelegate()
        let call = upstreams.start(delegate)
        try upstreams[0].send(sofar)
        let before = delegate.trail
        call.cancel()
        #expect(!upstreams[0].isOpen)
        upstreams.loop.advanceTime(by: .hours(1))
        #expect(delegate.trail == before)
        #expect(upstreams.pool.openCount == 0)
    }

    // MARK: Dead connections

    struct Loss: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var body: UpstreamBody = .buffered(ByteBuffer(string: "hi"))
        var isReused = true
        var mayReplay = true
        var received = ""
        var afterSeconds: Int64 = 0
        let isRetried: Bool
    }

    static let losses: [Loss] = [
        Loss(testDescription: "a reused connection lost it at once", isRetried: true),
        Loss(testDescription: "the same without a body", body: .none, isRetried: true),
        Loss(testDescription: "a fresh connection", isReused: false, isRetried: false),
        Loss(testDescription: "a streamed body", body: .streaming(length: 2), isRetried: false),
        Loss(testDescription: "a request not to be repeated", mayReplay: false, isRetried: false),
        Loss(testDescription: "after a byte of the response", received: "H", isRetried: false),
        Loss(testDescription: "after the upstream had time to work on it", afterSeconds: 2, isRetried: false),
    ]

    @Test(arguments: losses) func aLostRequestIsSentAgainOnlyWhereThatIsSafe(_ loss: Loss) throws {
        let upstreams = EmbeddedUpstreams()
        defer { upstreams.finish() }
        if loss.isReused {
            _ = upstreams.start(RecordingDelegate())
            try upstreams[0].send(Self.ok)
        }
        let delegate = RecordingDelegate()
        _ = upstreams.start(delegate, "/again", method: .post, body: loss.body, mayReplay: loss.mayReplay)
        let first = try upstreams[0].take()
        try upstreams[0].send(loss.received)
        upstreams.loop.advanceTime(by: .seconds(loss.afterSeconds))
        upstreams[0].close()
        guard loss.isRetried else {
            #expect(delegate.trail.last == "failed closed_early")
            #expect(upstreams.all.count == 1)
            return
        }
        #expect(upstreams.pool.counters.upstreamRetried == 1)
        #expect(first.hasSuffix(try upstreams[1].take()))
        // Only once.
        upstreams[1].close()
        #expect(delegate.trail == ["failed closed_early"])
        #expect(upstreams.all.count == 2)
    }
}
