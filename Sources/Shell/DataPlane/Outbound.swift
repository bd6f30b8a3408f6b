import Admission
import Delegation
import HTTPCodec
import HTTPWire
import Identity
import NIOCore
import Policy

/// One attributed outbound call: puts the intent on record, gets the credential, sends the call, passes the answer back
/// with backpressure, and puts the result on record. Ends in exactly one of these, whoever goes away first.
final class Outbound: DeadlineBearer {
    let caller: ServerExchange
    private let worker: Worker
    private let footing: Footing
    private let epoch: Epoch
    private let call: AttributedCall
    private let finished: () -> Void
    private let began: Int64
    private let records: CallRecords
    private let hasBody: Bool
    private var egress: EgressExchange
    private var isOver = false
    private var giveUpCredential: (() -> Void)?
    private var credential: Credential?
    private var filter: ServiceResponseFilter?
    private var upstream: UpstreamCall?
    private var requestIsWhole = false
    private var isToHead = false
    private var relayedStatus: Int?
    /// Answers of a call that was given up for a second one are not this call's.
    private var attempt: Attempt?

    init(
        worker: Worker, footing: Footing, egress: EgressExchange, call: AttributedCall, caller: ServerExchange,
        hasBody: Bool, finished: @escaping () -> Void
    ) {
        self.worker = worker
        self.footing = footing
        self.egress = egress
        self.call = call
        self.caller = caller
        self.finished = finished
        self.hasBody = hasBody
        epoch = egress.epoch
        began = worker.effects.microseconds()
        records = CallRecords(worker: worker, epoch: egress.epoch, began: began)
    }

    func start() {
        // No byte of a body is read before the call may be made. Where there is none, reading on shows who leaves.
        if hasBody { caller.pauseReading() }
        endWithTransaction()
        do {
            let random = worker.effects.random(SpanID.randomBytes)
            try egress.attributed(call, span: SpanID(random: random[...]))
        } catch {
            return refuse(error)
        }
        records.intend(egress.trail) { [self] isWritten in
            guard isWritten else { return refuse(.auditUnavailable) }
            obtainCredential()
        }
    }

    /// Whatever the service still sends, nothing is done for a request longer than its user's token is good for.
    private func endWithTransaction() {
        let seconds: Int64 = max(0, call.transaction.deadline.seconds - worker.effects.now().seconds)
        worker.deadlines.enter(self, in: .seconds(seconds))
    }

    func deadlinePassed() {
        guard !isOver else { return }
        let refusal = EgressRefusal.attribution(.closed)
        guard caller.hasResponded else { return refuse(refusal) }
        worker.egress.refused(refusal, trail: egress.trail)
        end(status: relayedStatus ?? refusal.status, reason: refusal.reason)
        caller.abort()
    }

    // MARK: - Credential

    private func obtainCredential() {
        do {
            switch try egress.intended(fresh: worker.fresh(), now: worker.effects.now()) {
            case .send(let warrant): send(warrant)
            case .obtain(let request):
                if let cached = worker.effects.egress.cachedCredential(request) {
                    granted(cached, .hit)
                } else {
                    ask(for: request)
                }
            }
        } catch {
            refuse(error)
        }
    }

    private func ask(for request: CredentialRequest) {
        giveUpCredential = worker.effects.egress.credential(request) { [self] result in
            giveUpCredential = nil
            guard !isOver else { return }
            switch result {
            case .success(let credential): granted(credential, .miss)
            case .failure(let fault): refuse(egress.notGranted(fault))
            }
        }
    }

    private func granted(_ credential: Credential, _ source: EgressTrail.Source) {
        self.credential = credential
        do {
            send(try egress.granted(credential, source: source))
        } catch {
            refuse(error)
        }
    }

    // MARK: - Request

    private func send(_ warrant: consuming Warrant) {
        filter = warrant.filter
        let request = OutboundRequest(spending: warrant)
        let endpoint: Endpoint
        do { endpoint = try footing.endpoint(ofService: request.service) } catch { return refuse(.downstream(error)) }
        isToHead = request.method == .head
        let head = UpstreamHead(
            method: request.method, target: request.target, fields: request.fields,
            endpoint: endpoint, mayReplay: request.mayRepeat)
        let body: UpstreamBody =
            switch request.framing {
            case .none: .none
            case .length(let length): .streaming(length: length)
            case .chunked, .untilClose: .streaming(length: nil)
            }
        let attempt = Attempt(self)
        self.attempt = attempt
        let upstream = worker.downstream.start(head, body: body, delegate: attempt)
        self.upstream = upstream
        if requestIsWhole {
            upstream.end()
        } else {
            caller.resumeReading()
        }
    }

    func received(_ body: ByteBuffer) {
        guard !isOver, let upstream else { return }
        upstream.write(body)
        if !upstream.isWritable { caller.pauseReading() }
    }

    func receivedBurst() {
        upstream?.flush()
    }

    func receivedEnd() {
        requestIsWhole = true
        if !isOver { upstream?.end() }
    }

    func callerWritabilityChanged(_ isWritable: Bool) {
        if isWritable { upstream?.resume() } else { upstream?.pause() }
    }

    // MARK: - Answer

    func received(_ head: ResponseHead) {
        guard !isOver, let filter else { return }
        worker.egress.answered(afterMicroseconds: worker.effects.microseconds() - began)
        if filter.rejectsCredential(head) { return credentialRejected() }
        do {
            let fields = try filter.filter(head)
            relayedStatus = head.status
            caller.respond(
                OutboundResponse(status: head.status, fields: fields, content: content(of: head)))
            if case .length = head.framing {} else { caller.flush() }
        } catch {
            refuse(.downstream(error))
        }
    }

    /// An answer to HEAD says how long the content would be, and has none (RFC 9110, section 9.3.2).
    private func content(of head: ResponseHead) -> OutboundResponse.Content {
        guard isToHead, case .none = head.framing else { return Forwarding.content(head.framing) }
        let length = head.fields.first("content-length").flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        return length.map { .length($0) } ?? .stream
    }

    private func credentialRejected() {
        attempt = nil
        upstream?.cancel()
        upstream = nil
        let rejection = egress.rejected()
        if let credential, let request = rejection.request { worker.effects.egress.forget(request, credential) }
        guard let request = rejection.request, rejection.mayTryAgain else {
            return refuse(.downstream(.credentialRejected))
        }
        worker.egress.retries += 1
        ask(for: request)
    }

    func receivedContent(_ body: ByteBuffer) {
        guard !isOver else { return }
        caller.write(body)
        if !caller.isWritable { upstream?.pause() }
    }

    func receivedContentBurst() {
        if !isOver { caller.flush() }
    }

    func receivedContentEnd() {
        guard !isOver else { return }
        end(status: relayedStatus ?? 502, reason: nil)
        caller.end()
    }

    func failed(_ failure: UpstreamFailure) {
        guard !isOver else { return }
        let fault = DownstreamFault(failure)
        guard caller.hasResponded else { return refuse(.downstream(fault)) }
        // Part of an answer is not to be taken for the whole of it.
        worker.egress.refused(.downstream(fault), trail: egress.trail)
        end(status: relayedStatus ?? 502, reason: fault.rawValue)
        caller.abort()
    }

    func uploadWritabilityChanged(_ isWritable: Bool) {
        guard !isOver, !requestIsWhole else { return }
        if isWritable { caller.resumeReading() } else { caller.pauseReading() }
    }

    // MARK: - Ends

    func callerClosed() {
        guard !isOver else { return }
        worker.egress.refused(.downstream(.callerGone), trail: egress.trail)
        end(status: relayedStatus ?? 499, reason: DownstreamFault.callerGone.rawValue)
    }

    /// The caller's own bytes broke the call off: what to answer, if anything can be answered.
    func broken(by error: WireError) -> WholeResponse {
        let refusal = EgressRefusal.wire(error)
        end(status: relayedStatus ?? refusal.status, reason: refusal.code)
        worker.egress.refused(refusal, trail: egress.trail)
        return EgressRefusalResponse(refusal).whole
    }

    private func refuse(_ refusal: EgressRefusal) {
        guard !isOver else { return }
        worker.egress.refused(refusal, trail: egress.trail)
        end(status: refusal.status, reason: refusal.reason)
        caller.respond(whole: EgressRefusalResponse(refusal).whole)
    }

    private func end(status: Int, reason: String?) {
        isOver = true
        worker.deadlines.strike(self)
        attempt = nil
        giveUpCredential?()
        giveUpCredential = nil
        upstream?.cancel()
        upstream = nil
        worker.effects.transactions.end(call.transaction.id)
        worker.egress.active -= 1
        records.end(status: status, reason: reason, egress.trail)
        if reason == nil { worker.egress.succeeded(egress.trail) }
        finished()
    }
}
