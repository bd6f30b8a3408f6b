import Admission
import Delegation

/// The two records of one outbound call: its intent, on disk before anything is done for it, and its result. A call
/// whose intent never came to be on record leaves a denial in their place.
///
///     none ──intend──▶ offered ──taken──▶ pending ──written, or not──▶ recorded ──end──▶ (result)
///       │                 │ not taken
///       └──────end────────┴──────▶ (denial)
///
/// A call that ends while its intent is still being written is put on record when that is decided. An intent that was
/// taken and does not reach the disk in time is in the log all the same, as soon as that can be written: its call is not
/// made, and has a result that says so.
final class CallRecords {
    private enum Intent { case none, offered, pending, recorded }

    private let worker: Worker
    private let epoch: Epoch
    /// Microseconds since 1970.
    private let began: Int64
    private var intent = Intent.none
    private var outcome: (status: Int, reason: String?, trail: EgressTrail)?
    private var patience: DiskPatience?

    init(worker: Worker, epoch: Epoch, began: Int64) {
        self.worker = worker
        self.epoch = epoch
        self.began = began
    }

    /// Calls back once, unless the call ends before: whether the intent is on disk.
    func intend(_ trail: EgressTrail, _ done: @escaping (Bool) -> Void) {
        intent = .offered
        patience = DiskPatience(worker.deadlines) { done(false) }
        let record = EgressRecord(.intent, trail, policyDigest: epoch.policy.digest)
        worker.effects.egress.recordDurably(record, began) { [self] isWritten in
            patience?.end()
            intent = isWritten || intent == .pending ? .recorded : .none
            guard outcome == nil else { return write() }
            done(isWritten)
        }
        // One that is not taken is refused at once.
        if intent == .offered { intent = .pending }
    }

    /// The call is over.
    ///
    /// - Parameters:
    ///   - status: what the caller was told.
    ///   - reason: `nil` where the service answered, whatever it answered.
    func end(status: Int, reason: String?, _ trail: EgressTrail) {
        patience?.end()
        outcome = (status, reason, trail)
        if intent != .pending, intent != .offered { write() }
    }

    private func write() {
        guard let outcome else { return }
        let event: EgressRecord.Event =
            switch intent {
            case .recorded:
                .result(
                    status: outcome.status, reason: outcome.reason,
                    durationMicroseconds: worker.effects.microseconds() - began)
            case .none, .offered, .pending: .denied(reason: outcome.reason ?? "", status: outcome.status)
            }
        worker.record(event, outcome.trail, epoch: epoch)
    }
}
