package import AuditProof

/// The keys that checkpoints of a log must be signed with.
package struct TrustedKeys: Sendable {
    package let verifiers: [NoteVerifier]
    /// Whether they were given. Otherwise they are those that the log names itself, which prove little.
    package let areGiven: Bool
    /// Those that the log names itself, newest last.
    package let named: [NoteVerifier]

    /// - Parameter given: in place of those that the log names.
    package init(_ given: [NoteVerifier], for log: LogFiles) throws(AuditReadingFailure) {
        areGiven = !given.isEmpty
        var named: [NoteVerifier] = []
        // A gateway that starts anew goes on in the same file, and may have another key.
        let openings = LineQuery([LineCondition(["event"], "audit", .leading(UInt8(ascii: ".")))])
        try openings.run(log) { found in
            for line in found.lines {
                guard let entry = AuditEntry(Array(found.bytes[line])),
                    ["audit.opened", "audit.started"].contains(entry.event), let vkey = entry["vkey"],
                    !named.contains(where: { $0.vkey == vkey }), let key = try? NoteVerifier(vkey: vkey),
                    key.name == entry["origin"]
                else { continue }
                named.append(key)
            }
            return true
        }
        self.named = named
        verifiers = given.isEmpty ? named : given
    }
}
