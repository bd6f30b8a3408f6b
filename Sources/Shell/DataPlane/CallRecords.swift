import Admission
import Delegation
import NIOCore

/// The two records of one outbound call: its intent, on disk before anything is done for it, and its result. A call
/// whose intent never came to be on record leaves a denial in their place.
///
///     none ──intend──▶ pending ──written──▶ recorded ──end──▶ (result)
///       │                 │ not written
///       └──────end────────┴──────▶ (denial)
///
/// A call that ends while its intent is still being written is put on record when that is decided.
final class CallRecords {
    private enum Intent { case none, pending, recorded }

    /// For an intent to be on disk. A disk that hangs would hold up the call for nobody knows how long.
    private static let mostIntent = TimeAmount.seconds(5)

    private let worker: Worker
    private let epoch: Epoch
    /// Microseconds since 1970.
    private let began: Int64
    private var intent = Intent.none
    private var outcome: (status: Int, reason: String?, trail: EgressTrail)?
    private var patience: Scheduled<Void>?

    init(worker: Worker, epoch: Epoch, began: Int64) {
        self.worker = worker
        self.epoch = epoch
        self.began = began
    }

    /// Calls back once, unless the call ends before: whether the intent is on disk.
    func intend(_ trail: EgressTrail, _ done: @escaping (Bool) -> Void) {
        intent = .pending
        patience = worker.loop.assumeIsolated().scheduleTask(in: Self.mostIntent) { [self] in
            if intent == .pending, outcome == nil { done(false) }
        }
        let record = EgressRecord(.intent, trail, policyDigest: epoch.policy.digest)
        worker.effects.egress.recordDurably(record, began) { [self] isWritten in
            patience?.cancel()
            intent = isWritten ? .recorded : .none
            guard outcome == nil else { return write() }
            done(isWritten)
        }
    }

    /// The call is over.
    ///
    /// - Parameters:
    ///   - status: what the caller was told.
    ///   - reason: `nil` where the service answered, whatever it answered.
    func end(status: Int, reason: String?, _ trail: EgressTrail) {
        patience?.cancel()
        outcome = (status, reason, trail)
        if intent != .pending { write() }
    }

    private func write() {
        guard let outcome else { return }
        let event: EgressRecord.Event =
            switch intent {
            case .recorded:
                .result(
                    status: outcome.status, reason: outcome.reason,
                    durationMicroseconds: worker.effects.microseconds() - began)
            case .none, .pending: .denied(reason: outcome.reason ?? "", status: outcome.status)
            }
        worker.record(event, outcome.trail, epoch: epoch)
    }
}
