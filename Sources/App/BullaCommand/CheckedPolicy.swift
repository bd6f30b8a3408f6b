import ArgumentParser
import Foundation
import Policy
import Stores

/// The start-up pipeline of every command that takes a policy: read, check, report.
enum CheckedPolicy {
    /// Exit codes of `check` and `run`.
    static let hasErrors = ExitCode(1)
    static let cannotRead = ExitCode(2)

    /// The policy at `path`; its errors go to standard error. Exits 1 where it has any and 2 where it cannot be read.
    ///
    /// - Parameter warns: whether warnings are told too, as they are where the policy takes effect.
    static func load(_ path: String, warns: Bool = false) throws -> PolicySet {
        try policy(of: PolicyCompiler.compile(try read(path)), warns: warns)
    }

    static func policy(of compilation: PolicyCompilation, warns: Bool) throws -> PolicySet {
        for diagnostic in compilation.diagnostics where warns || diagnostic.severity == .error {
            printError(diagnostic.rendered)
        }
        guard let policy = compilation.policy else { throw hasErrors }
        return policy
    }

    /// The secrets to which the policy refers; what is wrong with any of them goes to standard error, and exits 1.
    static func secrets(of policy: PolicySet, besides path: String) throws -> PolicySecrets {
        do throws(SecretSourceFailure) {
            return try SecretSource.load(policy, besides: path)
        } catch {
            for problem in error.problems { printError(unusable(problem, in: path)) }
            throw hasErrors
        }
    }

    static func unusable(_ problem: SecretSourceFailure.Problem, in path: String) -> String {
        let place = problem.place.map { ":\($0.line):\($0.column)" } ?? ""
        let help = problem.help.map { "\n  help: \($0)" } ?? ""
        return "\(path)\(place): error: the secret `\(problem.reference.text)` cannot be used: \(problem.reason)\(help)"
    }

    static func read(_ path: String) throws -> PolicySource {
        do {
            return try PolicyFile.read(path)
        } catch {
            printError("error: \(error)")
            throw cannotRead
        }
    }
}

/// One line, or several, on standard error.
func printError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}
