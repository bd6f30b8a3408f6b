import Admission
import Audit
import DataPlane
import HTTPWire
import NIOCore
import Policy
import StrictCoding

/// The workers of all event loops, and the only door to them from elsewhere.
struct Crew: Sendable {
    let loops: [any EventLoop]
    private let workers: [NIOLoopBound<Worker>]

    /// Makes a worker on each loop.
    /// - Parameters:
    ///   - queues: for each loop, what takes its audit records.
    ///   - isIngressDurable: whether a request's record is to be on disk before the request is forwarded.
    ///   - fetchKeys: fetches issuers' keys off the loops.
    init(
        loops: [any EventLoop], epoch: Epoch, securities: UpstreamSecurities, queues: [AuditQueue],
        isIngressDurable: Bool,
        commons: Commons,
        instanceWaitSeconds: @escaping @Sendable () -> Int, fetchKeys: @escaping @Sendable ([Int]) async -> Void
    ) async throws {
        self.loops = loops
        let requests = RequestBudget()
        var workers: [NIOLoopBound<Worker>] = []
        for (loop, queue) in zip(loops, queues) {
            let effects = LoopEffects(
                loop: loop, queue: queue, isIngressDurable: isIngressDurable, commons: commons,
                instanceWaitSeconds: instanceWaitSeconds, fetchKeys: fetchKeys)
            let worker = try await loop.submit {
                let worker = Self.worker(
                    on: loop, epoch: epoch, securities: securities, requests: requests, effects: effects.make())
                return NIOLoopBound(worker, eventLoop: loop)
            }.get()
            workers.append(worker)
        }
        self.workers = workers
    }

    private static func worker(
        on loop: any EventLoop, epoch: Epoch, securities: UpstreamSecurities, requests: RequestBudget, effects: Effects
    ) -> Worker {
        let limits = epoch.policy.limits.upstream
        return Worker(
            loop: loop, epoch: epoch, securities: securities,
            standings: IssuerStandings(issuers: epoch.policy.issuers.map { _ in nil }),
            pool: UpstreamPool(eventLoop: loop, limits: limits),
            downstream: UpstreamPool(eventLoop: loop, limits: limits), requests: requests, effects: effects)
    }

    // MARK: - Doors

    /// Makes the handler of one client's connection; called on the connection's loop.
    func ingress(on loop: any EventLoop) -> any RequestHandler {
        IngressDriver(worker: worker(on: loop))
    }

    /// Makes the handler of one server's connection to egress; called on the connection's loop.
    func egress(on loop: any EventLoop) -> any RequestHandler {
        EgressDriver(worker: worker(on: loop))
    }

    private func worker(on loop: any EventLoop) -> Worker {
        guard let index = loops.firstIndex(where: { $0 === loop }) else {
            preconditionFailure("connections live on the crew's loops")
        }
        return workers[index].value
    }

    /// New requests everywhere begin with this epoch when the call returns.
    ///
    /// - Parameters: `nil` keeps what is installed, which must be of the same policy.
    func install(
        _ epoch: Epoch, securities: UpstreamSecurities? = nil, standings: IssuerStandings? = nil
    ) async {
        await onEach { $0.install(epoch, securities: securities, standings: standings) }
    }

    /// These keys verify tokens everywhere when the call returns, unless another policy is in force by then.
    func install(_ standings: IssuerStandings, of policy: PolicySet) async {
        await onEach { $0.install(standings, of: policy.digest) }
    }

    /// What clients opened to listen ends: they come back, to whoever is here then.
    func endListening() async {
        await onEach { $0.endListening() }
    }

    /// What all loops have counted, added up.
    struct Counters: Sendable {
        var ingress: IngressCounters
        var egress: EgressCounters
        var upstream: WireCounters
        var verifiedTokens: Int
        /// Users with a request under way; one whose requests are on several loops counts on each.
        var activeUsers: Int
        /// Of messages held for inspection.
        var bufferedBytes: Int
    }

    func counters() async -> Counters? {
        var total: Counters?
        for (loop, worker) in zip(loops, workers) {
            let part = try? await loop.submit {
                Counters(
                    ingress: worker.value.counters, egress: worker.value.egress,
                    upstream: worker.value.upstreamCounters, verifiedTokens: worker.value.verifiedTokens,
                    activeUsers: worker.value.activeUsers, bufferedBytes: worker.value.bufferedBytes)
            }.get()
            guard let part else { continue }
            guard total != nil else {
                total = part
                continue
            }
            total?.ingress += part.ingress
            total?.egress += part.egress
            total?.upstream += part.upstream
            total?.verifiedTokens += part.verifiedTokens
            total?.activeUsers += part.activeUsers
            total?.bufferedBytes += part.bufferedBytes
        }
        return total
    }

    private func onEach(_ body: @escaping @Sendable (Worker) -> Void) async {
        for (loop, worker) in zip(loops, workers) {
            // It fails only where the loop is gone, and its requests with it.
            try? await loop.submit { body(worker.value) }.get()
        }
    }
}
