import Admission
import Delegation
import HTTPWire
import Identity
import MCP
import NIOCore
import StrictCoding

/// What a forwarded request holds while its server works on it: its transaction, and for a launched server its
/// instance. Both are given back with the answer, which inside a stream comes before the end.
final class Work {
    private let worker: Worker
    private var transaction: ByteString?
    private var isPinned = false
    private var leased: LeasedInstance?
    private var giveUpLease: (() -> Void)?
    private var watchedID: [UInt8]?
    private var watch: AnswerWatch?

    init(_ worker: Worker) {
        self.worker = worker
    }

    /// Waits for the instance of a launched server.
    func lease(
        _ request: UpstreamRequest, of server: ByteString,
        _ done: @escaping (Result<LeasedInstance, InstanceFault>) -> Void
    ) {
        giveUpLease = worker.effects.lease(
            server, request.principal, request.scopes, request.watchedID != nil, request.method != .delete
        ) { [self] result in
            giveUpLease = nil
            if case .success(let instance) = result { leased = instance }
            done(result)
        }
    }

    /// Opens the request's transaction, if it has one; `false` where there is no room for it.
    func begin(_ request: UpstreamRequest, at instance: ByteString?) -> Bool {
        watchedID = request.watchedID
        guard var opening = request.transaction else { return true }
        if let instance {
            opening = opening.sent(to: instance)
            isPinned = true
        }
        guard worker.effects.transactions.open(opening, worker.effects.milliseconds()) else { return false }
        transaction = opening.id
        return true
    }

    func watch(isEventStream: Bool) {
        guard isEventStream, let id = watchedID, transaction != nil || leased != nil else { return }
        watch = AnswerWatch(requestID: id, isEventStream: true)
    }

    func received(_ body: ByteBuffer) {
        guard watch != nil else { return }
        if body.withUnsafeReadableBytes({ watch?.received($0) }) == true { giveBack() }
    }

    /// In the modern revisions a client cancels by closing. In the earlier ones it may come back for the answer, and
    /// the server works on; its calls are attributed as long as that is exact, which it is not once an instance works
    /// on its principal's next request.
    func clientGone(isModern: Bool) {
        guard !isModern, !isPinned, let transaction else { return }
        worker.effects.transactions.abandon(transaction, worker.effects.milliseconds())
        self.transaction = nil
    }

    func end() {
        giveUpLease?()
        giveUpLease = nil
        giveBack()
    }

    private func giveBack() {
        watch = nil
        if let transaction { worker.effects.transactions.close(transaction, worker.effects.milliseconds()) }
        transaction = nil
        leased?.release()
        leased = nil
    }
}
