import Admission
import Identity

/// What one request holds of what is scarce, from its credential to the end of its answer. However the request ends,
/// `leave` gives everything back; once is enough.
final class Seat {
    private let worker: Worker
    private let epoch: Epoch
    private var share: Occupancy.Share?
    private var hasStream = false
    private var heldBytes = 0
    private var isTaken = true

    /// - Throws: `tooManyRequests` where the process works on as many as it may.
    init(_ worker: Worker, epoch: Epoch) throws(Refusal) {
        guard worker.requests.take() else { throw .tooManyRequests }
        self.worker = worker
        self.epoch = epoch
    }

    /// The request turned out to be this user's.
    func belongs(to principal: Principal) throws(Refusal) {
        share = try worker.occupancy.enter(Occupancy.User(principal), limits: epoch.policy.limits)
    }

    /// So much more of the message is in memory, where it stays while the request lasts.
    func hold(_ bytes: Int) throws(Refusal) {
        try worker.occupancy.buffer(bytes, limits: epoch.policy.limits)
        heldBytes += bytes
    }

    /// The request will open a stream to listen, which is refused where its user has too many.
    func opensStream() throws(Refusal) {
        guard let share else { return }
        try worker.occupancy.checkStreams(of: share, limits: epoch.policy.limits)
        streamBegan()
    }

    /// The request is answered with a stream. One that answers a call counts and is never refused: the call was carried
    /// out.
    func streamBegan() {
        guard let share, !hasStream, isTaken else { return }
        worker.occupancy.openStream(of: share)
        hasStream = true
    }

    func leave() {
        guard isTaken else { return }
        isTaken = false
        worker.requests.give()
        worker.occupancy.release(heldBytes)
        guard let share else { return }
        if hasStream { worker.occupancy.closeStream(of: share) }
        worker.occupancy.leave(share)
    }
}
