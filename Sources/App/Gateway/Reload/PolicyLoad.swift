package import Identity
package import Policy
package import Stores
import StrictCoding

/// A policy file as `bulla check`, `bulla run` and a reload see it: compiled, its secrets read, its certificates and
/// keys tried.
package struct PolicyLoad: Sendable {
    /// A policy that may take effect.
    package struct Ready: Sendable {
        package let policy: PolicySet
        package let secrets: PolicySecrets
    }

    package let path: String
    /// As far as the file alone says.
    package let policy: PolicySet?
    /// What is to be said about the file, and about certificates and keys; errors, warnings and notes.
    package let diagnostics: [Diagnostic]
    /// Secrets and certificates that cannot be read.
    package let problems: [SecretSourceFailure.Problem]
    /// `nil` where there is an error, or where secrets were not read.
    package let ready: Ready?

    /// - Parameter readsSecrets: without them only the file is looked at.
    /// - Throws: where there is no file to look at.
    package static func load(
        _ path: String, readsSecrets: Bool = true, now: UnixTime = SystemClock.now()
    ) throws(PolicyFileFailure) -> PolicyLoad {
        PolicyLoad(path, PolicyCompiler.compile(try PolicyFile.read(path)), readsSecrets: readsSecrets, now: now)
    }

    package init(_ path: String, _ compilation: PolicyCompilation, readsSecrets: Bool, now: UnixTime) {
        self.path = path
        policy = compilation.policy
        guard let policy = compilation.policy, readsSecrets else {
            (diagnostics, problems, ready) = (compilation.diagnostics, [], nil)
            return
        }
        do {
            let secrets = try SecretSource.load(policy, besides: path)
            let found = TLSCheck(policy: policy, secrets: secrets, file: path, now: now).diagnostics
            diagnostics = compilation.diagnostics + found
            problems = []
            ready = found.contains { $0.severity == .error } ? nil : Ready(policy: policy, secrets: secrets)
        } catch {
            (diagnostics, problems, ready) = (compilation.diagnostics, error.problems, nil)
        }
    }

    /// Whether anything keeps the policy from taking effect.
    package var hasErrors: Bool {
        policy == nil || !problems.isEmpty || diagnostics.contains { $0.severity == .error }
    }

    /// One text for each error and each problem, as commands show them.
    package var errors: [String] {
        diagnostics.filter { $0.severity == .error }.map(\.rendered) + problems.map { Self.rendered($0, in: path) }
    }

    package static func rendered(_ problem: SecretSourceFailure.Problem, in path: String) -> String {
        let place = problem.place.map { ":\($0.line):\($0.column)" } ?? ""
        let help = problem.help.map { "\n  help: \($0)" } ?? ""
        return
            "\(path)\(place): error: the \(problem.noun) `\(problem.reference.text)` cannot be used: \(problem.reason)\(help)"
    }
}
