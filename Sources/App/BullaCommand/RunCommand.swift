import ArgumentParser
import Gateway
import Logging
import NIOCore
import ServiceLifecycle

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the gateway.",
        discussion: """
            Checks the policy as `bulla check` does, then listens. SIGTERM and SIGINT
            stop accepting, let running requests finish (gateway.limits.drain_timeout)
            and end the process. SIGHUP reads the policy and its secrets again; a
            policy with mistakes never replaces a good one. The log is JSON on
            standard error.

            Examples:
              bulla run policies/orders.yaml
              bulla run --take-over policies/orders.yaml
                                        in the place of the one that runs; no
                                        client is refused meanwhile
            """)

    @Argument(help: "The policy file.", completion: .file(extensions: ["yaml", "yml"]))
    var policy: String

    @Flag(help: "Ask the gateway that runs on the same addresses to leave, and take its place.")
    var takeOver = false

    @Option(help: "Event loops; the default is one per core.")
    var loops: Int?

    @Option(help: "Lowest level to log: debug, info, notice, warning, error, critical.")
    var logLevel: LogLevel = .info

    /// Listeners, event loops, the audit log, launched servers' pipes.
    private static let otherFiles = 256

    func validate() throws {
        if let loops, !(1...256).contains(loops) { throw ValidationError("--loops takes a number from 1 to 256") }
    }

    func run() async throws {
        try Gateway.hideProcess()
        let openFiles = Gateway.raiseOpenFiles()
        let reload = ReloadBell()
        // From the start: the default is to end the process.
        let hangup = Hangup { Task { _ = await reload.ring() } }
        defer { hangup.cancel() }
        let ready = try CheckedPolicy.ready(policy)
        let logger = makeLogger(logLevel)
        // Each connection may need one to a server.
        let needed = 2 * ready.policy.limits.connections + Self.otherFiles
        if let openFiles, openFiles < needed {
            logger.warning("few open files", metadata: ["limit": "\(openFiles)", "needed": "\(needed)"])
        }
        let gateway = Gateway(
            policy: ready.policy, policyPath: policy, secrets: ready.secrets, loops: loops ?? System.coreCount,
            logger: logger, reload: reload, succession: takeOver ? .bySignal : nil)
        try await runUntilStopped(gateway, logger: logger)
    }
}

/// The levels of swift-log as an option.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case debug, info, notice, warning, error, critical
}

func makeLogger(_ level: LogLevel) -> Logger {
    Logger(label: "bulla") { _ in JSONLogHandler(level: Logger.Level(rawValue: level.rawValue) ?? .info) }
}

/// Runs the gateway until a signal stops it or it cannot go on, which is told in one line.
func runUntilStopped(_ gateway: Gateway, logger: Logger) async throws {
    var quiet = logger
    quiet.logLevel = .critical  // the group would tell every step of its own
    let service = ServiceGroupConfiguration.ServiceConfiguration(
        service: GatewayService(gateway: gateway), successTerminationBehavior: .gracefullyShutdownGroup,
        failureTerminationBehavior: .gracefullyShutdownGroup)
    let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
    do {
        try await group.run()
    } catch {
        printError("error: \(error)")
        throw ExitCode(1)
    }
}

private struct GatewayService: Service {
    let gateway: Gateway

    func run() async throws { try await gateway.run() }
}
