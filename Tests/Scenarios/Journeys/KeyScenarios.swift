import Admission
import NIOCore
import TestSupport
import Testing

/// Issuers' keys: outages are not the client's fault, and withdrawn keys stop being honoured.
@Suite struct KeyScenarios {
    @Test func aTokenIsVerifiedOnce() throws {
        let stage = try Stage()
        for _ in 0..<3 {
            #expect(try stage.outcome(of: .modern().bearing(stage.token { $0.with("jti", "same") })) == .accepted())
        }
        // Three signatures of one content are three tokens.
        #expect(stage.worker.counters.tokenCacheMisses == 3)
        let token = try stage.token()
        for _ in 0..<3 { #expect(try stage.outcome(of: .modern().bearing(token)) == .accepted()) }
        #expect(stage.worker.counters.tokenCacheMisses == 4 && stage.worker.counters.tokenCacheHits == 2)
    }

    @Test func aRememberedTokenIsStillJudgedByTheClock() throws {
        let stage = try Stage()
        let token = try stage.token { $0.with("exp", .integer(TestPolicy.now + 60)) }
        #expect(try stage.outcome(of: .modern().bearing(token)) == .accepted())
        stage.pass(.seconds(56))
        #expect(try stage.outcome(of: .modern().bearing(token)) == .refused(401, "about_to_expire", whom: .nobody))
        stage.pass(.seconds(40))
        #expect(try stage.outcome(of: .modern().bearing(token)) == .refused(401, "token_expired"))
    }

    @Test func newKeysForgetWhatWithdrawnKeysVerified() throws {
        let stage = try Stage()
        let token = try stage.token()
        #expect(try stage.outcome(of: .modern().bearing(token)) == .accepted())
        let successor = try TestIssuer(keyID: "k2")
        stage.provider.standings = try successor.standings()
        stage.worker.install(stage.provider.standings)
        #expect(stage.worker.verifiedTokens == 0)
        #expect(try stage.outcome(of: .modern().bearing(token)) == .refused(401, "token_unknown_key", fetches: 1))
    }

    @Test func theSameKeysFetchedAgainForgetNothing() throws {
        let stage = try Stage()
        _ = try stage.outcome(of: .modern().bearing(stage.token()))
        stage.worker.install(try stage.issuer.standings(fetched: TestPolicy.now + 300))
        #expect(stage.worker.verifiedTokens == 1)
    }

    @Test func aKeyThatAppearedSinceIsFetched() throws {
        let stage = try Stage(keysKnown: false)
        #expect(try stage.outcome(of: .modern().bearing(stage.token())) == .accepted(fetches: 1))
        #expect(stage.provider.asked == [[0]])
    }

    @Test func whileKeysAreFetchedTheMessageWaits() throws {
        let stage = try Stage(keysKnown: false)
        stage.provider.manner = .hesitates
        let client = try stage.client()
        #expect(try client.send(.modern().bearing(stage.token())).status == 0)
        stage.provider.answerNow()
        #expect(Answer(try client.take()).status == 200)
    }

    @Test func aClientThatLeavesDuringTheFetchIsForgotten() throws {
        let stage = try Stage(keysKnown: false)
        stage.provider.manner = .hesitates
        let client = try stage.client()
        try client.send(.modern().bearing(stage.token()))
        client.leave()
        stage.provider.answerNow()
        #expect(stage.server.connections == 0 && stage.worker.counters.active == 0 && stage.audit.lines == [])
    }

    // MARK: - Outages

    @Test(arguments: [false, true]) func anOutageOfTheProviderIsNotTheClientsFault(isStale: Bool) throws {
        let stage = try Stage(keysKnown: isStale)
        stage.provider.manner = .fails
        let token = try stage.token { $0.with("exp", .integer(TestPolicy.now + 80_000)) }
        if isStale {
            #expect(try stage.outcome(of: .modern().bearing(token)) == .accepted())
            stage.pass(.seconds(3_601))
        }
        let answer = try stage.client().send(.modern().bearing(token))
        #expect(answer.status == 503 && answer.code == "issuer_unavailable")
        #expect(answer.values("Retry-After") == ["5"] && answer.challenge == nil)
        #expect(stage.provider.asked == [[0]])
    }

    @Test func keysAreUsedOnForAnHourWithoutTheirProvider() throws {
        let stage = try Stage()
        stage.provider.manner = .fails
        stage.pass(.seconds(3_590))
        #expect(try stage.outcome(of: .modern().bearing(stage.token())) == .accepted())
    }

    /// The tokens of a provider whose keys are not known are not bad because another provider's keys do not verify
    /// them.
    @Test(arguments: ["k1", "k2"]) func anOutageOfOneOfTwoProvidersIsNotTheClientsFault(keyID: String) throws {
        let stage = try Stage(TokenClaimCases.twoIssuers)
        let partner = try TestIssuer("http://127.0.0.1:9001", keyID: keyID)
        stage.provider.manner = .fails
        let token = String(decoding: try partner.token(partner.alice()), as: UTF8.self)
        #expect(try stage.outcome(of: .modern().bearing(token)) == .refused(503, "issuer_unavailable", fetches: 1))
    }

    /// Two tenants of one provider often share its keys.
    @Test func anOutageIsNotHiddenBySharedKeys() throws {
        let stage = try Stage(TokenClaimCases.twoIssuers)
        stage.provider.manner = .fails
        let token = try stage.token { $0.with("iss", "http://127.0.0.1:9001") }
        #expect(try stage.outcome(of: .modern().bearing(token)) == .refused(503, "issuer_unavailable", fetches: 1))
    }

    @Test func theDocumentsAreServedWhateverIsDown() throws {
        let stage = try Stage(keysKnown: false)
        stage.provider.manner = .fails
        stage.server.manner = .refuses
        let client = try stage.client()
        let metadata = try client.send(.plain("GET", "/.well-known/oauth-protected-resource/mcp/orders"))
        #expect(metadata.status == 200)
        #expect(
            metadata.body == """
                {"resource":"https://gw.example/mcp/orders","authorization_servers":["http://127.0.0.1:9000"],\
                "scopes_supported":["orders:read","orders:write","orders:admin"],"bearer_methods_supported":["header"],\
                "resource_name":"orders"}
                """)
        let keys = try client.send(.plain("GET", "/.well-known/jwks.json"))
        #expect(Array(keys.body.utf8) == stage.epoch.signers.envelope.keySet)
        #expect(stage.audit.lines == [] && stage.provider.asked.isEmpty)
    }
}
