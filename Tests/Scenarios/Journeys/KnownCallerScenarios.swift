import Admission
import Identity
import StrictCoding
import TestSupport
import Testing

@testable import DataPlane

/// What is remembered of a token for the next request says what it said for the first, and no longer than that holds.
@Suite struct KnownCallerScenarios {
    /// What the last request's envelope says.
    private func send(_ stage: Stage, _ token: String, _ call: Call = .modern()) throws -> HeardRequest {
        #expect(try stage.client().send(call.bearing(token)).status == 200)
        return try #require(stage.server.requests.last)
    }

    @Test func everyRequestHasAnEnvelopeOfItsOwn() throws {
        let stage = try Stage()
        let token = try stage.token()
        let requests = try (0..<3).map { _ in try send(stage, token) }
        let claims = try requests.map { try stage.gateway.claims(of: $0.envelope, now: stage.now) }
        #expect(stage.worker.counters.tokenCacheHits == 2)
        #expect(Set(requests.map(\.envelope)).count == 3)
        #expect(Set(claims.map(\.tokenID)).count == 3 && Set(claims.map(\.transactionID)).count == 3)
        #expect(Set(claims.map(\.traceID)).count == 3)
        #expect(Set(claims.map(\.principal)).count == 1 && Set(claims.map(\.sessionID)).count == 1)
        #expect(Set(requests.map { $0.values("X-Trace-Id") }).count == 3)
        #expect(requests.map { $0.values("X-Actor-Sub") } == [["alice"], ["alice"], ["alice"]])
        #expect(zip(requests, claims).allSatisfy { $0.values("X-Trace-Id") == [$1.traceID.string] })
    }

    @Test func anEnvelopeSaysWhatItsOwnRequestAsks() throws {
        let stage = try Stage()
        let token = try stage.token()
        for call in [Call.modern("list_orders"), .modern("cancel_order"), .legacy("list_orders")] {
            let claims = try stage.gateway.claims(of: send(stage, token, call).envelope, now: stage.now)
            #expect(call.body.contains(claims.request?.name?.string ?? "-"))
            stage.pass(.seconds(7))
        }
    }

    @Test func aReloadForgetsIt() throws {
        let stage = try Stage()
        let token = try stage.token()
        let before = try stage.gateway.claims(of: send(stage, token).envelope, now: stage.now)
        try stage.install(Self.narrower())
        let request = try send(stage, token)
        let after = try stage.gateway.claims(of: request.envelope, now: stage.now)
        #expect(before.principal.tenant == "acme" && after.principal.tenant == "globex")
        #expect(request.values("X-Actor-Sub").isEmpty && request.values("X-Trace-Id").isEmpty)
    }

    private static func narrower() -> TestPolicy {
        var policy = TestPolicy()
        policy.tenant = "globex"
        policy.server = ["audit_headers: none"]
        return policy
    }

    @Test func aRequestUnderWayIsNotGivenWhatTheNextPolicySays() throws {
        let stage = try Stage()
        let token = try stage.token()
        _ = try send(stage, token)
        let client = try stage.client()
        let call = Call.modern().bearing(token).bytes
        try client.send(bytes: Array(call.dropLast()))
        try stage.install(Self.narrower())
        _ = try send(stage, token)
        try client.send(bytes: [call[call.count - 1]])
        let late = try #require(stage.server.requests.last)
        #expect(try stage.gateway.claims(of: late.envelope, now: stage.now).principal.tenant == "acme")
    }

    @Test func aKnownCallersTokenStillExpires() throws {
        let stage = try Stage()
        let token = try stage.token { $0.with("exp", .integer(TestPolicy.now + 60)) }
        _ = try send(stage, token)
        stage.pass(.seconds(56))
        let answer = try stage.client().send(.modern().bearing(token))
        #expect(answer.status == 401 && stage.worker.counters.tokenCacheHits == 1)
    }

    @Test func callersOfOneTokenAreBounded() throws {
        let issuer = try TestIssuer()
        let now = UnixTime(seconds: TestPolicy.now)
        let epoch = try TestGateway().epoch(TestPolicy().compiled())
        let found = epoch.verifier.find(
            try issuer.token(issuer.alice()), trusted: [0], standings: try issuer.standings(), now: now)
        let token = try #require(found.accepted)
        let known = KnownToken(token, until: now + 300)
        let first = try Caller(token, epoch: epoch, server: 0, now: now)
        known.keep(first)
        for _ in 0..<10 { known.keep(try Caller(token, epoch: epoch, server: 0, now: now)) }
        #expect(known.caller(at: 0) === first && known.caller(at: 1) == nil)
    }
}
