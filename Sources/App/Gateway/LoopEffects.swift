import Admission
import Audit
import Crypto
import DataPlane
import Delegation
import Identity
import Launch
import NIOCore
import StrictCoding

/// What the worker of one event loop asks of the world, answered by the real things. Answers from elsewhere come back
/// on the loop.
struct LoopEffects {
    let loop: any EventLoop
    let queue: AuditQueue
    let isIngressDurable: Bool
    let commons: Commons
    let instanceWaitSeconds: @Sendable () -> Int
    let fetchKeys: @Sendable ([Int]) async -> Void

    func make() -> Effects {
        // Once for all that a sync of the log has made sure of.
        queue.answer { [loop] answers in loop.execute(answers) }
        return Effects(
            microseconds: SystemClock.microseconds, random: SystemRandom.bytes,
            fetchKeys: { [loop, fetchKeys] issuers, done in
                let done = NIOLoopBound(done, eventLoop: loop)
                Task {
                    await fetchKeys(issuers)
                    loop.execute { done.value() }
                }
            },
            record: { [queue] in queue.offer(.ingress($0), microseconds: $1) },
            recordDurably: isIngressDurable ? { record($0, $1, $2, as: AuditRecord.ingress) } : nil,
            transactions: transactions, egress: egress, lease: lease)
    }

    private var transactions: TransactionEffects {
        let table = commons.transactions
        return TransactionEffects(
            open: { transaction, now in (try? table.open(transaction, now: now)) != nil },
            close: { table.close($0, now: $1) },
            abandon: { table.abandon($0, now: $1) },
            begin: { proofs, presenter, now in
                do throws(AttributionRefusal) {
                    return .success(try table.begin(proofs, presenter: presenter, now: now))
                } catch {
                    return .failure(error)
                }
            },
            end: { table.end($0) }, forwarded: { table.transaction(forwardedAs: $0) })
    }

    private var egress: EgressEffects {
        EgressEffects(
            presenter: { [commons] in commons.presenters.presenter(for: $0) },
            record: { [queue] in queue.offer(.egress($0), microseconds: $1) },
            recordDurably: { record($0, $1, $2, as: AuditRecord.egress) },
            cachedCredential: { [commons] in commons.credentials.cached($0) },
            credential: { [loop, commons] request, done in
                let done = NIOLoopBound(done, eventLoop: loop)
                let waiter = commons.credentials.credential(for: request) { result in
                    loop.execute { done.value(result) }
                }
                return waiter.cancel
            },
            forget: { [commons] in commons.credentials.forget($0, $1) })
    }

    private func record<Record>(
        _ record: Record, _ microseconds: Int64, _ done: @escaping (Bool) -> Void, as kind: (Record) -> AuditRecord
    ) {
        let done = NIOLoopBound(done, eventLoop: loop)
        queue.offerDurably(kind(record), microseconds: microseconds) { done.value($0) }
    }

    private func lease(
        _ server: ByteString, _ principal: Principal, _ scopes: [ByteString], _ isWork: Bool, _ mayStart: Bool,
        _ done: @escaping (Result<LeasedInstance, InstanceFault>) -> Void
    ) -> () -> Void {
        let answer = NIOLoopBoundBox<((Result<LeasedInstance, InstanceFault>) -> Void)?>(done, eventLoop: loop)
        guard let (house, guest) = commons.visit(server) else {
            // The request began before the policy dropped the server.
            loop.execute { answer.value.take()?(.failure(.unavailable)) }
            return { answer.value = nil }
        }
        let waiter = house.lease(
            for: InstanceOwner(principal: principal, scopes: scopes), exclusive: isWork, startsInstance: mayStart,
            waitSeconds: instanceWaitSeconds()
        ) { [loop] result in
            loop.execute {
                // Given up meanwhile: the lease goes back by itself, with the last reference to it.
                guard let done = answer.value.take() else { return }
                done(result.map { LeasedInstance($0, guest) }.mapError(InstanceFault.init))
            }
        }
        return {
            answer.value = nil
            waiter.cancel()
        }
    }
}

private extension LeasedInstance {
    init(_ lease: Lease, _ guest: Household.Guest) {
        self.init(
            instance: lease.instance, port: lease.port, release: { withExtendedLifetime(guest) { lease.release() } })
    }
}

private extension InstanceFault {
    init(_ fault: LaunchFault) {
        switch fault {
        case .busy, .full: self = .busy
        case .startFailed, .startTimeout, .stopped: self = .unavailable
        case .noInstance: self = .absent
        }
    }
}
