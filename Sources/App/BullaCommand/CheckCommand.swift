import ArgumentParser
import Policy
import Stores
import StrictCoding

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check policies exactly as the gateway does at start.",
        discussion: """
            Reports every mistake at once, each with file, line, column and help, and
            every secret that a policy names and that cannot be used.
            Exit status: 0 all are good, 1 one has errors, 2 one cannot be read.

            Examples:
              bulla check policies/minimal.yaml
              bulla check --no-secrets policies/orders.yaml   where the secrets are not
            """)

    @Argument(help: "Policy files.", completion: .file(extensions: ["yaml", "yml"]))
    var policies: [String]

    @Flag(inversion: .prefixedNo, help: "Read the secrets that the policies name.")
    var secrets = true

    @Flag(help: "Print one JSON object with all diagnostics on standard output.")
    var json = false

    func run() async throws {
        var worst: ExitCode?
        var writer = JSONWriter()
        writer.object { report in
            report.name("policies")
            report.array { entries in
                for path in policies {
                    if let code = check(path, into: &entries), code.rawValue > worst?.rawValue ?? 0 { worst = code }
                }
            }
        }
        if json { print(String(decoding: writer.bytes, as: UTF8.self)) }
        if let worst { throw worst }
    }

    /// Checks one policy; the exit code that it calls for, if any.
    private func check(_ path: String, into entries: inout JSONWriter) -> ExitCode? {
        guard let source = try? CheckedPolicy.read(path) else { return CheckedPolicy.cannotRead }
        let compilation = PolicyCompiler.compile(source)
        let problems = secrets ? unusableSecrets(compilation.policy, besides: path) : []
        entries.object { entry in
            entry.member("file", path)
            entry.member("ok", compilation.policy != nil && problems.isEmpty)
            if let policy = compilation.policy { entry.member("digest", policy.digest) }
            entry.name("diagnostics")
            entry.array { list in
                for diagnostic in compilation.diagnostics { diagnostic.write(to: &list) }
            }
            entry.name("secrets")
            entry.array { list in
                for problem in problems {
                    list.object {
                        $0.member("reference", problem.reference.text)
                        $0.member("reason", problem.reason)
                    }
                }
            }
        }
        if !json { report(path, compilation, problems) }
        return compilation.policy != nil && problems.isEmpty ? nil : CheckedPolicy.hasErrors
    }

    private func unusableSecrets(_ policy: PolicySet?, besides path: String) -> [SecretSourceFailure.Problem] {
        guard let policy else { return [] }
        do {
            _ = try SecretSource.load(policy, besides: path)
            return []
        } catch {
            return error.problems
        }
    }

    private func report(
        _ path: String, _ compilation: PolicyCompilation, _ problems: [SecretSourceFailure.Problem]
    ) {
        for diagnostic in compilation.diagnostics { printError(diagnostic.rendered) }
        for problem in problems { printError(CheckedPolicy.unusable(problem, in: path)) }
        let errors = compilation.diagnostics.count { $0.severity == .error } + problems.count
        if let policy = compilation.policy, errors == 0 {
            print("\(path): ok, \(Count(policy.servers.count, "server")), \(policy.digest)")
        } else {
            printError("\(path): \(Count(errors, "error"))")
        }
    }
}

/// A number with its noun: `1 server`, `2 servers`.
private struct Count: CustomStringConvertible {
    let description: String

    init(_ number: Int, _ noun: String) {
        description = number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
    }
}
