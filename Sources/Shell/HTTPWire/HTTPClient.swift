package import HTTPCodec
package import NIOCore

/// Small requests from asynchronous code, over a pool on one loop: key sets, discovery documents, tokens.
///
/// Bounded in size and total time; redirects are answers like any other; interim responses are not shown.
package final class HTTPClient: Sendable {
    private let eventLoop: any EventLoop
    private let pool: NIOLoopBoundBox<UpstreamPool?>
    private let limits: UpstreamLimits
    private let connector: Connector

    package init(eventLoop: any EventLoop, limits: UpstreamLimits = UpstreamLimits(), connector: Connector = .tcp()) {
        self.eventLoop = eventLoop
        self.limits = limits
        self.connector = connector
        pool = .makeEmptyBox(valueType: UpstreamPool.self, eventLoop: eventLoop)
    }

    /// Sends one request and collects its response.
    ///
    /// - Parameters:
    ///   - deadline: for everything from here to the last byte.
    ///   - maxBytes: of content; beyond it the connection is closed and the fetch fails.
    package func fetch(
        _ head: UpstreamHead, body: [UInt8]? = nil, deadline: TimeAmount, maxBytes: Int
    ) async throws(FetchFailure) -> FetchedResponse {
        let done = eventLoop.makePromise(of: Result<FetchedResponse, FetchFailure>.self)
        let fetch = NIOLoopBoundBox<Fetch?>.makeEmptyBox(valueType: Fetch.self, eventLoop: eventLoop)
        eventLoop.execute { [self] in
            let started = Fetch(maxBytes: maxBytes) { done.succeed($0) }
            fetch.value = started
            started.start(
                head, body: body.map { .buffered(ByteBuffer(bytes: $0)) } ?? .none, on: loopPool(), deadline: deadline)
        }
        let result = await withTaskCancellationHandler {
            try? await done.futureResult.get()
        } onCancel: { [eventLoop] in
            eventLoop.execute { fetch.value?.finish(.failure(.cancelled)) }
        }
        switch result {
        case .success(let response): return response
        case .failure(let failure): throw failure
        case nil: throw .cancelled
        }
    }

    /// Closes all connections; further fetches fail.
    package func shutdown() async {
        try? await eventLoop.submit { [self] in loopPool().shutdown() }.get()
    }

    private func loopPool() -> UpstreamPool {
        if let existing = pool.value { return existing }
        let created = UpstreamPool(eventLoop: eventLoop, limits: limits, connector: connector)
        pool.value = created
        return created
    }
}

package struct FetchedResponse: Sendable, Equatable {
    package let status: Int
    package let fields: FieldBlock
    package let body: [UInt8]
}

package enum FetchFailure: Error, Hashable, Sendable {
    case upstream(UpstreamFailure)
    case tooLarge
    case deadlinePassed
    case cancelled
}

/// One fetch on its loop.
private final class Fetch: UpstreamDelegate {
    private let maxBytes: Int
    private var done: ((Result<FetchedResponse, FetchFailure>) -> Void)?
    private var call: UpstreamCall?
    private var patience: Scheduled<Void>?
    private var head: ResponseHead?
    private var body: [UInt8] = []

    init(maxBytes: Int, done: @escaping (Result<FetchedResponse, FetchFailure>) -> Void) {
        self.maxBytes = maxBytes
        self.done = done
    }

    func start(_ head: UpstreamHead, body: UpstreamBody, on pool: UpstreamPool, deadline: TimeAmount) {
        patience = pool.eventLoop.assumeIsolated().scheduleTask(in: deadline) { self.finish(.failure(.deadlinePassed)) }
        call = pool.start(head, body: body, delegate: self)
    }

    func finish(_ result: Result<FetchedResponse, FetchFailure>) {
        guard let done = done.take() else { return }
        patience?.cancel()
        call.take()?.cancel()
        done(result)
    }

    func received(_ head: ResponseHead) {
        self.head = head
        if case .length(let length) = head.framing, length > maxBytes { finish(.failure(.tooLarge)) }
    }

    func received(_ content: ByteBuffer) {
        guard body.count + content.readableBytes <= maxBytes else { return finish(.failure(.tooLarge)) }
        body.append(contentsOf: content.readableBytesView)
    }

    func receivedEnd() {
        guard let head else { preconditionFailure("an end comes after a head") }
        finish(.success(FetchedResponse(status: head.status, fields: head.fields, body: body)))
    }

    func failed(_ failure: UpstreamFailure) {
        finish(.failure(.upstream(failure)))
    }
}
