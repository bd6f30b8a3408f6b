import Delegation
import Identity
import Stores
import StrictCoding
import Synchronization
import Testing

private typealias Sample = StoreSample

/// Whatever happens, nobody gets a credential that was made for somebody or something else.
@Suite("Nobody gets another's credential", .timeLimit(.minutes(2)))
struct CredentialCachePropertyTests {
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            let mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            return mixed ^ (mixed >> 27)
        }
    }

    /// Users and requests that look alike, a hundred in all: the same name in two tenants, composed and decomposed,
    /// with other actors, audiences and scopes.
    private static let requests: [CredentialRequest] = {
        let chain = ActorChain(["a", "b"].map { ActorChain.Actor(subject: $0, issuer: "i") })
        let reversed = ActorChain(Array(chain.actors.reversed()))
        var requests: [CredentialRequest] = []
        for number in 0..<5 {
            for subject in ["caf\u{E9}\(number)", "cafe\u{301}\(number)"] {
                for tenant in ["acme", "evil"] as [ByteString] {
                    let subject = ByteString(subject)
                    requests += [
                        Sample.request(subject, tenant: tenant), Sample.request(subject, tenant: tenant, actors: chain),
                        Sample.request(subject, tenant: tenant, actors: reversed),
                        Sample.request(subject, tenant: tenant, audience: "orders"),
                        Sample.request(subject, tenant: tenant, scopes: ["a"]),
                    ]
                }
            }
        }
        return requests
    }()

    @Test func theRequestsDifferAndTheOrderOfScopesDoesNot() {
        #expect(Self.requests.count == 100)
        #expect(Set(Self.requests.map(\.key)).count == 100)
        #expect(Set(Self.requests.map(\.bearer)).count == 100)
        #expect(
            Sample.request("alice", scopes: ["b", "a"]).key == Sample.request("alice", scopes: ["a", "b"]).key)
    }

    /// What the callers saw, and an authorization server that answers soon, late, or with a fault.
    private final class World: Sendable {
        private struct State {
            var second = Sample.start
            var obtained = 0
            var awaited = 0
            var replied = 0
            var wrong: [String] = []
        }

        private let state = Mutex(State())

        var now: UnixTime { UnixTime(seconds: state.withLock { $0.second }) }
        var obtained: Int { state.withLock { $0.obtained } }
        var wrong: [String] { state.withLock { $0.wrong } }
        var awaited: Int { state.withLock { $0.awaited } }
        var replied: Int { state.withLock { $0.replied } }

        func pass(seconds: Int64) { state.withLock { $0.second += seconds } }

        func awaitReply() { state.withLock { $0.awaited += 1 } }

        func obtain(_ request: CredentialRequest) async -> Result<Credential, CredentialFault> {
            let (number, second) = state.withLock { state in
                state.obtained += 1
                return (state.obtained, state.second)
            }
            for _ in 0..<number % 40 { await Task.yield() }
            if number % 11 == 0 { return .failure(.unavailable(retryAfterSeconds: 1)) }
            if number % 13 == 0 { return .failure(.subjectRejected) }
            return .success(Sample.credential("\(request.bearer)#\(number)", expires: second + 30))
        }

        /// A caller who asked for `bearer` got this.
        func check(_ credential: Credential, _ bearer: String) {
            let text = credential.text
            if !text.hasPrefix(bearer + "#") { state.withLock { $0.wrong.append(text) } }
        }

        func noteReply() { state.withLock { $0.replied += 1 } }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func throughCancelsRetriesAndPurges(seed: UInt64) async {
        let world = World()
        let cache = CredentialCache(capacity: 60, now: { world.now }, obtain: { await world.obtain($0) })
        await withTaskGroup(of: Void.self) { group in
            for loop in 0..<4 {
                group.addTask {
                    var dice = Dice(state: seed &* 1_000 &+ UInt64(loop))
                    for _ in 0..<1_500 { await Self.step(cache, world, &dice) }
                }
            }
        }
        while cache.flights > 0 || world.replied < world.awaited { await Task.yield() }
        #expect(world.wrong.isEmpty)
        #expect(world.replied == world.awaited, "everybody who waited is told once")
        #expect(world.obtained > 500)
        let counts = cache.counts
        #expect(counts.hits > 100 && counts.misses > 500 && counts.refreshes > 0 && counts.negativeHits > 0)
        #expect(counts.flights < counts.misses, "some waited together")
        #expect(cache.count <= 60)
    }

    /// One thing that a loop does for one of its calls.
    private static func step(_ cache: CredentialCache, _ world: World, _ dice: inout Dice) async {
        // Most of the work is for a few, so that they meet.
        let request = requests[Int.random(in: 0..<(Bool.random(using: &dice) ? 6 : 100), using: &dice)]
        let bearer = request.bearer
        switch Int.random(in: 0..<400, using: &dice) {
        case 0...9:
            world.pass(seconds: 1)
        case 10:
            cache.forgetAll()
        case 11...60:
            // The service says 401.
            guard let credential = cache.cached(request) else { return }
            world.check(credential, bearer)
            if Bool.random(using: &dice) { await Task.yield() }
            cache.forget(request, credential)
            ask(cache, world, request, bearer)
        case 61...160:
            if let credential = cache.cached(request) { world.check(credential, bearer) }
        case 161...240:
            let waiter = cache.credential(for: request) { result in
                if case .success(let credential) = result { world.check(credential, bearer) }
            }
            if Bool.random(using: &dice) { await Task.yield() }
            waiter.cancel()
        default:
            ask(cache, world, request, bearer)
            if Int.random(in: 0..<4, using: &dice) == 0 { await Task.yield() }
        }
    }

    private static func ask(
        _ cache: CredentialCache, _ world: World, _ request: CredentialRequest, _ bearer: String
    ) {
        world.awaitReply()
        cache.credential(for: request) { result in
            if case .success(let credential) = result { world.check(credential, bearer) }
            world.noteReply()
        }
    }
}
