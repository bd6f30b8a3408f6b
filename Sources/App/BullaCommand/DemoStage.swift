import Crypto
import Demo
import Foundation
import HTTPWire
import NIOCore
import NIOPosix
import StrictCoding

/// The world around the gateway of `bulla demo`: the identity provider and the recorded MCP server on their listeners,
/// and the policy for the gateway between them.
struct DemoStage: Sendable {
    let policyPath: String
    let policyText: String
    private let gateway: String
    private let provider: String
    private let server: String
    private let admin: String
    private let auditPath: String
    private let listeners: [Listener]
    private let group: MultiThreadedEventLoopGroup

    static func open(port: Int, directory: String) async throws -> DemoStage {
        let ports = try await DemoPorts(first: port)
        let url = { (port: Int) in "http://127.0.0.1:\(port)" }
        let folder = try makeFolder(directory)
        let policy = DemoPolicy(
            publicURL: url(ports.gateway), clients: "127.0.0.1:\(ports.gateway)", admin: "127.0.0.1:\(ports.admin)",
            issuer: url(ports.provider), upstream: url(ports.server) + "/mcp", ordersAPI: url(ports.server) + "/orders",
            billingAPI: url(ports.server) + "/billing", directory: folder)
        let policyPath = folder + "/policy.yaml"
        try Data(policy.yaml.utf8).write(to: URL(fileURLWithPath: policyPath), options: .atomic)

        let provider = try DemoIdentityProvider(
            issuer: ByteString(url(ports.provider)), resources: [ByteString(policy.resource)],
            exchangeTargets: ["orders-api", "billing-api"], key: try SigningKey.generate(), effects: .live)
        let recorder = DemoRecorder(recording: DemoLegacyServer(effects: .live).service, effects: .live)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listeners = [
            try await listen(group, ports.provider, provider.service),
            try await listen(group, ports.server, recorder.service),
        ]
        return DemoStage(
            policyPath: policyPath, policyText: policy.yaml, gateway: url(ports.gateway), provider: url(ports.provider),
            server: url(ports.server), admin: url(ports.admin), auditPath: folder + "/audit.jsonl",
            listeners: listeners,
            group: group)
    }

    func close() async {
        for listener in listeners { await listener.drain(timeout: .seconds(1)) }
        try? await group.shutdownGracefully()
    }

    // MARK: - What to try

    var addressesAsJSON: String {
        var writer = JSONWriter()
        writer.object { addresses in
            addresses.member("gateway", gateway)
            addresses.member("identity_provider", provider)
            addresses.member("mcp_server", server)
            addresses.member("admin", admin)
            addresses.member("policy", policyPath)
            addresses.member("audit", auditPath)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    var banner: String {
        """
        bulla demo is running; Ctrl-C ends it.

          gateway            \(gateway)/mcp/orders
          identity provider  \(provider)   users alice (alice-demo) and bob (bob-demo)
          legacy MCP server  \(server)/mcp   what it received: curl \(server)/received?format=text
          admin              \(admin)/readyz, /metrics
          policy             \(policyPath)
          audit log          \(auditPath)

        Try, in another terminal (the README goes on from here):

          curl -i -d '{}' \(gateway)/mcp/orders
        """
    }

    // MARK: - Parts

    private static func listen(_ group: MultiThreadedEventLoopGroup, _ port: Int, _ service: @escaping Service)
        async throws -> Listener
    {
        try await Listener.bind(on: group.any(), host: "127.0.0.1", port: port, sharesPort: false) { _ in
            ServiceHandler(maxBody: 1 << 20, service: service)
        }
    }

    private static func makeFolder(_ directory: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return URL(fileURLWithPath: directory).path
    }
}

/// The demo's four ports on loopback.
struct DemoPorts {
    let gateway: Int
    let provider: Int
    let server: Int
    let admin: Int

    /// Four in a row, or four free ones for 0; says which is taken.
    init(first: Int) async throws {
        var ports: [Int] = []
        var held: [any Channel] = []
        defer { for channel in held { channel.close(promise: nil) } }
        for index in 0..<4 {
            let wanted = first == 0 ? 0 : first + index
            do {
                // Without SO_REUSEPORT, so that somebody else's port is not shared by accident.
                let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .bind(host: "127.0.0.1", port: wanted).get()
                held.append(channel)
                ports.append(channel.localAddress?.port ?? wanted)
            } catch {
                throw DemoFailure.portTaken(wanted)
            }
        }
        for channel in held { try await channel.close().get() }
        held = []
        (gateway, provider, server, admin) = (ports[0], ports[1], ports[2], ports[3])
    }
}

enum DemoFailure: Error, CustomStringConvertible {
    case portTaken(Int)

    var description: String {
        switch self {
        case .portTaken(let port): "port \(port) of 127.0.0.1 is taken; choose others with --port"
        }
    }
}

/// Whoever waits for the addresses may read them through a pipe.
func flushOutput() {
    fflush(nil)
}
