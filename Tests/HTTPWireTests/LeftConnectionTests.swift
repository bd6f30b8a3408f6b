import Foundation
import HTTPCodec
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import HTTPWire

#if canImport(Glibc)
    import Glibc
#endif

/// An upstream that closed a kept connection a moment before the next request, of which the loop has not heard.
@Suite(.timeLimit(.minutes(1))) struct LeftConnectionTests {
    @Test func aConnectionThatItsPeerLeftIsNotUsedForWhatMayNotBeSentTwice() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let upstream = try OneByOneUpstream()
        upstream.answerInTurn(2)
        let parts = try await loop.submit {
            NIOLoopBound((UpstreamPool(eventLoop: loop), RecordingDelegate(), RecordingDelegate()), eventLoop: loop)
        }.get()
        let head = UpstreamHead(
            method: .post, target: Array("/".utf8), endpoint: Endpoint(host: "127.0.0.1", port: upstream.port),
            mayReplay: false)
        try await loop.submit {
            let (pool, first, _) = parts.value
            first.call = pool.start(head, body: .buffered(ByteBuffer(string: "1")), delegate: first)
        }.get()
        try await eventually("the first is answered and its connection kept") {
            try await loop.submit { parts.value.1.trail.last == "end" && parts.value.0.idleCount == 1 }.get()
        }
        try await loop.submit {
            let (pool, _, second) = parts.value
            // The loop is busy meanwhile.
            usleep(10_000)
            upstream.leaveFirst()
            second.call = pool.start(head, body: .buffered(ByteBuffer(string: "2")), delegate: second)
        }.get()
        try await eventually("the second is answered or lost") {
            try await loop.submit { parts.value.2.trail.contains { $0 == "end" || $0.hasPrefix("failed") } }.get()
        }
        let trail = try await loop.submit { parts.value.2.trail.filter { $0 != "burst" } }.get()
        #expect(trail == ["200", "body ok", "end"])
        let (opened, reused) = try await loop.submit {
            let counters = parts.value.0.counters
            return (counters.upstreamOpened, counters.upstreamReused)
        }.get()
        #expect(opened == 2 && reused == 0)
        #expect(try await loop.submit { parts.value.0.openCount }.get() == 1, "the pool knows the new one")
        try await loop.submit { parts.value.0.shutdown() }.get()
        try await group.shutdownGracefully()
    }
}

/// An upstream on plain sockets that answers one request on each connection and then keeps it.
private final class OneByOneUpstream: Sendable {
    private let reserved: ReservedPort
    private let kept = SharedCounter()
    var port: Int { reserved.number }

    init() throws {
        reserved = try ReservedPort()
        try reserved.fallSilent()
    }

    func answerInTurn(_ count: Int) {
        let (reserved, kept) = (reserved, kept)
        Thread.detachNewThread {
            for _ in 0..<count {
                let peer = reserved.acceptOne()
                var bytes = [UInt8](repeating: 0, count: 4_096)
                guard peer >= 0, read(peer, &bytes, bytes.count) > 0 else { return }
                // Before whoever reads the answer asks for it.
                if kept.value == 0 { kept.add(Int(peer)) }
                let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
                guard write(peer, answer, answer.count) == answer.count else { return }
            }
        }
    }

    func leaveFirst() { close(Int32(kept.value)) }
}
