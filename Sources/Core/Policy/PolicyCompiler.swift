/// From the text of a policy file to the policy, or to everything that is wrong with it.
///
///     text ──libyaml──▶ located nodes ──readers──▶ checked values ──▶ PolicySet
///
/// Total and bounded: any bytes give an answer, and the same bytes give the same one.
package enum PolicyCompiler {
    package static func compile(_ source: PolicySource) -> PolicyCompilation {
        var report = Report(file: source.name)
        let policy = DocumentReader.read(source, &report).flatMap { root in
            PolicyReader.read(root, digest: source.digest, &report)
        }
        return PolicyCompilation(policy: report.hasErrors ? nil : policy, diagnostics: report.diagnostics)
    }
}

/// What compiling gave.
package struct PolicyCompilation: Sendable {
    /// nil exactly when there is an error among the diagnostics.
    package let policy: PolicySet?
    /// In the order of the file; may hold warnings beside a policy.
    package let diagnostics: [Diagnostic]
}
