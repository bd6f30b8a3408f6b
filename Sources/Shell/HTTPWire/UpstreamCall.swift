import HTTPCodec
package import NIOCore

/// One request to an upstream and its response, as a handle. Loop-confined.
///
///     queued ─▶ connecting ─▶ active ─▶ over
///        └──────────┴───────────┴─ cancel, failed ─▶ over
///
/// Once it is over every call on it does nothing, and its delegate hears no more.
package final class UpstreamCall {
    enum State {
        case queued
        case connecting
        case active(UpstreamConnection)
        case over
    }

    @exclusivity(unchecked) private(set) var head: UpstreamHead
    @exclusivity(unchecked) private(set) var body: UpstreamBody
    @exclusivity(unchecked) private(set) var delegate: (any UpstreamDelegate)?
    private let origin: UpstreamOrigin
    /// Whoever started the call flushes it before the loop goes on, and asks whether it is writable.
    let callerFlushes: Bool
    @exclusivity(unchecked) var state = State.queued
    var wasRetried = false
    var queueDeadline = NIODeadline.distantFuture
    @exclusivity(unchecked) private(set) var isPaused = false
    /// Streamed content that came before the connection; the delegate was told to wait, so it is little.
    @exclusivity(unchecked) private var early: [ByteBuffer] = []
    @exclusivity(unchecked) private var endedEarly = false

    init(
        _ head: UpstreamHead, body: UpstreamBody, delegate: any UpstreamDelegate, origin: UpstreamOrigin,
        callerFlushes: Bool
    ) {
        self.callerFlushes = callerFlushes
        self.head = head
        self.body = body
        self.delegate = delegate
        self.origin = origin
    }

    package var isOver: Bool {
        if case .over = state { true } else { false }
    }

    /// Whether a connection was found for it, on which its head was written.
    package var wasSent: Bool {
        switch state {
        case .queued, .connecting: false
        case .active, .over: true
        }
    }

    /// Whether streamed content would leave rather than be held in memory.
    package var isWritable: Bool {
        if case .active(let connection) = state { connection.isWritable } else { false }
    }

    /// Adds streamed content; nothing leaves before `flush` or `end`.
    package func write(_ content: ByteBuffer) {
        switch state {
        case .queued, .connecting: early.append(content)
        case .active(let connection): connection.write(content)
        case .over: break
        }
    }

    package func flush() {
        if case .active(let connection) = state { connection.flush() }
    }

    /// Ends streamed content.
    package func end() {
        switch state {
        case .queued, .connecting: endedEarly = true
        case .active(let connection): connection.endUpload()
        case .over: break
        }
    }

    /// Stops reading the response; at most what was already received is still held.
    package func pause() {
        isPaused = true
        if case .active(let connection) = state { connection.paused() }
    }

    package func resume() {
        guard isPaused else { return }
        isPaused = false
        if case .active(let connection) = state { connection.resumed() }
    }

    /// Gives up: the connection of an active call closes at once, so that the upstream can notice.
    package func cancel() {
        let last = state
        finish()
        switch last {
        case .queued: origin.forget(self)
        case .connecting, .over: break
        case .active(let connection): connection.close()
        }
    }

    /// The call is assigned to a connection, which writes the head next and then what came early.
    func begin(on connection: UpstreamConnection) {
        state = .active(connection)
    }

    func writeEarlyContent() {
        guard endedEarly || !early.isEmpty else { return }
        let pieces = early
        early = []
        for piece in pieces { write(piece) }
        if endedEarly { end() }
    }

    /// The response has begun, so the request will not be sent again; a stream of hours holds nothing of it.
    func forgetRequest() {
        head.fields = FieldBlock()
        head.target = []
        body = .none
    }

    /// Ends the call, and hands out the delegate for one last word.
    @discardableResult
    func finish() -> (any UpstreamDelegate)? {
        state = .over
        if !early.isEmpty { early = [] }
        return delegate.take()
    }

    /// The head leaves, if it has not left yet, and content is asked for.
    func startUpload() {
        flush()
        if isWritable { delegate?.uploadWritabilityChanged(true) }
    }

    func fail(_ failure: UpstreamFailure) {
        if case .over = state { return }
        guard !origin.pool.isStarting else {
            // Whoever started the call has not got its handle yet.
            origin.pool.eventLoop.assumeIsolated().execute { self.fail(failure) }
            return
        }
        origin.pool.counters.upstreamFailed += 1
        finish()?.failed(failure)
    }
}
