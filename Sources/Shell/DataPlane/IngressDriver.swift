import Admission
package import HTTPCodec
package import HTTPWire
package import NIOCore

/// Takes the requests of one client connection through their `IngressExchange`, one after the other: asks, obeys, and
/// does nothing more. What happens once a request is forwarded is `Forwarding`'s.
package final class IngressDriver: RequestHandler {
    private let worker: Worker
    private var current: Current?

    /// The request that is being read, decided or forwarded.
    private final class Current {
        let client: ServerExchange
        let footing: Footing
        var ingress: IngressExchange
        /// `nil` for what is answered at once.
        var seat: Seat?
        var body: [UInt8] = []
        /// `nil` until the caller is known.
        var limit: Int?
        var isWhole = false
        var isDecided = false
        /// What may be forwarded once its record is on disk.
        var permit: Permit?
        /// Whether the log has its record, or will have it as soon as it can be written.
        var isAccepted = false
        var forwarding: Forwarding?

        init(client: ServerExchange, footing: Footing) {
            self.client = client
            self.footing = footing
            ingress = IngressExchange(epoch: footing.epoch)
        }
    }

    package init(worker: Worker) {
        self.worker = worker
    }

    // MARK: - Events of the client

    package func received(_ head: RequestHead, from exchange: ServerExchange) {
        let current = Current(client: exchange, footing: worker.footing)
        self.current = current
        worker.counters.active += 1
        switch current.ingress.received(head) {
        case .identify(let token, let issuers):
            // No byte of a message is read for somebody unknown, and no token for whom there is no room.
            exchange.pauseReading()
            do throws(Refusal) {
                current.seat = try Seat(worker, epoch: current.footing.epoch)
            } catch {
                return refuse(error, current)
            }
            identify(token, issuers: issuers, mayFetch: true, current)
        case .publish(let document, let method):
            answer(PublicAnswers.document(document, method: method, epoch: current.footing.epoch), current)
        case .preflight(let preflight):
            answer(PublicAnswers.preflight(preflight), current)
        case .refuse(let refusal):
            refuse(refusal, current)
        }
    }

    package func received(_ body: ByteBuffer, exchange: ServerExchange) {
        guard let current, current.client === exchange, let limit = current.limit else { return }
        guard current.body.count + body.readableBytes <= limit else {
            return refuse(.bodyTooLarge(limit: limit), current)
        }
        do throws(Refusal) { try current.seat?.hold(body.readableBytes) } catch { return refuse(error, current) }
        body.withUnsafeReadableBytes { current.body.append(contentsOf: $0) }
    }

    package func receivedEnd(exchange: ServerExchange) {
        guard let current, current.client === exchange else { return }
        current.isWhole = true
        decideIfReady(current)
    }

    package func clientClosed(exchange: ServerExchange) {
        guard let current, current.client === exchange else { return }
        abandon(current)
    }

    package func writabilityChanged(exchange: ServerExchange, isWritable: Bool) {
        current?.forwarding?.clientWritabilityChanged(isWritable)
    }

    /// A client that shuts down its sending side has, for all anybody can tell, gone: clients of 2026-07-28 cancel that
    /// way, and a server should not go on working for nobody.
    package func toleratesHalfClose(exchange: ServerExchange) -> Bool { false }

    package func refused(_ error: WireError, exchange: ServerExchange?) -> WholeResponse {
        var trail = IngressTrail()
        if let current, let exchange, current.client === exchange {
            trail = current.ingress.trail
            abandon(current)
        }
        return worker.refuse(.wire(error), trail: trail, epoch: worker.epoch)
    }

    // MARK: - Identity

    private func identify(_ token: [UInt8], issuers: [Int], mayFetch: Bool, _ current: Current) {
        switch worker.identify(token, issuers: issuers, epoch: current.footing.epoch) {
        case .accepted(let found):
            let known = current.ingress.trail.server.flatMap { found.caller(at: $0) }
            let step = current.ingress.identified(found.token, known: known, now: worker.effects.now())
            if known == nil, let caller = current.ingress.trail.caller { found.keep(caller) }
            switch step {
            case .read(let limit):
                current.limit = limit
                do throws(Refusal) { try takePlace(current) } catch { return refuse(error, current) }
                current.client.resumeReading()
                decideIfReady(current)
            case .refuse(let refusal):
                refuse(refusal, current)
            }
        case nil:
            // The policy changed while keys were fetched for the old one; the next try is under the new one.
            refuse(.issuerUnavailable, current)
        case .refused(let refusal):
            refuse(.token(refusal), current)
        case .keysNeeded(let wanting, _) where mayFetch:
            worker.effects.fetchKeys(wanting) { [self] in
                // The client may be gone, or already at its next request.
                guard self.current === current else { return }
                identify(token, issuers: issuers, mayFetch: false, current)
            }
        case .keysNeeded(let wanting, let otherwise):
            let now = worker.effects.now()
            // Without an issuer's keys nobody can say that its token is bad: that is an outage, not a 401.
            let blind = wanting.contains { worker.standings.keys(of: $0, now: now) == nil }
            refuse(blind ? .issuerUnavailable : .token(otherwise), current)
        }
    }

    private func takePlace(_ current: Current) throws(Refusal) {
        guard let principal = current.ingress.trail.caller?.principal else { return }
        try current.seat?.belongs(to: principal)
    }

    // MARK: - Decision

    private func decideIfReady(_ current: Current) {
        // Reading on, or seeing the end, may have been the end of it.
        guard self.current === current, current.isWhole, current.limit != nil, !current.isDecided else { return }
        current.isDecided = true
        // One owner of the body from here on.
        let body = current.body
        current.body = []
        do {
            try admit(
                current.ingress.receivedMessage(body, fresh: worker.fresh(), now: worker.effects.now()), current)
        } catch {
            refuse(error, current)
        }
    }

    /// The decision goes on record before the request goes to its server; where the policy asks for it, onto the disk.
    private func admit(_ permit: consuming Permit, _ current: Current) throws(Refusal) {
        let record = IngressRecord(accepted: permit.trail, epoch: current.footing.epoch)
        if record.isForListening { try current.seat?.opensStream() }
        guard let recordDurably = worker.effects.recordDurably else {
            guard worker.effects.record(record, worker.effects.microseconds()) else { throw .auditUnavailable }
            return forward(permit, record, current)
        }
        current.permit = consume permit
        let patience = DiskPatience(worker.deadlines) { [self] in
            if current.permit.take() != nil { refuse(.auditUnavailable, current) }
        }
        recordDurably(record, worker.effects.microseconds()) { [self] isWritten in
            patience.end()
            // Gone if the client left.
            guard let permit = current.permit.take() else { return }
            guard isWritten else { return refuse(.auditUnavailable, current) }
            do throws(Refusal) {
                // A disk may take its time.
                try permit.trail.caller?.check(now: worker.effects.now())
            } catch {
                return refuse(error, current)
            }
            forward(permit, record, current)
        }
        // A record that is not taken is refused at once.
        current.isAccepted = true
    }

    private func forward(_ permit: consuming Permit, _ record: IngressRecord, _ current: Current) {
        guard let seat = current.seat else { preconditionFailure("what is forwarded has a seat") }
        let epoch = current.footing.epoch
        let filter = ResponseFilter(epoch: epoch, trail: record.trail, envelope: permit.envelope, handle: permit.handle)
        let request = UpstreamRequest(spending: permit)
        worker.counters.accepted.count(request.server, named: epoch.policy.servers[request.server].name)
        let forwarding = Forwarding(
            worker: worker, footing: current.footing, seat: seat, record: record, filter: filter, client: current.client
        ) { [self] in finish(current) }
        current.forwarding = forwarding
        forwarding.start(request)
    }

    // MARK: - Answers

    private func refuse(_ refusal: Refusal, _ current: Current) {
        guard self.current === current else { return }
        let (trail, epoch) = (current.ingress.trail, current.footing.epoch)
        answer(worker.refuse(refusal, trail: trail, epoch: epoch, isAccepted: current.isAccepted), current)
    }

    private func answer(_ response: WholeResponse, _ current: Current) {
        guard self.current === current else { return }
        finish(current)
        current.client.respond(whole: response)
    }

    /// Whatever comes of the request, nobody is there for it any more.
    private func abandon(_ over: Current) {
        finish(over)
        if let permit = over.permit.take() {
            // It is about to be on record as accepted, and the server will never hear of it.
            worker.recordFailure(.clientGone, status: nil, trail: permit.trail, epoch: over.footing.epoch)
        }
        over.forwarding?.clientClosed()
    }

    private func finish(_ over: Current) {
        guard current === over else { return }
        current = nil
        worker.counters.active -= 1
        over.seat?.leave()
    }
}
