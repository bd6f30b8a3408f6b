import Admission
import NIOCore
import StrictCoding
import TestSupport
import Testing

@testable import DataPlane
@testable import HTTPWire

/// Another policy is installed while requests are under way.
@Suite struct ReloadScenarios {
    private static func policy(_ lines: [String], issuers: [String] = [], trusted: [String] = ["corp"]) -> TestPolicy {
        var policy = TestPolicy()
        policy.servers = lines
        policy.issuers = issuers
        policy.trusted = trusted
        return policy
    }

    /// `orders` moves from the first position to the second.
    private static func behindAnother(_ name: String = "notes") -> TestPolicy {
        var policy = TestPolicy()
        // Servers stand in the order of the file.
        policy.server = ["upstream_auth: none"]
        policy.servers = [
            "\(name): {path: /mcp/\(name), upstream: \"http://127.0.0.1:3002/mcp\", issuers: [corp], scopes: [], tools: {list_orders: {require: []}}}"
        ]
        return policy
    }

    // MARK: - A request under way

    @Test func aRequestUnderWayKeepsItsPolicy() throws {
        let stage = try Stage()
        stage.server.reply = nil
        let client = try stage.client()
        try client.send(bytes: Call.modern().bearing(stage.token()).bytes)
        var moved = TestPolicy()
        moved.upstream = "upstream: http://127.0.0.1:3999/mcp"
        try stage.install(moved)
        try stage.server.send(ScriptedServer.json(#"{"jsonrpc":"2.0","id":1,"result":{}}"#))
        #expect(Answer(try client.take()).status == 200)
        stage.server.reply = ScriptedServer.json("{}")
        #expect(try client.send(.modern().bearing(stage.token())).status == 200)
        #expect(stage.server.endpoints.map(\.port) == [3_001, 3_999])
    }

    @Test func aRequestWhoseMessageIsStillComingKeepsItsServer() throws {
        let stage = try Stage(Self.behindAnother())
        let client = try stage.client()
        let call = try Call.modern().bearing(stage.token())
        try client.send(bytes: Array(call.bytes.dropLast()))
        try stage.install(TestPolicy())
        try client.send(bytes: [call.bytes[call.bytes.count - 1]])
        #expect(Answer(try client.take()).status == 200)
        #expect(stage.worker.counters.accepted["orders"] == 1)
    }

    @Test func aRemovedServerIsGoneForTheNextRequest() throws {
        let stage = try Stage(Self.behindAnother())
        let token = try stage.token { $0.with("aud", "https://gw.example/mcp/notes") }
        let client = try stage.client()
        #expect(try client.send(.modern().at("/mcp/notes").bearing(token)).status == 200)
        try stage.install(TestPolicy())
        let answer = try client.send(.modern().at("/mcp/notes").bearing(token))
        #expect(answer.status == 404 && answer.code == "path_not_served")
    }

    @Test func countsFollowTheServersName() throws {
        let stage = try Stage(Self.behindAnother("notes"))
        let token = { (name: String) in try stage.token { $0.with("aud", .string("https://gw.example/mcp/\(name)")) } }
        let client = try stage.client()
        try client.send(.modern().at("/mcp/notes").bearing(token("notes")))
        try client.send(.modern().bearing(stage.token()))
        try stage.install(Self.behindAnother("files"))
        try client.send(.modern().at("/mcp/files").bearing(token("files")))
        try client.send(.modern().bearing(stage.token()))
        let accepted = stage.worker.counters.accepted
        #expect(accepted["orders"] == 2 && accepted["notes"] == 1 && accepted["files"] == 1)
        #expect(accepted[0] == 2 && accepted[1] == 1 && accepted[2] == 0)
    }

    // MARK: - Tokens and keys

    @Test func tokensAreVerifiedAnew() throws {
        let stage = try Stage()
        let (client, token) = (try stage.client(), try stage.token())
        for _ in 0..<2 { try client.send(.modern().bearing(token)) }
        #expect(stage.worker.counters.tokenCacheMisses == 1)
        try stage.install(Self.behindAnother())
        try client.send(.modern().bearing(token))
        #expect(stage.worker.counters.tokenCacheMisses == 2)
    }

    private static let other = "other: {issuer: \"http://127.0.0.1:9009\", tenant: other}"

    /// Another policy's keys are those of other positions.
    @Test func keysOfAnotherPolicyAreNotUsed() throws {
        let stage = try Stage()
        let policy = try Self.policy([], issuers: [Self.other], trusted: ["corp", "other"]).compiled()
        stage.provider.manner = .fails
        stage.worker.install(stage.gateway.epoch(policy))
        #expect(stage.worker.standings.issuers.count == 2)
        #expect(try stage.client().send(.modern().bearing(stage.token())).code == "issuer_unavailable")
    }

    @Test func keysThatCameTooLateAreLeft() throws {
        let stage = try Stage()
        let old = (digest: stage.epoch.policy.digest, standings: stage.provider.standings)
        var stricter = TestPolicy()
        stricter.server = ["deny_as: http403"]
        stage.worker.install(stage.gateway.epoch(try stricter.compiled()))
        stage.worker.install(old.standings, of: old.digest)
        #expect(stage.worker.standings.issuers.allSatisfy { $0 == nil })
        stage.worker.install(old.standings, of: stage.epoch.policy.digest)
        #expect(stage.worker.standings.issuers.allSatisfy { $0 != nil })
    }

    @Test func aRequestThatWaitsForKeysOfTheOldPolicyIsToldToTryAgain() throws {
        let stage = try Stage(keysKnown: false)
        stage.provider.manner = .hesitates
        let client = try stage.client()
        let call = try Call.modern().bearing(stage.token())
        try client.send(bytes: call.bytes)
        try stage.install(Self.behindAnother())
        stage.provider.answerNow()
        let answer = Answer(try client.take())
        #expect(answer.status == 503 && answer.code == "issuer_unavailable")
        #expect(try stage.client().send(call).status == 200)
    }

    /// Keys of the gateway's own change far more often than the policy.
    @Test func theSamePolicyKeepsItsKeysAndSecurities() throws {
        let stage = try Stage()
        stage.worker.install(
            stage.epoch, securities: UpstreamSecurities(servers: [SecuredUpstreams.refusing], services: []))
        stage.worker.install(stage.gateway.epoch(stage.epoch.policy))
        #expect(stage.worker.standings.issuers.allSatisfy { $0 != nil })
        #expect(stage.worker.footing.securities.server(0) == SecuredUpstreams.refusing)
        #expect(try stage.client().send(.modern().bearing(stage.token())).status == 200)
    }
}

enum SecuredUpstreams {
    static let refusing = UpstreamSecurity { channel, _ in
        channel.eventLoop.makeFailedFuture(UpstreamFailure.tls(.unknownAuthority))
    }
}
