import Delegation
import Identity
import Launch
import Logging
import OAuthClients
import Policy
import Stores
import StrictCoding
import Synchronization

/// What all event loops share for the sake of outbound calls: requests under way, who may call, tokens for services,
/// and the servers that the gateway runs.
final class Commons: Sendable {
    /// Launched servers as they are to be, some of them running already.
    struct Plan: Sendable {
        fileprivate let households: [ByteString: Household]
    }

    private struct State {
        var households: [ByteString: Household] = [:]
        /// Those of earlier policies, with requests in them still.
        var retiring: [Household] = []
    }

    let transactions: Transactions
    let presenters = Presenters()
    let credentials: CredentialCache
    private let state = Mutex(State())

    /// - Parameter obtain: a token from an authorization server.
    init(_ limits: Limits, obtain: @escaping CredentialCache.Obtain) {
        transactions = Transactions(limits: TransactionLimits(limits))
        credentials = CredentialCache(capacity: limits.credentials, now: SystemClock.now, obtain: obtain)
    }

    // MARK: - Launched servers

    /// The servers that the gateway runs, by their names.
    var houses: [ByteString: InstanceHouse] { state.withLock { $0.households.mapValues(\.house) } }

    /// Those of earlier policies that are not shut yet.
    var retiring: [ByteString] { state.withLock { $0.retiring.map(\.house.server) } }

    /// The house of a launched server, which is not shut for as long as the guest is held, within reason.
    func visit(_ server: ByteString) -> (house: InstanceHouse, guest: Household.Guest)? {
        // Under the lock: whoever retires a household finds all that ever got in.
        state.withLock { $0.households[server].map { ($0.house, $0.guest()) } }
    }

    /// Makes room for the instances of launched servers; none is started yet. Where a server is to be run as it is, its
    /// instances stay.
    ///
    /// - Parameter egressBase: what stands before an instance's secret: where egress listens.
    /// - Throws: where a server is to run as a user as whom it cannot. Nothing has changed then.
    func plan(
        _ ready: PolicyLoad.Ready, egressBase: String, logger: Logger
    ) throws(LaunchRefusal) -> Plan {
        let present = state.withLock { $0.households }
        var households: [ByteString: Household] = [:]
        for server in ready.policy.servers {
            guard case .launch(let settings) = server.endpoint else { continue }
            let name = server.name
            let furnishing = Household.Furnishing(settings, ready.secrets, egressBase: egressBase)
            if let household = present[name], household.furnishing == furnishing {
                households[name] = household
                continue
            }
            let house = try InstanceHouse(
                server: name, settings: settings, secrets: ready.secrets, egressBase: egressBase,
                register: { [presenters] digest, instance in
                    presenters.register(digest: digest, presenter: .instance(instance, server: name))
                },
                unregister: { [presenters, transactions] digest, instance in
                    presenters.remove(digest: digest)
                    transactions.closeAll(instance: instance)
                },
                log: { InstanceLog.write($0, to: logger) })
            households[name] = Household(house, furnishing)
        }
        return Plan(households: households)
    }

    /// New requests go to these. Instances of servers that are gone or run differently now end when their last request
    /// does.
    ///
    /// - Parameter patience: with those requests.
    func install(_ plan: Plan, patience: Duration) {
        let leaving = state.withLock { state in
            let leaving = state.households.filter { plan.households[$0.key] !== $0.value }.map(\.value)
            state.households = plan.households
            state.retiring += leaving
            return leaving
        }
        for household in leaving {
            Task { [self] in
                await household.retire(patience: patience)
                state.withLock { $0.retiring.removeAll { $0 === household } }
            }
        }
    }

    // MARK: - Presenters

    /// Takes over which secrets name which server under a policy, as they are now.
    func installPresenters(of epochs: Epochs, now: UnixTime) throws {
        var servers = epochs.givenPresenters.map { (digest: $0.digest, server: $0.server) }
        for (server, secrets) in try epochs.presenterSecrets(now: now) {
            servers += secrets.digests(now: now).map { (digest: $0, server: server) }
        }
        try presenters.replaceServers(servers)
    }

    /// Forgets what is over, for ever: a gateway at rest must not keep tokens longer than one that works.
    func keepClean() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            transactions.sweep(now: SystemClock.microseconds() / 1_000)
            credentials.sweep()
        }
    }

    func stop() async {
        credentials.stop()
        let all = state.withLock { Array($0.households.values) + $0.retiring }
        await withTaskGroup(of: Void.self) { tasks in
            for household in all { tasks.addTask { await household.house.shutdown() } }
        }
    }
}

/// What launched servers write and do, in the gateway's log.
enum InstanceLog {
    static func write(_ note: LaunchNote, to logger: Logger) {
        let metadata: Logger.Metadata = ["server": "\(note.server)", "instance": "\(note.instance)"]
        switch note.what {
        case .started(let pid, let port):
            logger.info("instance started", metadata: metadata.with(["pid": "\(pid)", "port": "\(port)"]))
        case .ready(let milliseconds):
            logger.info("instance ready", metadata: metadata.with(["milliseconds": "\(milliseconds)"]))
        case .startFailed(let reason):
            logger.error("instance does not start", metadata: metadata.with(["reason": "\(reason)"]))
        case .output(let stream, let line):
            logger.info(
                "instance output", metadata: metadata.with(["stream": "\(stream.rawValue)", "line": "\(line)"]))
        case .dropped(let lines):
            logger.warning("instance writes too fast", metadata: metadata.with(["lines_dropped": "\(lines)"]))
        case .ended(let end, let reason):
            let why = reason.map { "\($0)" } ?? "by itself"
            logger.info("instance ended", metadata: metadata.with(["end": "\(end)", "reason": "\(why)"]))
        }
    }
}

private extension Logger.Metadata {
    func with(_ more: Logger.Metadata) -> Logger.Metadata { merging(more) { $1 } }
}
