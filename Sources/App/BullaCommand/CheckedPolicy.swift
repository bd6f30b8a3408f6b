import ArgumentParser
import Foundation
import Gateway
import Policy
import Stores

/// The start-up pipeline of every command that takes a policy: read, check, report.
enum CheckedPolicy {
    /// Exit codes of `check` and `run`.
    static let hasErrors = ExitCode(1)
    static let cannotRead = ExitCode(2)

    /// The policy at `path`; its errors go to standard error. Exits 1 where it has any and 2 where it cannot be read.
    static func load(_ path: String) throws -> PolicySet {
        try policy(of: PolicyCompiler.compile(try read(path)))
    }

    /// The policy at `path` with its secrets, its certificates tried: as a running gateway takes it over. What is wrong
    /// goes to standard error, and exits 1, or 2 where it cannot be read.
    static func ready(_ path: String) throws -> PolicyLoad.Ready {
        let load: PolicyLoad
        do {
            load = try PolicyLoad.load(path)
        } catch {
            printError("error: \(error)")
            throw cannotRead
        }
        for diagnostic in load.diagnostics { printError(diagnostic.rendered) }
        for problem in load.problems { printError(PolicyLoad.rendered(problem, in: path)) }
        guard let ready = load.ready else { throw hasErrors }
        return ready
    }

    static func policy(of compilation: PolicyCompilation) throws -> PolicySet {
        for diagnostic in compilation.diagnostics where diagnostic.severity == .error {
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
            for problem in error.problems { printError(PolicyLoad.rendered(problem, in: path)) }
            throw hasErrors
        }
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
