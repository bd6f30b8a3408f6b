import Admission
package import HTTPCodec
package import HTTPWire
package import NIOCore

/// Takes the requests of one client connection through their `IngressExchange`, one after the other: asks, obeys, and
/// does nothing more. What happens once a request is forwarded is `Forwarding`'s.
package final class IngressDriver: RequestHandler {
    private let worker: Worker
    private var current: Current?

    /// The request that is being read.
    private struct Current {
        let client: ServerExchange
        let footing: Footing
        var ingress: IngressExchange
        /// `nil` for what is answered at once.
        var seat: Seat?
        var body: [UInt8] = []
        /// `nil` until the caller is known.
        var limit: Int?
        var isWhole = false
        var forwarding: Forwarding?
    }

    package init(worker: Worker) {
        self.worker = worker
    }

    // MARK: - Events of the client

    package func received(_ head: RequestHead, from exchange: ServerExchange) {
        let footing = worker.footing
        var ingress = IngressExchange(epoch: footing.epoch)
        worker.counters.active += 1
        let step = ingress.received(head)
        current = Current(client: exchange, footing: footing, ingress: ingress)
        switch step {
        case .identify(let token, let issuers):
            // No byte of a message is read for somebody unknown, and no token for whom there is no room.
            exchange.pauseReading()
            do throws(Refusal) {
                current?.seat = try Seat(worker, epoch: footing.epoch)
            } catch {
                return refuse(error)
            }
            identify(token, issuers: issuers, mayFetch: true)
        case .publish(let document, let method):
            answer(PublicAnswers.document(document, method: method, epoch: ingress.epoch))
        case .preflight(let preflight):
            answer(PublicAnswers.preflight(preflight))
        case .refuse(let refusal):
            refuse(refusal)
        }
    }

    package func received(_ body: ByteBuffer, exchange: ServerExchange) {
        guard let limit = current?.limit, current?.client === exchange else { return }
        guard (current?.body.count ?? 0) + body.readableBytes <= limit else {
            return refuse(.bodyTooLarge(limit: limit))
        }
        do throws(Refusal) { try current?.seat?.hold(body.readableBytes) } catch { return refuse(error) }
        current?.body.append(contentsOf: body.readableBytesView)
    }

    package func receivedEnd(exchange: ServerExchange) {
        guard current?.client === exchange else { return }
        current?.isWhole = true
        decideIfReady()
    }

    package func clientClosed(exchange: ServerExchange) {
        guard let over = current, over.client === exchange else { return }
        finish(over)
        over.forwarding?.clientClosed()
    }

    package func writabilityChanged(exchange: ServerExchange, isWritable: Bool) {
        current?.forwarding?.clientWritabilityChanged(isWritable)
    }

    /// A client that shuts down its sending side has, for all anybody can tell, gone: clients of 2026-07-28 cancel that
    /// way, and a server should not go on working for nobody.
    package func toleratesHalfClose(exchange: ServerExchange) -> Bool { false }

    package func refused(_ error: WireError, exchange: ServerExchange?, peer: SocketAddress?) -> WholeResponse {
        var trail = IngressTrail()
        if let over = current, let exchange, over.client === exchange {
            trail = over.ingress.trail
            finish(over)
            over.forwarding?.clientClosed()
        }
        return worker.refuse(.wire(error), trail: trail, epoch: worker.epoch)
    }

    // MARK: - Identity

    private func identify(_ token: [UInt8], issuers: [Int], mayFetch: Bool) {
        guard let epoch = current?.ingress.epoch, let client = current?.client else { return }
        switch worker.identify(token, issuers: issuers, epoch: epoch) {
        case .accepted(let found):
            guard let step = current?.ingress.identified(found, now: worker.effects.now()) else { return }
            switch step {
            case .read(let limit):
                current?.limit = limit
                do throws(Refusal) { try takePlace() } catch { return refuse(error) }
                client.resumeReading()
                decideIfReady()
            case .refuse(let refusal):
                refuse(refusal)
            }
        case nil:
            // The policy changed while keys were fetched for the old one; the next try is under the new one.
            refuse(.issuerUnavailable)
        case .refused(let refusal):
            refuse(.token(refusal))
        case .keysNeeded(let wanting, _) where mayFetch:
            worker.effects.fetchKeys(wanting) { [self] in
                // The client may be gone, or already at its next request.
                guard current?.client === client else { return }
                identify(token, issuers: issuers, mayFetch: false)
            }
        case .keysNeeded(let wanting, let otherwise):
            let now = worker.effects.now()
            // Without an issuer's keys nobody can say that its token is bad: that is an outage, not a 401.
            let blind = wanting.contains { worker.standings.keys(of: $0, now: now) == nil }
            refuse(blind ? .issuerUnavailable : .token(otherwise))
        }
    }

    private func takePlace() throws(Refusal) {
        guard let principal = current?.ingress.trail.caller?.principal else { return }
        try current?.seat?.belongs(to: principal)
    }

    // MARK: - Decision

    private func decideIfReady() {
        guard let ready = current, ready.isWhole, ready.limit != nil, ready.forwarding == nil else { return }
        // One owner of the body from here on.
        current?.body = []
        do {
            guard
                let permit = try current?.ingress.receivedMessage(
                    ready.body, fresh: worker.fresh(), now: worker.effects.now())
            else { return }
            try forward(permit, for: ready)
        } catch {
            refuse(error)
        }
    }

    private func forward(_ permit: consuming Permit, for ready: Current) throws(Refusal) {
        guard let seat = ready.seat else { preconditionFailure("what is forwarded has a seat") }
        let (epoch, client) = (ready.footing.epoch, ready.client)
        if permit.trail.isForListening { try seat.opensStream() }
        let record = IngressRecord(accepted: permit.trail, epoch: epoch)
        guard worker.effects.record(record, worker.effects.microseconds()) else { throw .auditUnavailable }
        let filter = ResponseFilter(epoch: epoch, trail: permit.trail, envelope: permit.envelope, handle: permit.handle)
        let trail = permit.trail
        let request = UpstreamRequest(spending: permit)
        worker.counters.accepted.count(epoch.policy.servers[request.server].name)
        let forwarding = Forwarding(
            worker: worker, footing: ready.footing, seat: seat, trail: trail, filter: filter, client: client
        ) { [weak self] in
            guard let self, let over = current, over.client === client else { return }
            finish(over)
        }
        current?.forwarding = forwarding
        forwarding.start(request)
    }

    // MARK: - Answers

    private func refuse(_ refusal: Refusal) {
        guard let current else { return }
        answer(worker.refuse(refusal, trail: current.ingress.trail, epoch: current.ingress.epoch))
    }

    private func answer(_ response: WholeResponse) {
        guard let over = current else { return }
        finish(over)
        over.client.respond(whole: response)
    }

    private func finish(_ over: Current) {
        current = nil
        worker.counters.active -= 1
        over.seat?.leave()
    }
}
