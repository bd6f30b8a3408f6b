import ArgumentParser
import Crypto
import Demo
import Gateway
import HTTPWire
import Logging
import NIOCore
import NIOPosix
import Policy
import StrictCoding

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run everything in one process: identity provider, legacy MCP server, gateway.",
        discussion: """
            The identity provider has two users, alice and bob. The MCP server knows
            nothing of identity. A recorder shows what the server really received. The
            policy that the gateway runs with is written into the directory, to be
            read and copied.

            Examples:
              bulla demo
              bulla demo --port 9000 --directory /tmp/bulla
            """)

    @Option(help: "The gateway's port; the other three services take the next ones. 0 takes four free ones.")
    var port = 8080

    @Option(help: "Where keys, audit log and policy are kept.", completion: .directory)
    var directory = "bulla-demo"

    @Flag(help: "Print the addresses as one JSON object instead of the lines to try.")
    var json = false

    @Option(help: "Lowest level to log: debug, info, notice, warning, error, critical.")
    var logLevel: LogLevel = .warning

    func validate() throws {
        guard (0...65_532).contains(port) else { throw ValidationError("--port takes a number from 0 to 65532") }
    }

    func run() async throws {
        let stage: DemoStage
        do {
            stage = try await DemoStage.open(port: port, directory: directory)
        } catch {
            printError("error: \(error)")
            throw ExitCode(1)
        }
        let compilation = PolicyCompiler.compile(
            PolicySource(name: stage.policyPath, bytes: Array(stage.policyText.utf8)))
        for diagnostic in compilation.diagnostics { printError(diagnostic.rendered) }
        guard let policy = compilation.policy else { throw ExitCode(1) }
        let logger = makeLogger(logLevel)
        let banner = json ? stage.addressesAsJSON : stage.banner
        let gateway = Gateway(policy: policy, policyPath: stage.policyPath, logger: logger) { _ in
            print(banner)
            flushOutput()
        }
        try await runUntilStopped(gateway, logger: logger)
        await stage.close()
    }
}
