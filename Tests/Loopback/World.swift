import Foundation
import Gateway
import HTTPWire
import Logging
import NIOCore
import NIOPosix
import Policy
import ServiceLifecycle
import StrictCoding
import Testing

/// An identity provider, an MCP server and a policy that joins them, with a folder for what the gateway keeps.
final class World: Sendable {
    static let origin = "http://127.0.0.1:8080"

    /// How everybody speaks TLS; `nil` for plain HTTP.
    let tls: WorldTLS?
    let issuer: TestIssuer
    let server: TestServer
    /// The API that the server calls.
    let service: TestServer
    let log = CapturedLog()
    let folder: String

    init(tls: WorldTLS? = nil) throws {
        self.tls = tls
        issuer = try TestIssuer(security: tls?.peer)
        server = try TestServer(security: tls?.peer)
        service = try TestServer()
        var template = Array((NSTemporaryDirectory() + "/bulla-loopback-XXXXXX").utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var origin: String { tls == nil ? World.origin : "https://127.0.0.1:8080" }
    var resource: String { origin + "/mcp/orders" }
    var policyPath: String { folder + "/policy.yaml" }

    func policyText(
        drainSeconds: Int = 20, clientsAddress: String = "127.0.0.1:0", adminAddress: String = "127.0.0.1:0",
        audit: String = ""
    ) -> String {
        """
        version: 1
        gateway:
          public_url: "\(origin)"
          listen: {clients: "\(clientsAddress)", egress: "127.0.0.1:0", admin: "\(adminAddress)"}
          \(tls?.gatewayLine ?? "")
          keys: {directory: keys}
          audit: {file: audit.jsonl\(audit)}
          limits: {drain_timeout: \(drainSeconds)s, transaction_grace: 0s}
        issuers:
          corp: {issuer: "\(issuer.site.url)", profile: rfc9068, tenant: acme\(tls?.issuerCA ?? "")}
        agents:
          webapp: {id: agent_456, issuer: corp, client_id: webapp-prod}
        servers:
          orders-mcp:
            path: /mcp/orders
            upstream: "\(server.site.url)/mcp"
            \(tls?.serverCA ?? "")
            issuers: [corp]
            scopes: [orders:read, orders:write]
            tools:
              get_order: {require: [orders:read]}
              cancel_order: {require: [orders:write]}
            origins: ["https://app.acme.example"]
            services: [orders_api]
            upstream_auth: handle
        services:
          orders_api:
            url: "\(service.site.url)/v1"
            mode: restricted_user
            reissue: {audience: orders-api, scopes: [orders:read], reason: a test}
            allow: [{methods: [GET, POST], paths: ["/**"], require: [orders:read]}]
        """
    }

    /// Everybody but the gateway begins to work.
    func open() async throws {
        try await issuer.site.open()
        try await server.site.open()
        try await service.site.open()
    }

    func close() async {
        await issuer.site.close()
        await server.site.close()
        await service.site.close()
    }

    /// Starts the gateway; it listens when the call returns.
    func start(
        loops: Int = 1, drainSeconds: Int = 20, clientsAddress: String = "127.0.0.1:0",
        adminAddress: String = "127.0.0.1:0", audit: String = "", succession: Succession? = nil,
        housekeeping: Duration = .seconds(60)
    ) async throws -> RunningGateway {
        let path = policyPath
        try write(
            policyText(
                drainSeconds: drainSeconds, clientsAddress: clientsAddress, adminAddress: adminAddress, audit: audit))
        let load = try PolicyLoad.load(path)
        let ready = try #require(load.ready, "\(load.errors)")
        let bell = ReloadBell()
        let listening = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Gateway.Addresses.self)
        let logger = Logger(label: "test") { _ in CapturingHandler(log: self.log) }
        let gateway = Gateway(
            policy: ready.policy, policyPath: path, secrets: ready.secrets, loops: loops, logger: logger, reload: bell,
            succession: succession, housekeeping: housekeeping,
            onListening: { listening.succeed($0) })
        let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(services: [GatewayService(gateway: gateway)], logger: quiet)
        let running = Task {
            do {
                try await group.run()
            } catch {
                listening.fail(error)
                throw error
            }
        }
        let addresses = try await listening.futureResult.get()
        return RunningGateway(
            addresses: addresses, bell: bell, host: String(origin.split(separator: "/")[1]), group: group, task: running
        )
    }

    func token(subject: String = "alice", scope: String = "orders:read", changes: [String: String?] = [:]) throws
        -> String
    {
        try issuer.token(for: resource, subject: subject, scope: scope, changes: changes)
    }

    /// Puts a text in the place of the policy file.
    func write(_ policy: String) throws {
        try Data(policy.utf8).write(to: URL(fileURLWithPath: policyPath), options: .atomic)
    }

    /// The lines of the audit log, parsed.
    /// What is on record of requests and calls, without what the log says of itself.
    func auditRecords() throws -> [JSONValue] {
        try auditLog().filter { $0["decision"]?.isText("note") == false }
    }

    func auditLog() throws -> [JSONValue] {
        let text = try Data(contentsOf: URL(fileURLWithPath: folder + "/audit.jsonl"))
        #expect(text.isEmpty || text.last == 0x0A)
        return try text.split(separator: 0x0A).map { try JSONDocument(parsing: [UInt8]($0), limits: .message).root }
    }
}

private struct GatewayService: ServiceLifecycle.Service {
    let gateway: Gateway

    func run() async throws { try await gateway.run() }
}

/// A gateway that listens.
struct RunningGateway: Sendable {
    let clients: Int
    let egress: Int
    let admin: Int
    private let bell: ReloadBell
    private let host: String
    private let group: ServiceGroup
    private let task: Task<Void, any Error>

    /// - Parameter host: as in the public URL.
    init(
        addresses: Gateway.Addresses, bell: ReloadBell, host: String, group: ServiceGroup,
        task: Task<Void, any Error>
    ) {
        let port = { (address: String) in Int(address.split(separator: ":").last ?? "") ?? 0 }
        (clients, egress, admin) = (port(addresses.clients), port(addresses.egress ?? ""), port(addresses.admin))
        (self.bell, self.host, self.group, self.task) = (bell, host, group, task)
    }

    /// A client that names the gateway as the policy does.
    func connect(security: UpstreamSecurity? = nil) async throws -> Client {
        try await Client.connect(clients, host: host, security: security)
    }

    /// What SIGHUP does.
    func reload() async -> ReloadBell.Outcome {
        await bell.ring()
    }

    func connectAsOperator() async throws -> Client {
        try await Client.connect(admin, host: "127.0.0.1:\(admin)")
    }

    func connectAsServer() async throws -> Client {
        try await Client.connect(egress, host: "127.0.0.1:\(egress)")
    }

    /// What SIGTERM does.
    func beginStopping() async {
        await group.triggerGracefulShutdown()
    }

    /// Returns, or throws, when `run` does.
    func waitForEnd() async throws {
        try await task.value
    }

    func stop() async throws {
        await beginStopping()
        try await waitForEnd()
    }
}

/// Runs a test in a world with a gateway, and stops all of it afterwards.
func withGateway(
    loops: Int = 1, drainSeconds: Int = 20, issuerIsUp: Bool = true, serverIsUp: Bool = true, audit: String = "",
    _ test: (World, RunningGateway) async throws -> Void
) async throws {
    let world = try World()
    if issuerIsUp { try await world.issuer.site.open() }
    if serverIsUp { try await world.server.site.open() }
    try await world.service.site.open()
    let gateway = try await world.start(loops: loops, drainSeconds: drainSeconds, audit: audit)
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await test(world, gateway)) } catch { outcome = .failure(error) }
    await world.server.release()
    try await gateway.stop()
    await world.issuer.site.close()
    await world.server.site.close()
    await world.service.site.close()
    try outcome.get()
}

/// Waits for something without a signal of its own; the bound is for a machine under load, not for the code.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<400 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("not in time: \(what)")
}
