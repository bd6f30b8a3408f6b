import Admission
import Crypto
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
    ///   - record: for each loop, what takes its audit records.
    ///   - fetchKeys: fetches issuers' keys off the loops.
    init(
        loops: [any EventLoop], epoch: Epoch, record: [@Sendable (IngressRecord, Int64) -> Bool],
        fetchKeys: @escaping @Sendable ([Int]) async -> Void
    ) async throws {
        self.loops = loops
        var workers: [NIOLoopBound<Worker>] = []
        for (loop, record) in zip(loops, record) {
            let worker = try await loop.submit {
                NIOLoopBound(Self.worker(on: loop, epoch: epoch, record: record, fetchKeys: fetchKeys), eventLoop: loop)
            }.get()
            workers.append(worker)
        }
        self.workers = workers
    }

    private static func worker(
        on loop: any EventLoop, epoch: Epoch, record: @escaping @Sendable (IngressRecord, Int64) -> Bool,
        fetchKeys: @escaping @Sendable ([Int]) async -> Void
    ) -> Worker {
        let effects = Effects(
            microseconds: SystemClock.microseconds, random: SystemRandom.bytes,
            fetchKeys: { issuers, done in
                let done = NIOLoopBound(done, eventLoop: loop)
                Task {
                    await fetchKeys(issuers)
                    loop.execute { done.value() }
                }
            },
            record: record)
        let standings = IssuerStandings(issuers: epoch.policy.issuers.map { _ in nil })
        let pool = UpstreamPool(eventLoop: loop, limits: epoch.policy.limits.upstream)
        return Worker(loop: loop, epoch: epoch, standings: standings, pool: pool, effects: effects)
    }

    // MARK: - Doors

    /// Makes the handler of one client connection; called on the connection's loop.
    func driver(on loop: any EventLoop) -> any RequestHandler {
        guard let index = loops.firstIndex(where: { $0 === loop }) else {
            preconditionFailure("connections live on the crew's loops")
        }
        return IngressDriver(worker: workers[index].value)
    }

    /// New requests everywhere begin with this epoch when the call returns.
    func install(_ epoch: Epoch) async {
        await onEach { $0.install(epoch) }
    }

    /// These keys verify tokens everywhere when the call returns.
    func install(_ standings: IssuerStandings) async {
        await onEach { $0.install(standings) }
    }

    func counters() async -> (ingress: IngressCounters, upstream: WireCounters, verifiedTokens: Int)? {
        var total: (ingress: IngressCounters, upstream: WireCounters, verifiedTokens: Int)?
        for (loop, worker) in zip(loops, workers) {
            let part = try? await loop.submit {
                (worker.value.counters, worker.value.upstreamCounters, worker.value.verifiedTokens)
            }.get()
            guard let part else { continue }
            guard total != nil else {
                total = (part.0, part.1, part.2)
                continue
            }
            total?.ingress += part.0
            total?.upstream += part.1
            total?.verifiedTokens += part.2
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
