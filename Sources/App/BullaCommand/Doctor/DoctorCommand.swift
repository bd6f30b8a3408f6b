import ArgumentParser
import AuditReading
import Crypto
import Foundation
import HTTPWire
import NIOPosix
import Policy
import Stores
import StrictCoding
import TLS

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Send a canary through the running gateway and report what server and APIs saw.",
        discussion: """
            Calls one tool as a client does, then reads in the audit file what the
            gateway understood, what the server was sent, and how each call that the
            server made was attributed and answered. Choose a tool that does no harm.
            The token is a user's; it is read and never shown.
            Exit status: 0 an outbound call succeeded, or the server has no services;
            1 otherwise.

            Example:
              bulla doctor policy.yaml --server shop-mcp --token-env ALICE \\
                --tool order_status --arguments '{"user_id":"alice","order_id":"A-1001"}'
            """)

    @Argument(help: "The policy with which the gateway runs.", completion: .file(extensions: ["yaml", "yml"]))
    var policy: String

    @Option(help: "The server's name in the policy.")
    var server: String

    @Option(help: "A file that holds an access token for the server.", completion: .file())
    var tokenFile: String?

    @Option(help: "An environment variable that holds one.")
    var tokenEnv: String?

    @Option(
        help: "Whose word is believed about the gateway's certificate, in PEM; the system's authorities, if not given.")
    var ca: String?

    @Option(help: "The tool to call.")
    var tool: String

    @Option(help: "Its arguments, a JSON object.")
    var arguments = "{}"

    @Option(help: "The service that must have been called; any, if not given.")
    var service: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (tokenFile == nil) != (tokenEnv == nil) else {
            throw ValidationError("give either --token-file or --token-env")
        }
        guard (try? JSONDocument(parsing: Array(arguments.utf8), limits: .message))?.root.kind == .object else {
            throw ValidationError("--arguments takes a JSON object")
        }
        guard ByteString(tool).isPlainText(limit: 256), tool.utf8.allSatisfy({ $0.isVisibleASCII }) else {
            throw ValidationError("--tool takes the name of a tool")
        }
    }

    func run() async throws {
        let checked = try CheckedPolicy.load(policy)
        let known: Server
        let diagnosis: Diagnosis
        let answer: CanaryAnswer
        let scopes: [ByteString]?
        let canary: Canary
        do {
            known = try find(in: checked)
            let token = try DoctorToken.read(file: tokenFile, variable: tokenEnv)
            scopes = DoctorToken.scopes(token, at: known, in: checked)
            let client = HTTPClient(eventLoop: MultiThreadedEventLoopGroup.singleton.any())
            canary = try Canary(
                client: client, server: known, policy: checked, token: token, trust: try trust())
            var records = try AuditFollower(path: PolicyFile.resolve(checked.audit.file, besides: policy))
            answer = try await canary.call(ByteString(tool), arguments: Array(arguments.utf8))
            diagnosis = try await AuditWait.diagnosis(following: &records) { entries in
                Diagnosis(
                    policy: checked, server: known, service: service.map { ByteString($0) }, traceID: canary.traceID,
                    entries: entries)
            }
            await client.shutdown()
        } catch {
            printError("error: \(error)")
            throw ExitCode(1)
        }
        print(
            json
                ? diagnosis.json(policyPath: policy, traceID: canary.traceID, answer: answer, scopes: scopes)
                : diagnosis.text(policyPath: policy, answer: answer, scopes: scopes))
        guard diagnosis.isHealthy else { throw ExitCode(1) }
        // A server without services proves itself by its answer alone.
        if known.services.isEmpty, !answer.isResult { throw ExitCode(1) }
    }

    private func trust() throws -> TrustAnchors {
        guard let ca else { return .system }
        return .only(SecretBytes([UInt8](try Data(contentsOf: URL(fileURLWithPath: ca)))))
    }

    private func find(in policy: PolicySet) throws(EgressCallerMistake) -> Server {
        guard let known = policy.servers.first(where: { $0.name == ByteString(server) }) else {
            throw .unknownServer(server, known: policy.servers.map(\.name))
        }
        let services = known.services.map { policy.services[$0].name }
        if let service, !services.contains(ByteString(service)) {
            throw .notItsService(service, of: server, its: services)
        }
        return known
    }
}

/// Waits for the records of a canary that has been answered.
enum AuditWait {
    private static let step = Duration.milliseconds(100)
    /// Without a new record for so long after everything has ended, nothing more is expected.
    private static let quietSteps = 5
    private static let mostSteps = 80

    static func diagnosis(
        following records: inout AuditFollower, _ make: ([RequestEntry]) -> Diagnosis
    ) async throws -> Diagnosis {
        var entries: [RequestEntry] = []
        var diagnosis = make([])
        var quiet = 0
        for _ in 0..<mostSteps {
            let more = try records.next().compactMap { RequestEntry($0) }
            entries += more
            diagnosis = make(entries)
            quiet = more.isEmpty && diagnosis.isSettled ? quiet + 1 : 0
            if quiet == quietSteps { break }
            try await Task.sleep(for: step)
        }
        return diagnosis
    }
}
