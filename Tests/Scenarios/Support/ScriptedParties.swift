import Admission
import DataPlane
import Delegation
import StrictCoding

@testable import Audit

/// The identity provider of a story, as the gateway's key fetching sees it.
final class ScriptedProvider {
    enum Manner {
        /// Its keys are installed before the answer.
        case answers
        case fails
        /// Nothing comes until `answerNow`.
        case hesitates
    }

    var manner = Manner.answers
    /// What it publishes.
    var standings: IssuerStandings
    /// Each time that keys were asked for: of which issuers.
    private(set) var asked: [[Int]] = []
    weak var worker: Worker?
    private var waiting: [() -> Void] = []

    init(standings: IssuerStandings) {
        self.standings = standings
    }

    func fetch(_ issuers: [Int], _ done: @escaping () -> Void) {
        asked.append(issuers)
        switch manner {
        case .answers:
            worker?.install(standings)
            done()
        case .fails: done()
        case .hesitates: waiting.append(done)
        }
    }

    func answerNow() {
        worker?.install(standings)
        for done in waiting { done() }
        waiting = []
    }
}

/// The audit log of a story. Each record is kept as it would be written and as one short line.
final class ScriptedAudit {
    /// A full queue takes nothing.
    var isFull = false
    /// `accepted alice agent_456 on_behalf_of`, `denied token_expired 401 - - on_behalf_of`.
    private(set) var lines: [String] = []
    /// The lines of the file.
    private(set) var written: [String] = []

    /// Whether what is taken reaches the disk by the time that somebody hears of it.
    var reachesDisk = true
    private var unsynced: [(Bool) -> Void] = []

    func takeDurably(_ record: IngressRecord, _ microseconds: Int64, _ done: @escaping (Bool) -> Void) {
        guard take(record, microseconds) else { return done(false) }
        unsynced.append(done)
    }

    func syncNow() {
        let all = unsynced
        unsynced = []
        for done in all { done(reachesDisk) }
    }

    func take(_ record: IngressRecord, _ microseconds: Int64) -> Bool {
        guard !isFull else { return false }
        note(.ingress(record), microseconds)
        let decision =
            switch record.decision {
            case .accepted: "accepted"
            case .denied(let reason, let status): "denied \(reason) \(status)"
            case .failed(let reason, let status): "failed \(reason) \(status)"
            }
        let principal = record.trail.caller?.principal
        let triple = [
            principal?.subject.string, principal?.agentID.string, record.delegationMode?.rawValue,
        ].map { $0 ?? "-" }
        lines.append(([decision] + triple).joined(separator: " "))
        return true
    }

    private func note(_ record: AuditRecord, _ microseconds: Int64) {
        var line: [UInt8] = []
        AuditLine.append(record, after: Chain(origin: "stage"), microseconds: microseconds, to: &line)
        written.append(String(decoding: line, as: UTF8.self))
    }

    /// `intent alice agent_456 on_behalf_of`, `result 200 …`, `denied unattributed 403 - - -`.
    func take(_ record: EgressRecord, _ microseconds: Int64) -> Bool {
        guard !isFull else { return false }
        note(.egress(record), microseconds)
        let event =
            switch record.event {
            case .intent: "intent"
            case .result(let status, let reason, _): "result \(reason.map { $0 + " " } ?? "")\(status)"
            case .denied(let reason, let status): "denied \(reason) \(status)"
            }
        let principal = record.trail.statement?.claims.principal
        let triple = [principal?.subject.string, principal?.agentID.string, record.trail.mode?.rawValue]
        lines.append(([event] + triple.map { $0 ?? "-" }).joined(separator: " "))
        return true
    }
}
