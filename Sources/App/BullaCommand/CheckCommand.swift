import ArgumentParser
import Policy
import StrictCoding

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check policies exactly as the gateway does at start.",
        discussion: """
            Reports every mistake at once, each with file, line, column and help.
            Exit status: 0 all are good, 1 one has errors, 2 one cannot be read.

            Example:
              bulla check policies/orders.yaml
            """)

    @Argument(help: "Policy files.", completion: .file(extensions: ["yaml", "yml"]))
    var policies: [String]

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
        entries.object { entry in
            entry.member("file", path)
            entry.member("ok", compilation.policy != nil)
            if let policy = compilation.policy { entry.member("digest", policy.digest) }
            entry.name("diagnostics")
            entry.array { list in
                for diagnostic in compilation.diagnostics { diagnostic.write(to: &list) }
            }
        }
        if !json {
            for diagnostic in compilation.diagnostics { printError(diagnostic.rendered) }
            if let policy = compilation.policy {
                print("\(path): ok, \(Count(policy.servers.count, "server")), \(policy.digest)")
            } else {
                printError("\(path): \(Count(compilation.diagnostics.count { $0.severity == .error }, "error"))")
            }
        }
        return compilation.policy == nil ? CheckedPolicy.hasErrors : nil
    }
}

/// A number with its noun: `1 server`, `2 servers`.
private struct Count: CustomStringConvertible {
    let description: String

    init(_ number: Int, _ noun: String) {
        description = number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
    }
}
