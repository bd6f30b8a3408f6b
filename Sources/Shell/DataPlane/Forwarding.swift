import Admission
import HTTPCodec
import HTTPWire
import Identity
import NIOCore
import Policy
import StrictCoding

/// One forwarded request: sends it, passes the filtered answer back with backpressure, ends streams whose token has
/// expired.
final class Forwarding: UpstreamDelegate {
    private let worker: Worker
    private let footing: Footing
    private let seat: Seat
    /// Of the request as let in.
    private let record: IngressRecord
    private let filter: ResponseFilter
    private let client: ServerExchange
    /// Called once. It keeps the driver until then.
    private var finished: (() -> Void)?
    private let began: Int64
    private let work: Work
    private var call: UpstreamCall?
    private var expiry: Scheduled<Void>?
    private var relayedStatus: Int?
    private var isStream = false
    private var isOver = false

    init(
        worker: Worker, footing: Footing, seat: Seat, record: IngressRecord, filter: ResponseFilter,
        client: ServerExchange, finished: @escaping () -> Void
    ) {
        self.worker = worker
        self.footing = footing
        self.seat = seat
        self.record = record
        self.filter = filter
        self.client = client
        self.finished = finished
        work = Work(worker)
        began = worker.effects.microseconds()
    }

    private var epoch: Epoch { footing.epoch }

    func start(_ request: UpstreamRequest) {
        let server = epoch.policy.servers[request.server]
        switch server.endpoint {
        case .upstream:
            let endpoint: Endpoint
            do { endpoint = try footing.endpoint(ofServer: request.server) } catch {
                return refuse(.upstream(error))
            }
            guard work.begin(request, at: nil) else { return refuse(.tooManyTransactions) }
            send(request, to: endpoint)
        case .launch:
            work.lease(request, of: server.name) { [self] result in
                guard !isOver else { return }
                switch result {
                case .success(let leased):
                    guard work.begin(request, at: leased.instance) else { return refuse(.tooManyTransactions) }
                    send(request, to: Endpoint(host: "127.0.0.1", port: leased.port, occupant: leased.instance))
                case .failure(.busy): refuse(.upstream(.instanceBusy))
                case .failure(.unavailable): refuse(.upstream(.instanceUnavailable))
                // The session that it would end went with its process.
                case .failure(.absent): refuse(.sessionUnknown)
                }
            }
        }
    }

    private func send(_ request: UpstreamRequest, to endpoint: Endpoint) {
        let head = UpstreamHead(
            method: request.method, target: request.target, fields: request.fields, endpoint: endpoint,
            mayReplay: request.mayRepeat)
        let body: UpstreamBody = request.method == .post ? .buffered(ByteBuffer(bytes: request.body)) : .none
        call = worker.pool.start(head, body: body, delegate: self)
    }

    // MARK: - Events of the server

    func received(_ head: ResponseHead) {
        guard !isOver else { return }
        worker.counters.answered(afterMicroseconds: worker.effects.microseconds() - began)
        do {
            let relay = try filter.filter(head)
            relayedStatus = relay.status
            if relay.isEventStream { beginStream() }
            work.watch(isEventStream: relay.isEventStream)
            endWithToken()
            client.respond(
                OutboundResponse(status: relay.status, fields: relay.fields, content: Self.content(head.framing)))
            if relay.isEventStream { client.flush() }
        } catch {
            refuse(.upstream(error))
        }
    }

    func received(_ body: ByteBuffer) {
        guard !isOver else { return }
        work.received(body)
        client.write(body)
        if !client.isWritable { call?.pause() }
    }

    func receivedBurst() {
        if !isOver { client.flush() }
    }

    func receivedEnd() {
        guard !isOver else { return }
        end()
        client.end()
    }

    func failed(_ failure: UpstreamFailure) {
        guard !isOver else { return }
        guard !client.hasResponded else {
            // Part of an answer is not to be taken for the whole of it.
            worker.recordFailure(UpstreamFault(failure), status: relayedStatus, trail: record.trail, epoch: epoch)
            end()
            client.abort()
            return
        }
        refuse(.upstream(UpstreamFault(failure)))
    }

    // MARK: - Events of the client

    func clientClosed() {
        guard !isOver else { return }
        // It is on record as accepted, and the server will never hear of it.
        if call?.wasSent != true { worker.recordFailure(.clientGone, status: nil, trail: record.trail, epoch: epoch) }
        work.clientGone(isModern: record.trail.era == .modern)
        end()
        // Prompt, because a modern client cancels by closing.
        call?.cancel()
    }

    func clientWritabilityChanged(_ isWritable: Bool) {
        if isWritable { call?.resume() } else { call?.pause() }
    }

    // MARK: - Ends

    private func refuse(_ refusal: Refusal) {
        end()
        call?.cancel()
        client.respond(whole: worker.refuse(refusal, trail: record.trail, epoch: epoch, isAccepted: true))
    }

    private func end() {
        isOver = true
        work.end()
        expiry?.cancel()
        worker.stopsListening(self)
        if isStream { worker.counters.streams -= 1 }
        finished.take()?()
    }

    private func beginStream() {
        isStream = true
        worker.counters.streams += 1
        seat.streamBegan()
    }

    /// What a client opened to listen, of whatever media type, would outlive the token that opened it; what answers a
    /// call is left to finish.
    private func endWithToken() {
        guard record.isForListening else { return }
        worker.listens(self) { [weak self] in self?.endListening() }
        guard let expires = record.trail.caller?.token.expires else { return }
        let seconds = max(0, expires - worker.effects.now() + TokenChecks.skewSeconds)
        expiry = worker.loop.assumeIsolated().scheduleTask(in: .seconds(seconds)) { [self] in endListening() }
    }

    private func endListening() {
        guard !isOver else { return }
        end()
        call?.cancel()
        client.end()
    }

    static func content(_ framing: BodyFraming) -> OutboundResponse.Content {
        switch framing {
        case .none: .none
        case .length(let length): .length(length)
        case .chunked, .untilClose: .stream
        }
    }
}

extension UpstreamFault {
    init(_ failure: UpstreamFailure) {
        self =
            switch failure {
            case .connectFailed, .addressRefused: .unreachable
            case .tls(.handshakeTimeout): .timeout
            case .tls: .untrusted
            case .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout: .timeout
            case .queueFull, .queueTimeout: .overloaded
            case .closedEarly, .badUpload, .shutdown: .closedEarly
            case .protocolError: .malformed
            }
    }
}
