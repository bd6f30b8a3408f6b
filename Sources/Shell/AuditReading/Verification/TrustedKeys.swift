package import AuditProof

/// The keys that checkpoints of a log must be signed with.
package struct TrustedKeys: Sendable {
    package let verifiers: [NoteVerifier]
    /// Whether they were given. Otherwise they are those that the log names itself, which prove little.
    package let areGiven: Bool
    /// Those that the first records of its files name, newest last.
    package let named: [NoteVerifier]

    /// - Parameter given: in place of those that the log names.
    package init(_ given: [NoteVerifier], for log: LogFiles) throws(AuditReadingFailure) {
        areGiven = !given.isEmpty
        var named: [NoteVerifier] = []
        // Records within a file may name a key too. It is the same, or nobody's word: see KeyClaims.
        for segment in log.segments {
            guard let line = try segment.firstLine(), let opened = try? OpenedRecord(line),
                !named.contains(where: { $0.vkey == opened.vkey }), let key = try? NoteVerifier(vkey: opened.vkey),
                key.name == opened.origin
            else { continue }
            named.append(key)
        }
        self.named = named
        verifiers = given.isEmpty ? named : given
    }
}
