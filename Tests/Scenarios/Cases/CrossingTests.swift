import StrictCoding
import TestSupport
import Testing

/// Two users on one server, in any order of events: a service hears a token of the user whose proof was shown, or
/// nothing.
@Suite struct CrossingTests {
    /// A walk through the events of two users, with whatever proofs a confused server might mix up.
    private struct Walk {
        var generator: SeededNumbers
        let stage: Stage
        var open: [(user: String, engagement: Engagement)] = []
        var past: [(user: String, engagement: Engagement)] = []
        var calls = 0
        var heard = 0

        init(seed: UInt64) throws {
            generator = SeededNumbers(state: seed)
            var policy = TestPolicy.withHandles
            policy.gateway = ["limits: {transaction_concurrent_calls: 4, transaction_calls: 60}"]
            stage = try Stage(policy)
        }

        mutating func step() throws {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0, 1: try begin()
            case 2: try finish()
            case 3: stage.pass(.milliseconds([100, 900, 2_500].randomElement(using: &generator) ?? 0))
            case 4: stage.services.firstReplies = [DownstreamStories.unauthorized]
            default: try call()
            }
        }

        private mutating func begin() throws {
            let user = ["alice", "bob"].randomElement(using: &generator) ?? ""
            let call = Bool.random(using: &generator) ? Call.modern() : .legacy()
            open.append((user, try stage.engage(call) { $0.with("sub", .string(user)) }))
        }

        private mutating func finish() throws {
            guard let index = open.indices.randomElement(using: &generator) else { return }
            let over = open.remove(at: index)
            if Bool.random(using: &generator) {
                try stage.answer(over.engagement)
            } else {
                over.engagement.client.leave()
            }
            past.append(over)
        }

        private mutating func call() throws {
            let all = open + past
            let envelope = Bool.random(using: &generator) ? all.randomElement(using: &generator) : nil
            let handle = Bool.random(using: &generator) ? all.randomElement(using: &generator) : nil
            var call = Call.outbound(Bool.random(using: &generator) ? "GET" : "POST", "/orders/o-1")
            if let envelope { call = call.showing(envelope.engagement) }
            if let handle { call = call.bearing(handle.engagement.handle) }
            let before = stage.services.requests.count
            let caller = try stage.caller()
            try caller.send(bytes: call.bytes)
            let status = Answer(try caller.take()).status
            caller.leave()
            calls += 1
            let shown = Set([envelope, handle].compactMap { $0?.user })
            for request in stage.services.requests[before...] {
                heard += 1
                #expect(shown.count == 1, "a call with the proofs of \(shown) was made")
                #expect(request.bearer?.hasPrefix("token-for-\(shown.first ?? "-")-") == true)
                #expect(request.values("X-Actor-Sub") == Array(shown))
            }
            if shown.isEmpty || shown.count > 1 { #expect(status == 403 || status == 429) }
        }
    }

    @Test(arguments: 0..<20) func aServiceHearsATokenOfWhoeverseProofWasShownOrNothing(seed: UInt64) throws {
        var walk = try Walk(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        for _ in 0..<60 { try walk.step() }
        #expect(walk.calls > 10)
        #expect(walk.stage.worker.egress.active == 0)
    }

    @Test func theWalksLeadSomewhere() throws {
        var heard = 0
        for seed in 0..<5 as Range<UInt64> {
            var walk = try Walk(seed: seed + 1_000)
            for _ in 0..<60 { try walk.step() }
            heard += walk.heard
        }
        #expect(heard > 25)
    }
}

/// SplitMix64: the same walk for the same seed.
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
