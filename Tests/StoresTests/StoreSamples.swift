import Admission
import Crypto
import Delegation
import Identity
import Policy
import Stores
import StrictCoding
import Synchronization

/// Transactions and credentials as the tests of the stores need them.
enum StoreSample {
    static let start: Int64 = 1_795_478_400

    static func principal(_ subject: ByteString, tenant: ByteString = "acme") -> Principal {
        Principal(
            issuer: "https://idp.example", tenant: tenant, subject: subject, kind: .user, clientID: "webapp",
            agentID: "agent")
    }

    static func transaction(_ id: ByteString, of subject: ByteString = "alice", handle: [UInt8]? = nil) -> Transaction {
        let claims = EnvelopeClaims(
            issuer: "https://gw.example", audience: "https://gw.example/.eie/orders",
            issuedAt: UnixTime(seconds: start), expiresAt: UnixTime(seconds: start + 300), tokenID: id,
            transactionID: id, workload: "https://gw.example/ingress", principal: principal(subject), actors: .none,
            scopes: [], confidence: .verified, sessionID: "s", traceID: "0af7651916cd43dd8448eb211c80319c",
            delegation: Delegation([]))
        return Transaction(
            claims: claims, server: "orders", subjectToken: nil, tokenDigest: [],
            tokenExpires: UnixTime(seconds: start + 900), handle: handle, actorName: nil,
            deadline: UnixTime(seconds: start + 900))
    }

    /// For a token in exchange for a user's, as egress asks for it.
    static func request(
        _ subject: ByteString, tenant: ByteString = "acme", actors: ActorChain = .none,
        scopes: [ByteString] = ["a", "b"], audience: ByteString? = "billing"
    ) -> CredentialRequest {
        let settings = TokenExchange(client: 0, audience: audience, scopes: scopes)
        let grant = ExchangeGrant(
            settings: settings, mode: .onBehalfOf, scopes: scopes, principal: principal(subject, tenant: tenant),
            actors: actors, subjectToken: nil, transaction: "t")
        let client = ClientRegistration(
            name: "gw", issuer: 0, clientID: "gateway",
            authentication: .secretBasic(SecretReference(source: .environment, name: "S")))
        let key = CredentialKey.exchange(grant, client: client, tokenDigest: [1], policyDigest: "sha256:1")
        return CredentialRequest(key: key, grant: .exchange(grant), tenant: tenant, notAfter: nil)
    }

    static func credential(_ text: String, expires: Int64 = start + 3_600) -> Credential {
        Credential(
            token: SecretBytes(Array(text.utf8)), expires: UnixTime(seconds: expires), scopes: [], audience: nil)
    }
}

extension Credential {
    var text: String { token.withBytes { String(decoding: $0, as: UTF8.self) } }
}

extension CredentialRequest {
    /// Everything in the request that a token is for, in bytes.
    var bearer: String {
        guard case .exchange(let grant) = grant else { return "" }
        let parts = [
            grant.principal.issuer, grant.principal.tenant, grant.principal.subject, grant.settings.audience ?? "-",
        ]
        let actors = grant.actors.actors.map { "\($0.issuer)/\($0.subject)" }.joined(separator: ">")
        return (parts + grant.scopes.sorted()).map { "\($0.bytes)" }.joined(separator: "|") + actors
    }
}

/// An authorization server that answers when the test says so.
final class Desk: Sendable {
    struct Visit: Sendable {
        let request: CredentialRequest
        let answer: CheckedContinuation<Result<Credential, CredentialFault>, Never>
    }

    private struct State {
        var visits: [Visit] = []
        var count = 0
        var second = StoreSample.start
    }

    private let state = Mutex(State())

    /// Requests so far.
    var count: Int { state.withLock { $0.count } }

    var now: UnixTime { UnixTime(seconds: state.withLock { $0.second }) }

    func pass(seconds: Int64) { state.withLock { $0.second += seconds } }

    func cache(capacity: Int = 1_000) -> CredentialCache {
        CredentialCache(capacity: capacity, now: { [self] in now }) { [self] request in
            await withCheckedContinuation { answer in
                state.withLock { state in
                    state.count += 1
                    state.visits.append(Visit(request: request, answer: answer))
                }
            }
        }
    }

    /// The visit that came first and waits; there will be one.
    func next() async -> Visit {
        while true {
            let visit = state.withLock { $0.visits.isEmpty ? nil : $0.visits.removeFirst() }
            if let visit { return visit }
            await Task.yield()
        }
    }

    func answerNext(_ result: Result<Credential, CredentialFault>) async {
        await next().answer.resume(returning: result)
    }
}

/// What callers were told, in order.
final class Replies: Sendable {
    enum Reply: Sendable, Equatable {
        case token(String)
        case fault(CredentialFault)
    }

    private let replies = Mutex<[Reply]>([])

    var all: [Reply] { replies.withLock { $0 } }

    var note: @Sendable (Result<Credential, CredentialFault>) -> Void {
        { [self] result in
            replies.withLock { replies in
                switch result {
                case .success(let credential): replies.append(.token(credential.text))
                case .failure(let fault): replies.append(.fault(fault))
                }
            }
        }
    }

    /// Waits until there are so many.
    func wait(for count: Int) async {
        while replies.withLock({ $0.count }) < count { await Task.yield() }
    }
}
