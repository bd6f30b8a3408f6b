import ArgumentParser
import Gateway
import Policy
import Stores
import StrictCoding

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check policies exactly as the gateway does at start.",
        discussion: """
            Reports every mistake at once, each with file, line, column and help, and
            every secret, certificate and key that a policy names and that cannot be
            used. Certificates that expire within 14 days are warned of.
            Exit status: 0 all are good, 1 one has errors, 2 one cannot be read.

            Examples:
              bulla check policies/minimal.yaml
              bulla check --no-secrets policies/orders.yaml   where the secrets are not
            """)

    @Argument(help: "Policy files.", completion: .file(extensions: ["yaml", "yml"]))
    var policies: [String]

    @Flag(inversion: .prefixedNo, help: "Read the secrets and certificates that the policies name.")
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
        let load: PolicyLoad
        do {
            load = try PolicyLoad.load(path, readsSecrets: secrets)
        } catch {
            printError("error: \(error)")
            return CheckedPolicy.cannotRead
        }
        entries.object { entry in
            entry.member("file", path)
            entry.member("ok", !load.hasErrors)
            if let policy = load.policy { entry.member("digest", policy.digest) }
            entry.name("diagnostics")
            entry.array { list in
                for diagnostic in load.diagnostics { diagnostic.write(to: &list) }
            }
            entry.name("secrets")
            entry.array { list in
                for problem in load.problems {
                    list.object {
                        $0.member("reference", problem.reference.text)
                        $0.member("reason", problem.reason)
                    }
                }
            }
        }
        if !json { report(load) }
        return load.hasErrors ? CheckedPolicy.hasErrors : nil
    }

    private func report(_ load: PolicyLoad) {
        for diagnostic in load.diagnostics { printError(diagnostic.rendered) }
        for problem in load.problems { printError(PolicyLoad.rendered(problem, in: load.path)) }
        if let policy = load.policy, !load.hasErrors {
            print("\(load.path): ok, \(Count(policy.servers.count, "server")), \(policy.digest)")
        } else {
            printError("\(load.path): \(Count(load.errors.count, "error"))")
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
