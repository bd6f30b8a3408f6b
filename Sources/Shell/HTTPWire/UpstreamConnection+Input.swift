import HTTPCodec
import NIOCore

// What arrives becomes events of the call's delegate.
extension UpstreamConnection {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        isReading = true
        origin.pool.counters.upstreamBytesIn += buffer.readableBytes
        switch phase {
        case .calling:
            receivedAny = true
            intake?.append(buffer)
            advance()
        case .idle, .answered:
            close()
        case .closed:
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        burstEnded()
    }

    func advance() {
        while case .calling(let call) = phase, !call.isPaused, let item = intake?.next() {
            switch item {
            case .head(let head):
                responseHasBegun = true
                call.forgetRequest()
                if limits.totalTimeout != nil, head.isEventStream { totalDeadline = .distantFuture }
                keepsAlive = head.keepAlive && !isEarly(head)
                call.delegate?.received(head)
            case .content(let content):
                call.delegate?.received(content)
            case .end:
                finish(call)
            case .refused(let error):
                fail(.protocolError(error))
            case .starved:
                return
            }
        }
    }

    /// Whether the upstream may have answered before it had read the whole request. Some then read the rest and answer
    /// once more: on a connection that is kept, that answer would be taken for the next caller's.
    private func isEarly(_ head: ResponseHead) -> Bool {
        !uploadIsDone || requestBytes > Self.surelyTaken && heldBytes > 0
            || head.status >= 400 && uploadBytes > Self.surelyRead
    }

    /// Bytes of the request that the kernel has not taken yet.
    private var heldBytes: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// The kernel's smallest send buffer takes as much as this from a connection that was idle.
    private static let surelyTaken = 4 * 1024

    /// A body as small as this arrives together with its head, which no server answers half of.
    private static let surelyRead = 16 * 1024

    private func finish(_ call: UpstreamCall) {
        phase = .answered(reusable: keepsAlive && uploadIsDone && intake?.isEmpty == true)
        deadline.clear()
        call.finish()?.receivedEnd()
    }

    /// No more bytes are at hand for now.
    func burstEnded() {
        switch phase {
        case .calling(let call):
            if responseHasBegun, !call.isPaused {
                expect(by: limits.streamIdleTimeout.map { origin.pool.eventLoop.now + $0 })
            }
            call.delegate?.receivedBurst()
            releaseRead()
        case .answered(reusable: true) where isActive:
            phase = .idle
            releaseRead()
            idleSince = context?.eventLoop.now ?? idleSince
            origin.released(self)
        case .answered:
            close()
        case .idle, .closed:
            break
        }
    }

    func read(context: ChannelHandlerContext) {
        if wantsRead {
            context.read()
        } else {
            readIsHeld = true
        }
    }

    private var wantsRead: Bool {
        if case .calling(let call) = phase { !call.isPaused } else { true }
    }

    private func releaseRead() {
        guard readIsHeld, wantsRead, let context else { return }
        readIsHeld = false
        context.read()
    }
}

extension ResponseHead {
    /// Whether the content goes on for as long as there are events.
    fileprivate var isEventStream: Bool {
        guard let type = fields.only("content-type") else { return false }
        let name = type.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 && $0 != 0x09 }
        return name.count == Self.eventStream.count
            && zip(name, Self.eventStream).allSatisfy { ($0 | ($0 &- 0x41 < 26 ? 0x20 : 0)) == $1 }
    }

    private static let eventStream = Array("text/event-stream".utf8)
}
