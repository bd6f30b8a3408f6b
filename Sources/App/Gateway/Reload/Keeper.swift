import Audit
import Delegation
import Foundation
import Identity
import Logging
import Policy
import Stores
import StrictCoding
import TLS

/// Changes what is in force while the gateway runs: a new policy when somebody asks for it, and each minute keys that
/// are due and certificates that were renewed. One change after the other, by one task.
struct Keeper: Sendable {
    let policyPath: String
    let regimes: Regimes
    let crew: Crew
    let commons: Commons
    let doorTLS: DoorTLS
    let tools: Regime.Tools
    /// Whether servers' calls are listened for, and where.
    let hasEgress: Bool
    let egressBase: String
    let counts: ReloadCounts
    let audit: AuditLog
    let logger: Logger
    let bell: ReloadBell
    let interval: Duration
    /// What the last look at the certificates complained of, so that it is said once.
    let complaints = Latest<[String]>([])

    /// For ever, until its task is cancelled.
    func work(since began: UnixTime) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                while (try? await Task.sleep(for: interval)) != nil { bell.nudge() }
            }
            var turned = began
            var due = ContinuousClock.now + interval
            for await _ in bell.rings {
                await answer(bell.take())
                guard ContinuousClock.now >= due else { continue }
                due = ContinuousClock.now + interval
                await turnKeys(since: &turned)
                await renewCertificates()
            }
            tasks.cancelAll()
        }
    }

    private func answer(_ waiting: [CheckedContinuation<ReloadBell.Outcome, Never>]) async {
        guard !waiting.isEmpty else { return }
        let outcome = await reload()
        counts.count(outcome)
        switch outcome {
        case .installed(let digest):
            logger.notice("policy installed", metadata: ["policy": "\(digest)"])
        case .refused(let errors):
            for error in errors { logger.error("policy refused", metadata: ["reason": "\(error)"]) }
            logger.error(
                "the policy from before stays in force", metadata: ["policy": "\(regimes.current.policy.digest)"])
        case .stopped: break
        }
        for continuation in waiting { continuation.resume(returning: outcome) }
    }

    private func reload() async -> ReloadBell.Outcome {
        let load: PolicyLoad
        do { load = try PolicyLoad.load(policyPath) } catch { return .refused(["\(error)"]) }
        guard let ready = load.ready else { return .refused(load.errors) }
        for diagnostic in load.diagnostics where diagnostic.severity == .warning {
            logger.warning("policy", metadata: ["diagnostic": "\(diagnostic.rendered)"])
        }
        let fixed = FixedSettings.changed(from: regimes.current.policy, to: ready.policy, hasEgress: hasEgress)
        guard fixed.isEmpty else {
            let keys = fixed.map { "`\($0)`" }.joined(separator: ", ")
            return .refused([
                "\(policyPath): \(keys) cannot change while the gateway runs\n  help: restart it; `bulla run --take-over` does so without refusing anybody"
            ])
        }
        do {
            try await install(ready)
            return .installed(policy: ready.policy.digest)
        } catch let fault as TLSMaterialFault {
            return .refused([fault.explanation])
        } catch {
            return .refused(["\(error)"])
        }
    }
}
