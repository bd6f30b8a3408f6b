import Crypto
import Demo
import Foundation
import HTTPWire
import NIOCore
import NIOPosix
import StrictCoding

/// The world around the gateway of `bulla demo`: the identity provider, the recorded MCP server and the downstream APIs
/// on their listeners, and the policy for the gateway between them. The second MCP server is launched by the gateway.
struct DemoStage: Sendable {
    let policyPath: String
    let policyText: String
    private let auditPath: String
    private let addresses: Addresses
    private let listeners: [Listener]
    private let group: MultiThreadedEventLoopGroup

    private struct Addresses: Sendable {
        let gateway: String
        let provider: String
        let server: String
        let admin: String
        let api: String
        let egress: String

        init(_ ports: DemoPorts) {
            let url = { (port: Int) in "http://127.0.0.1:\(port)" }
            gateway = url(ports.gateway)
            provider = url(ports.provider)
            server = url(ports.server)
            admin = url(ports.admin)
            api = url(ports.api)
            egress = url(ports.egress)
        }
    }

    static func open(port: Int, directory: String) async throws -> DemoStage {
        let ports = try await DemoPorts(first: port)
        let addresses = Addresses(ports)
        let folder = try DemoFolder(making: directory)
        let policy = DemoPolicy(
            publicURL: addresses.gateway, clients: "127.0.0.1:\(ports.gateway)", egress: "127.0.0.1:\(ports.egress)",
            admin: "127.0.0.1:\(ports.admin)", issuer: addresses.provider, upstream: addresses.server + "/mcp",
            downstreamAPI: addresses.api, program: try ownProgram(), directory: folder.path)
        try folder.write(policy)
        let clientKeys = try folder.writeClientKey()

        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let client = WebClient.live(on: group.any())
        let gateway = ByteString(addresses.gateway)
        guard let trusted = TrustedGateway(publicURL: gateway, clientKeys: clientKeys, client: client),
            let api = DemoDownstreamAPI(
                provider: ByteString(addresses.provider), gateway: gateway, client: client, effects: .live)
        else { preconditionFailure("the demo's addresses are http URLs") }
        let provider = try DemoIdentityProvider(
            issuer: ByteString(addresses.provider), resources: policy.resources.map { ByteString($0) },
            targets: [DemoDownstreamAPI.ordersAudience, DemoDownstreamAPI.billingAudience], gateway: trusted,
            key: try SigningKey.generate(), effects: .live)
        let recorder = DemoRecorder(recording: DemoLegacyServer(effects: .live).service, effects: .live)
        let listeners = [
            try await listen(group, ports.provider, provider.service),
            try await listen(group, ports.server, recorder.service),
            try await listen(group, ports.api, api.service),
        ]
        return DemoStage(
            policyPath: folder.policyPath, policyText: policy.yaml, auditPath: folder.auditPath, addresses: addresses,
            listeners: listeners, group: group)
    }

    func close() async {
        for listener in listeners { await listener.drain(timeout: .seconds(1)) }
        try? await group.shutdownGracefully()
    }

    // MARK: - What to try

    var addressesAsJSON: String {
        var writer = JSONWriter()
        writer.object { object in
            object.member("gateway", addresses.gateway)
            object.member("identity_provider", addresses.provider)
            object.member("mcp_server", addresses.server)
            object.member("admin", addresses.admin)
            object.member("downstream_api", addresses.api)
            object.member("egress", addresses.egress)
            object.member("policy", policyPath)
            object.member("audit", auditPath)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    var banner: String {
        """
        bulla demo is running; Ctrl-C ends it.

          gateway            \(addresses.gateway)/mcp/orders and /mcp/shop
          identity provider  \(addresses.provider)   users alice (alice-demo) and bob (bob-demo)
          legacy MCP server  \(addresses.server)/mcp   what it received: curl '\(addresses.server)/received?format=text'
          admin              \(addresses.admin)/readyz, /metrics, /audit/checkpoint
          downstream APIs    \(addresses.api)/orders, /billing, /profile   whom they believed: curl \(addresses.api)/calls?format=text
          egress             \(addresses.egress)   where the servers' own calls arrive
          policy             \(policyPath)
          audit log          \(auditPath)

        Try, in another terminal (the README goes on from here):

          curl -i -d '{}' \(addresses.gateway)/mcp/orders
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

    /// The file that this process runs, for the gateway to launch the shop from.
    private static func ownProgram() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }
}

/// Whoever waits for the addresses may read them through a pipe.
func flushOutput() {
    fflush(nil)
}
