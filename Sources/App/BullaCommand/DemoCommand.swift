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
        abstract: "Run everything at once: identity provider, legacy MCP servers, APIs, gateway.",
        discussion: """
            The identity provider has two users, alice and bob. The two MCP servers
            know nothing of identity: one answers from its own data, the other calls
            three APIs. A recorder shows what the first really received, and the APIs
            show whom they believed. The policy that the gateway runs with is written
            into the directory, to be read and copied.

            Examples:
              bulla demo
              bulla demo --port 9000 --directory /tmp/bulla
            """)

    @Option(help: "The gateway's port; the other services take the next five. 0 takes free ones.")
    var port = 8080

    @Option(help: "Where keys, audit log and policy are kept.", completion: .directory)
    var directory = "bulla-demo"

    @Flag(help: "Print the addresses as one JSON object instead of the lines to try.")
    var json = false

    @Option(help: "Lowest level to log: debug, info, notice, warning, error, critical.")
    var logLevel: LogLevel = .warning

    func validate() throws {
        let most = 65_536 - DemoPorts.count
        guard (0...most).contains(port) else { throw ValidationError("--port takes a number from 0 to \(most)") }
    }

    func run() async throws {
        try Gateway.hideProcess()
        let stage: DemoStage
        do {
            stage = try await DemoStage.open(port: port, directory: directory)
        } catch {
            printError("error: \(error)")
            throw ExitCode(1)
        }
        let source = PolicySource(name: stage.policyPath, bytes: Array(stage.policyText.utf8))
        let policy = try CheckedPolicy.policy(of: PolicyCompiler.compile(source))
        let logger = makeLogger(logLevel)
        let banner = json ? stage.addressesAsJSON : stage.banner
        let secrets = try CheckedPolicy.secrets(of: policy, besides: stage.policyPath)
        let gateway = Gateway(policy: policy, policyPath: stage.policyPath, secrets: secrets, logger: logger) { _ in
            print(banner)
            flushOutput()
        }
        try await runUntilStopped(gateway, logger: logger)
        await stage.close()
    }
}
