import Admission
import Audit
import Foundation
import HTTPWire
package import Logging
import NIOCore
import NIOPosix
import OAuthClients
package import Policy
import ServiceLifecycle
import Stores
import StrictCoding

/// The running gateway: opens its stores, puts a worker on each event loop, listens, takes over what the policy comes to
/// say, and on the signal to stop lets what runs finish.
package struct Gateway: Sendable {
    let ready: PolicyLoad.Ready
    let policyPath: String
    let loops: Int
    let logger: Logger
    let bell: ReloadBell
    let succession: Succession?
    let housekeeping: Duration
    let onListening: @Sendable (Addresses) -> Void

    /// Where the gateway listens, once it does.
    package struct Addresses: Sendable {
        package let clients: String
        /// `nil` where no server may call a service.
        package let egress: String?
        package let admin: String
    }

    /// - Parameters:
    ///   - policyPath: relative paths of the policy start at its folder, and it is what a reload reads.
    ///   - secrets: those to which the policy refers.
    ///   - loops: event loops; one per core is best.
    ///   - reload: asks for the policy to be read again while the gateway runs.
    ///   - succession: a gateway that runs on these addresses is asked to leave; `nil` leaves it there and does not start.
    ///   - housekeeping: how often keys and certificates on disk are looked at.
    package init(
        policy: PolicySet, policyPath: String, secrets: PolicySecrets, loops: Int = System.coreCount, logger: Logger,
        reload: ReloadBell = ReloadBell(), succession: Succession? = nil, housekeeping: Duration = .seconds(60),
        onListening: @escaping @Sendable (Addresses) -> Void = { _ in }
    ) {
        ready = PolicyLoad.Ready(policy: policy, secrets: secrets)
        self.policyPath = policyPath
        self.loops = loops
        self.logger = logger
        bell = reload
        self.succession = succession
        self.housekeeping = housekeeping
        self.onListening = onListening
    }

    var policy: PolicySet { ready.policy }

    /// Of this program.
    package static let version = "0.1.0"

    /// Runs until a graceful shutdown is asked for (`ServiceLifecycle`), or until it cannot go on.
    package func run() async throws {
        defer { bell.stop() }
        let directory = try KeyDirectory.open(path(policy.keys.directory), now: SystemClock.now())
        let place = try Place.find(policy, keys: directory.path, succession)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await serve(directory, place, group))
        } catch {
            outcome = .failure(error)
        }
        try? await group.shutdownGracefully()
        // The last thing: whoever waits for the lock finds everything closed and written.
        place.leave()
        try outcome.get()
        logger.info("stopped")
    }

    private func serve(_ directory: KeyDirectory, _ place: Place, _ group: MultiThreadedEventLoopGroup) async throws {
        let eventLoops = Array(group.makeIterator())
        let start = try Start(self, directory, loop: eventLoops[0])
        let doors = Doors(policy: policy, tls: start.doorTLS, loops: eventLoops)
        let crew = Latest<Crew?>(nil)
        if place.isTaken {
            // Before connections begin to wait for us: the time between the two gateways is to be as short as can be.
            await start.regimes.current.issuers.begin(publish: { _ in })
        }
        let clients = try await doors.clients(besideAnother: place.isTaken) { loop in
            guard let crew = crew.value else { preconditionFailure("nobody is accepted before there is a crew") }
            return crew.ingress(on: loop)
        }
        let outcome: Result<Void, any Error>
        do {
            try await place.take(patience: patience, logger)
            outcome = .success(try await work(start, doors, clients, crew, eventLoops))
        } catch {
            outcome = .failure(error)
        }
        // Where they are not closed already.
        for listener in clients { await listener.stopAccepting() }
        try outcome.get()
    }

    /// For a gateway that leaves: its requests, its instances, their calls, and the audit file.
    private var patience: Duration { .seconds(policy.limits.drainTimeoutSeconds * 2 + 20) }

    private func work(
        _ start: Start, _ doors: Doors, _ clients: [Listener], _ crew: Latest<Crew?>, _ eventLoops: [any EventLoop]
    ) async throws {
        let audit = try AuditOpening(
            policy: policy, path: path(policy.audit.file), directory: start.regimes.current.epochs.directory,
            loops: loops, logger: logger
        ).open()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await work(start, doors, clients, crew, eventLoops, audit))
        } catch {
            outcome = .failure(error)
        }
        let lost = (try? await NIOThreadPool.singleton.runIfActive { audit.close() }) ?? 0
        try outcome.get()
        if lost > 0 { throw GatewayFailure.auditLost(records: lost) }
    }

    private func work(
        _ start: Start, _ doors: Doors, _ clients: [Listener], _ latestCrew: Latest<Crew?>,
        _ eventLoops: [any EventLoop], _ audit: AuditLog
    ) async throws {
        let began = start.began
        let regimes = start.regimes
        let commons = Commons(policy.limits, obtain: { await regimes.credential(for: $0) })
        let first = regimes.current
        try commons.installPresenters(of: first.epochs, now: began)
        let crew = try await Crew(
            loops: eventLoops, epoch: first.epochs.epoch(now: began),
            securities: first.securities.value.upstreams, queues: audit.queues,
            isIngressDurable: policy.audit.ingress == .durable, commons: commons,
            instanceWaitSeconds: { regimes.current.policy.limits.instanceWaitSeconds },
            fetchKeys: { await regimes.current.issuers.fetchKeys(of: $0) })
        // Those that were fetched while another gateway was leaving.
        await crew.install(await first.issuers.standings, of: first.policy)
        latestCrew.install(crew)

        // Before clients can ask for anything that a server would need it for.
        let egress = try await doors.egress { crew.egress(on: $0) }
        let egressBase = doors.egressBase(egress.first?.localAddress)
        commons.install(try commons.plan(first.ready, egressBase: egressBase, logger: logger), patience: .zero)
        let counts = ReloadCounts()
        let administration = Administration(
            regimes: regimes, crew: crew, audit: audit, commons: commons, clients: clients, doorTLS: start.doorTLS,
            reloads: counts)
        let admin = try await doors.admin(administration.service.answer)
        for listener in clients { try await listener.beginAccepting() }
        announce(clients: clients[0].localAddress, egress: egress.first?.localAddress, admin: admin.localAddress)

        let keeper = Keeper(
            policyPath: policyPath, regimes: regimes, crew: crew, commons: commons, doorTLS: start.doorTLS,
            tools: start.tools, hasEgress: !egress.isEmpty, egressBase: egressBase, counts: counts, audit: audit,
            logger: logger, bell: bell, interval: housekeeping)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await first.issuers.begin(publish: { await crew.install($0, of: first.policy) })
                await crew.install(await first.issuers.standings, of: first.policy)
                try await refuseMismatches(first.issuers)
                try? await gracefulShutdown()
            }
            first.keepFresh()
            tasks.addTask { await keeper.work(since: began) }
            tasks.addTask { await commons.keepClean() }
            tasks.addTask { try? await gracefulShutdown() }
            // Only the signal to stop, or a mistake that must stop the gateway, ends one of them.
            defer { tasks.cancelAll() }
            let end = await tasks.nextResult()
            let seconds = regimes.current.policy.limits.drainTimeoutSeconds
            logger.info("draining", metadata: ["seconds": "\(seconds)"])
            // Servers may call services for as long as their clients' requests run.
            async let drained: Void = drain(clients + [admin], seconds: seconds)
            await crew.endListening()
            await drained
            await commons.stop()
            await drain(egress, seconds: seconds)
            // A provider that does not answer shall not hold up the end.
            await regimes.current.end()
            try end?.get()
        }
    }

    // MARK: - Parts

    private func refuseMismatches(_ issuers: IssuerKeys) async throws {
        guard let first = await issuers.mismatches().first else { return }
        throw GatewayFailure.issuerMismatch(issuer: first.issuer.name.string, first.fault.explanation)
    }

    private func drain(_ listeners: [Listener], seconds: Int) async {
        await withTaskGroup(of: Void.self) { tasks in
            for listener in listeners { tasks.addTask { await listener.drain(timeout: .seconds(Int64(seconds))) } }
        }
    }

    private func announce(clients: SocketAddress, egress: SocketAddress?, admin: SocketAddress) {
        let addresses = Addresses(clients: text(clients), egress: egress.map(text), admin: text(admin))
        let tls = Door.allCases.filter { $0.settings(in: policy) != nil }.map(\.rawValue)
        logger.info(
            "listening",
            metadata: [
                "clients": "\(addresses.clients)", "egress": "\(addresses.egress ?? "none")",
                "admin": "\(addresses.admin)", "tls": "\(tls.isEmpty ? "none" : tls.joined(separator: " "))",
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
}
