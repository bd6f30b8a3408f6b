import ArgumentParser
import Foundation
import Policy
import Stores

/// The start-up pipeline of every command that takes a policy: read, check, report.
enum CheckedPolicy {
    /// Exit codes of `check` and `run`.
    static let hasErrors = ExitCode(1)
    static let cannotRead = ExitCode(2)

    /// The policy at `path`; its diagnostics go to standard error. Exits 1 where it has errors and 2 where it cannot be
    /// read.
    static func load(_ path: String) throws -> PolicySet {
        let compilation = PolicyCompiler.compile(try read(path))
        for diagnostic in compilation.diagnostics { printError(diagnostic.rendered) }
        guard let policy = compilation.policy else { throw hasErrors }
        return policy
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
