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
    let transactions: Transactions
    let presenters = Presenters()
    let credentials: CredentialCache
    private let opened = Mutex<[ByteString: InstanceHouse]>([:])
    let signer: LatestSigner

    /// - Parameter obtain: a token from an authorization server.
    init(_ limits: Limits, signer: LatestSigner, obtain: @escaping CredentialCache.Obtain) {
        transactions = Transactions(limits: TransactionLimits(limits))
        credentials = CredentialCache(capacity: limits.credentials, now: SystemClock.now, obtain: obtain)
        self.signer = signer
    }

    /// The servers that the gateway runs, by their names.
    var houses: [ByteString: InstanceHouse] { opened.withLock { $0 } }

    /// Makes room for the instances of launched servers; none is started yet.
    ///
    /// - Parameter egressBase: what stands before an instance's secret, once it is known where egress listens.
    /// - Throws: where a server is to run as a user as whom it cannot.
    func openHouses(
        _ policy: PolicySet, secrets: PolicySecrets, egressBase: String, logger: Logger
    ) throws(LaunchRefusal) {
        var houses: [ByteString: InstanceHouse] = [:]
        for server in policy.servers {
            guard case .launch(let settings) = server.endpoint else { continue }
            let name = server.name
            houses[name] = try InstanceHouse(
                server: name, settings: settings, secrets: secrets, egressBase: egressBase,
                register: { [presenters] digest, instance in
                    presenters.register(digest: digest, presenter: .instance(instance, server: name))
                },
                unregister: { [presenters, transactions] digest, instance in
                    presenters.remove(digest: digest)
                    transactions.closeAll(instance: instance)
                },
                log: { InstanceLog.write($0, to: logger) })
        }
        let ready = houses
        opened.withLock { $0 = ready }
    }

    /// Takes over which secrets name which server.
    func install(
        _ secrets: [ByteString: PresenterSecrets], given: [(server: ByteString, digest: [UInt8])], now: UnixTime
    )
        throws(SharedPresenterSecret)
    {
        var servers = given.map { (digest: $0.digest, server: $0.server) }
        for (server, secrets) in secrets {
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
        await withTaskGroup(of: Void.self) { tasks in
            for house in houses.values { tasks.addTask { await house.shutdown() } }
        }
    }
}

/// The key for statements to authorization servers as it is now.
final class LatestSigner: Sendable {
    private let current: Mutex<AssertionSigner>

    init(_ signer: AssertionSigner) {
        current = Mutex(signer)
    }

    var value: AssertionSigner { current.withLock { $0 } }

    func install(_ signer: AssertionSigner) {
        current.withLock { $0 = signer }
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
