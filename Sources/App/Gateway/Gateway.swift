import Admin
import Admission
import Audit
import Crypto
import DataPlane
import Delegation
import Foundation
import HTTPCodec
import HTTPWire
import Identity
package import Logging
import NIOCore
import NIOPosix
import OAuthClients
package import Policy
import ServiceLifecycle
import Stores
import StrictCoding

/// The running gateway: opens its stores, puts a worker on each event loop, listens, and on the signal to stop lets
/// what runs finish.
package struct Gateway: Sendable {
    private let policy: PolicySet
    private let policyPath: String
    private let secrets: PolicySecrets
    private let loops: Int
    private let logger: Logger
    private let onListening: @Sendable (Addresses) -> Void

    /// Where the gateway listens, once it does.
    package struct Addresses: Sendable {
        package let clients: String
        /// `nil` where no server may call a service.
        package let egress: String?
        package let admin: String
    }

    /// - Parameters:
    ///   - policyPath: relative paths of the policy start at its folder.
    ///   - secrets: those to which the policy refers.
    ///   - loops: event loops; one per core is best.
    package init(
        policy: PolicySet, policyPath: String, secrets: PolicySecrets, loops: Int = System.coreCount, logger: Logger,
        onListening: @escaping @Sendable (Addresses) -> Void = { _ in }
    ) {
        self.policy = policy
        self.policyPath = policyPath
        self.secrets = secrets
        self.loops = loops
        self.logger = logger
        self.onListening = onListening
    }

    /// Runs until a graceful shutdown is asked for (`ServiceLifecycle`), or until it cannot go on.
    package func run() async throws {
        let directory = try KeyDirectory.open(path(policy.keys.directory), now: SystemClock.now())
        let audit = try AuditLog(
            path: path(policy.audit.file), loops: loops, capacity: policy.limits.auditQueue,
            mode: policy.audit.mode == .required ? .required : .bestEffort, report: reportAudit)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await serve(directory, audit, group)) } catch { outcome = .failure(error) }
        let lost = await offTheLoops { audit.close() } ?? 0
        try? await group.shutdownGracefully()
        logger.info("stopped")
        try outcome.get()
        if lost > 0 { throw GatewayFailure.auditLost(records: lost) }
    }

    private func serve(_ directory: KeyDirectory, _ audit: AuditLog, _ group: MultiThreadedEventLoopGroup) async throws
    {
        let began = SystemClock.now()
        let eventLoops = Array(group.makeIterator())
        let epochs = Epochs(policy: policy, secrets: secrets, directory: directory)
        let issuers = issuerKeys(on: eventLoops[0])
        let commons = try commons(epochs, issuers, on: eventLoops[0], now: began)
        let crew = try await Crew(
            loops: eventLoops, epoch: epochs.epoch(now: began), queues: audit.queues, commons: commons,
            fetchKeys: { await issuers.fetchKeys(of: $0) })

        // Before clients can ask for anything that a server would need it for.
        let egress = try await listenToServers(eventLoops, crew)
        try commons.openHouses(
            policy, secrets: secrets, egressBase: "http://\(egressAuthority(egress.first?.localAddress))",
            logger: logger)
        let clients = try await listen(on: policy.listen.clients, called: "clients") { host, port in
            try await Listener.bind(
                onEach: eventLoops, host: host, port: port, limits: policy.limits.wire,
                makeHandler: { crew.ingress(on: $0) })
        }
        let admin = adminService(crew, audit, issuers, commons, clients)
        let operators = try await listen(on: policy.listen.admin, called: "admin") { host, port in
            try await Listener.bind(
                on: eventLoops[0], host: host, port: port, sharesPort: false,
                makeHandler: { _ in ServiceHandler(maxBody: 0, service: admin.answer) })
        }
        announce(clients: clients[0].localAddress, egress: egress.first?.localAddress, admin: operators.localAddress)

        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await issuers.begin(publish: { await crew.install($0) })
                try await refuseMismatches(issuers)
                await issuers.keepFresh { try await Task.sleep(for: .seconds($0)) }
            }
            tasks.addTask { try await rotateKeys(epochs, commons, crew, since: began) }
            tasks.addTask { await commons.keepClean() }
            tasks.addTask { try? await gracefulShutdown() }
            // Only the signal to stop, or a mistake that must stop the gateway, ends one of them.
            defer { tasks.cancelAll() }
            let end = await tasks.nextResult()
            logger.info("draining", metadata: ["seconds": "\(policy.limits.drainTimeoutSeconds)"])
            // Servers may call services for as long as their clients' requests run.
            await drain(clients + [operators])
            await commons.stop()
            await drain(egress)
            // A provider that does not answer shall not hold up the end.
            await issuers.stop()
            try end?.get()
        }
    }

    // MARK: - Parts

    private func listen<Listening>(
        on address: ListenAddress, called name: String, _ bind: (_ host: String, _ port: Int) async throws -> Listening
    ) async throws -> Listening {
        do {
            try await refuseSharing(address)
            return try await bind(address.host.text.string, address.port)
        } catch let error as IOError {
            throw GatewayFailure.cannotListen(address.text, key: "gateway.listen.\(name)", errno: error.errnoCode)
        }
    }

    /// Loops share a port (SO_REUSEPORT), and so could two gateways of one user: the kernel would spread connections over
    /// both, and each would know half of the transactions.
    private func refuseSharing(_ address: ListenAddress) async throws {
        guard address.port != 0 else { return }
        let probe = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: address.host.text.string, port: address.port).get()
        try await probe.close().get()
    }

    /// The servers' door, where there is a server that may use it.
    private func listenToServers(_ loops: [any EventLoop], _ crew: Crew) async throws -> [Listener] {
        guard policy.servers.contains(where: { !$0.services.isEmpty }) else { return [] }
        return try await listen(on: policy.listen.egress, called: "egress") { host, port in
            try await Listener.bind(
                onEach: loops, host: host, port: port, limits: policy.limits.wire,
                makeHandler: { crew.egress(on: $0) })
        }
    }

    /// Where instances, which run on this machine, reach egress.
    private func egressAuthority(_ address: SocketAddress?) -> String {
        let listen = policy.listen.egress
        let host = listen.host.isUnspecified ? "127.0.0.1" : URLHost.address(listen.host).bracketed.string
        return "\(host):\(address?.port ?? listen.port)"
    }

    private func commons(
        _ epochs: Epochs, _ issuers: IssuerKeys, on loop: any EventLoop, now: UnixTime
    ) throws -> Commons {
        let signer = LatestSigner(epochs.assertionSigner(now: now))
        let desk = Desk(
            policy: policy, secrets: secrets, tokenSeal: epochs.tokenSeal, loop: loop, issuers: issuers, logger: logger,
            signer: { signer.value })
        let commons = Commons(policy.limits, signer: signer, obtain: desk.obtain)
        try installPresenters(epochs, commons, now: now)
        return commons
    }

    private func installPresenters(_ epochs: Epochs, _ commons: Commons, now: UnixTime) throws {
        try commons.install(epochs.presenterSecrets(now: now), given: epochs.givenPresenters, now: now)
    }

    private func issuerKeys(on loop: any EventLoop) -> IssuerKeys {
        let client = HTTPClient(eventLoop: loop)
        return IssuerKeys(
            policy, now: SystemClock.now, fetch: { await KeyFetch.fetch($0, mostBytes: $1, client: client) },
            report: { [logger] issuer, fault in
                if let fault {
                    logger.warning(
                        "issuer not usable", metadata: ["issuer": "\(issuer)", "reason": "\(fault.explanation)"])
                } else {
                    logger.info("issuer usable again", metadata: ["issuer": "\(issuer)"])
                }
            })
    }

    @Sendable private func reportAudit(_ health: AuditHealth) {
        switch health {
        case .healthy:
            logger.notice("audit log can be written again")
        case .failing(let code):
            logger.error(
                "audit log cannot be written",
                metadata: ["reason": "\(String(cString: strerror(code)))", "mode": "\(policy.audit.mode.rawValue)"])
        }
    }

    private func adminService(
        _ crew: Crew, _ audit: AuditLog, _ issuers: IssuerKeys, _ commons: Commons, _ clients: [Listener]
    ) -> AdminService {
        AdminService(
            readiness: { [policy] in
                var problems = await issuers.outages().map { outage in
                    "issuer \(outage.issuer): \(outage.fault?.explanation ?? "its keys are being fetched")"
                }
                if !audit.isHealthy { problems.append("the audit log cannot be written") }
                return AdminService.Readiness(problems: problems, policyDigest: policy.digest)
            },
            metrics: { [policy] in
                guard let counters = await crew.counters() else { return [] }
                var wire = counters.upstream
                for listener in clients { if let part = try? await listener.counters() { wire += part } }
                let outages = await issuers.outages().map(\.issuer)
                return Metrics(
                    policy: policy, ingress: counters.ingress, egress: counters.egress, commons: commons, wire: wire,
                    verifiedTokens: counters.verifiedTokens,
                    audit: audit, keyFetches: await issuers.fetches,
                    issuersReady: policy.issuers.map { ($0.name, !outages.contains($0.name)) }
                ).families
            })
    }

    private func refuseMismatches(_ issuers: IssuerKeys) async throws {
        guard let first = await issuers.mismatches().first else { return }
        throw GatewayFailure.issuerMismatch(issuer: first.issuer.name.string, first.fault.explanation)
    }

    /// Every minute: has a key become due to be staged, published, used or dropped, or a server's secret changed?
    private func rotateKeys(_ epochs: Epochs, _ commons: Commons, _ crew: Crew, since began: UnixTime) async throws {
        var last = began
        while true {
            try await Task.sleep(for: .seconds(60))
            let now = SystemClock.now()
            do {
                let turned = try epochs.directory.turn(
                    every: Int64(policy.keys.rotateEverySeconds), last: last, now: now)
                last = now
                guard turned else { continue }
                try installPresenters(epochs, commons, now: now)
                commons.signer.install(epochs.assertionSigner(now: now))
                await crew.install(epochs.epoch(now: now))
                logger.info(
                    "keys turned", metadata: ["active": "\(epochs.directory.ring.active(now: now).keyID)"])
            } catch {
                logger.error("keys cannot be turned", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func drain(_ listeners: [Listener]) async {
        let timeout = TimeAmount.seconds(Int64(policy.limits.drainTimeoutSeconds))
        await withTaskGroup(of: Void.self) { tasks in
            for listener in listeners { tasks.addTask { await listener.drain(timeout: timeout) } }
        }
    }

    private func announce(clients: SocketAddress, egress: SocketAddress?, admin: SocketAddress) {
        let addresses = Addresses(clients: text(clients), egress: egress.map(text), admin: text(admin))
        logger.info(
            "listening",
            metadata: [
                "clients": "\(addresses.clients)", "egress": "\(addresses.egress ?? "none")",
                "admin": "\(addresses.admin)",
                "public_url": "\(policy.publicURL.origin)", "policy": "\(policy.digest)",
            ])
        onListening(addresses)
    }

    private func text(_ address: SocketAddress) -> String {
        "\(address.ipAddress ?? "?"):\(address.port ?? 0)"
    }

    private func path(_ path: String) -> String {
        PolicyFile.resolve(path, besides: policyPath)
    }

    private func offTheLoops<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result? {
        try? await NIOThreadPool.singleton.runIfActive(body)
    }
}

package enum GatewayFailure: Error, CustomStringConvertible {
    /// - Parameter key: where the policy names the address.
    case cannotListen(String, key: String, errno: Int32)
    case issuerMismatch(issuer: String, String)
    /// The audit file could not be written when the gateway stopped.
    case auditLost(records: Int)

    package var description: String {
        switch self {
        case .cannotListen(let address, let key, let code):
            "cannot listen on `\(address)` (`\(key)`): \(String(cString: strerror(code)))"
        case .issuerMismatch(let issuer, let why): "issuer `\(issuer)`: \(why)"
        case .auditLost(let records): "\(records) audit records could not be written before the end"
        }
    }
}
