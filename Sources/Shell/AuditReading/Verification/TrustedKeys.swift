package import AuditProof

/// The keys that checkpoints of a log must be signed with.
package struct TrustedKeys: Sendable {
    package let verifiers: [NoteVerifier]
    /// Whether they were given. Otherwise they are those that the log names itself, which prove little.
    package let areGiven: Bool

    /// - Parameter given: in place of those that the log names.
    package init(_ given: [NoteVerifier], for log: LogFiles) throws(AuditReadingFailure) {
        areGiven = !given.isEmpty
        guard given.isEmpty else {
            verifiers = given
            return
        }
        var named: [NoteVerifier] = []
        for segment in log.segments {
            guard let line = try segment.firstLine(), let opened = try? OpenedRecord(line),
                let key = try? NoteVerifier(vkey: opened.vkey), key.name == opened.origin,
                !named.contains(where: { $0.vkey == key.vkey })
            else { continue }
            named.append(key)
        }
        verifiers = named
    }
}
