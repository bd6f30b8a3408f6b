import Admission
import Crypto
import DataPlane
import Delegation
import Identity
import Policy
import StrictCoding

/// What outbound calls ask of the world, in a story: the real table of transactions, servers' secrets that tests know,
/// and an authorization server that does as it is told.
final class ScriptedEgress {
    enum Issue {
        /// A token that names its user: `token-for-alice-1`, and so on.
        case gives
        case fails(CredentialFault)
        /// The same token whoever asks.
        case returns(String)
        /// Nothing comes until `issueNow`.
        case hesitates
    }

    var table: TransactionTable
    var issue = Issue.gives
    /// Whether intents reach the disk at once; otherwise at `writeNow`.
    var writesAtOnce = true
    /// What was asked of the authorization server, in order.
    private(set) var asked: [CredentialRequest] = []
    /// Those among them that are about a user.
    var exchanges: [ExchangeGrant] {
        asked.compactMap { if case .exchange(let grant) = $0.grant { grant } else { nil } }
    }
    private(set) var forgotten = 0
    private(set) var givenUp = 0
    /// Instances that a launched server has, by principal.
    var instances: [Principal: (instance: ByteString, port: Int)] = [:]
    /// Why whoever has none gets none.
    var instanceFault = InstanceFault.unavailable
    private(set) var leased = 0
    private let audit: ScriptedAudit
    private var presenters: [ByteString: Presenter] = [:]
    private var kept: [CredentialKey: Credential] = [:]
    private var waiting: [Waiter] = []
    private var unwritten: [() -> Void] = []
    private var given = 0

    private final class Waiter {
        let request: CredentialRequest
        var done: ((Result<Credential, CredentialFault>) -> Void)?

        init(_ request: CredentialRequest, _ done: @escaping (Result<Credential, CredentialFault>) -> Void) {
            self.request = request
            self.done = done
        }
    }

    init(_ policy: PolicySet, audit: ScriptedAudit) {
        self.audit = audit
        table = TransactionTable(limits: TransactionLimits(policy.limits))
        for server in policy.servers {
            presenters[Self.digest(Self.secret(of: server.name))] = .server(server.name)
        }
    }

    /// The secret in the base URL of a server: 43 characters.
    static func secret(of server: ByteString) -> String {
        String(decoding: Base64URL.encode(SHA256.digest(Array("secret of ".utf8) + server.bytes)), as: UTF8.self)
    }

    func register(_ secret: String, _ presenter: Presenter) {
        presenters[Self.digest(secret)] = presenter
    }

    private static func digest(_ secret: String) -> ByteString { ByteString(SHA256.digest(Array(secret.utf8))) }

    // MARK: - Effects

    var transactions: TransactionEffects {
        TransactionEffects(
            open: { [self] transaction, now in
                do throws(TransactionTableFull) {
                    try table.open(transaction, now: now)
                    return true
                } catch {
                    return false
                }
            },
            close: { [self] in table.close($0, now: $1) },
            abandon: { [self] in table.abandon($0, now: $1) },
            begin: { [self] proofs, presenter, now in
                do throws(AttributionRefusal) {
                    return .success(try table.begin(proofs, presenter: presenter, now: now))
                } catch {
                    return .failure(error)
                }
            },
            end: { [self] in table.end($0) },
            forwarded: { [self] in table.transaction(forwardedAs: $0) })
    }

    var effects: EgressEffects {
        EgressEffects(
            presenter: { [self] in presenters[ByteString($0)] }, record: { [audit] in audit.take($0, $1) },
            recordDurably: { [self] record, now, done in
                let write = { [audit] in done(audit.take(record, now) && audit.reachesDisk) }
                if writesAtOnce { write() } else { unwritten.append(write) }
            },
            cachedCredential: { [self] in kept[$0.key] },
            credential: { [self] request, done in
                asked.append(request)
                let waiter = Waiter(request, done)
                waiting.append(waiter)
                switch issue {
                case .hesitates: break
                case .gives, .fails, .returns: issueNow()
                }
                return { [self] in
                    if waiter.done != nil { givenUp += 1 }
                    waiter.done = nil
                }
            },
            forget: { [self] request, _ in
                forgotten += 1
                kept[request.key] = nil
            })
    }

    func issueNow() {
        let all = waiting
        waiting = []
        for waiter in all {
            let done = waiter.done.take()
            if case .fails(let fault) = issue {
                done?(.failure(fault))
            } else {
                // For those who come later, whoever gave up meanwhile.
                let credential = credential(for: waiter.request)
                kept[waiter.request.key] = credential
                done?(.success(credential))
            }
        }
    }

    func writeNow() {
        let all = unwritten
        unwritten = []
        for write in all { write() }
    }

    private func credential(for request: CredentialRequest) -> Credential {
        given += 1
        let whom: String
        var scopes: [ByteString] = []
        switch request.grant {
        case .clientCredentials: whom = "bulla"
        case .exchange(let grant):
            whom = grant.principal.subject.string
            scopes = grant.scopes
        }
        var text = "token-for-\(whom)-\(given)"
        if case .returns(let token) = issue { text = token }
        return Credential(
            token: SecretBytes(Array(text.utf8)), expires: UnixTime(seconds: .max / 2),
            scopes: scopes, audience: nil)
    }

    func lease(
        _ server: ByteString, _ principal: Principal, _ scopes: [ByteString], _ isWork: Bool, _ mayStart: Bool,
        _ done: @escaping (Result<LeasedInstance, InstanceFault>) -> Void
    ) -> () -> Void {
        guard let (instance, port) = instances[principal] else {
            done(.failure(instanceFault))
            return {}
        }
        leased += 1
        var isHeld = true
        done(
            .success(
                LeasedInstance(instance: instance, port: port) { [self] in
                    if isHeld { leased -= 1 }
                    isHeld = false
                }))
        return {}
    }
}
