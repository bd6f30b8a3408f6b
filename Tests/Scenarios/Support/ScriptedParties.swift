import Admission
import Audit
import DataPlane
import Delegation
import StrictCoding

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

    func take(_ record: IngressRecord, _ microseconds: Int64) -> Bool {
        guard !isFull else { return false }
        written.append(String(decoding: AuditLine.bytes(.ingress(record), microseconds: microseconds), as: UTF8.self))
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

    /// `intent alice agent_456 on_behalf_of`, `result 200 …`, `denied unattributed 403 - - -`.
    func take(_ record: EgressRecord, _ microseconds: Int64) -> Bool {
        guard !isFull else { return false }
        written.append(String(decoding: AuditLine.bytes(.egress(record), microseconds: microseconds), as: UTF8.self))
        let event =
            switch record.event {
            case .intent: "intent"
            case .result(let status, let reason, _): "result \(reason.map { $0 + " " } ?? "")\(status)"
            case .denied(let reason, let status): "denied \(reason) \(status)"
            }
        let principal = record.trail.claims?.principal
        let triple = [principal?.subject.string, principal?.agentID.string, record.trail.mode?.rawValue]
        lines.append(([event] + triple.map { $0 ?? "-" }).joined(separator: " "))
        return true
    }
}
