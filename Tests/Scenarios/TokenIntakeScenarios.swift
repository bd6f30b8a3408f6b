import Testing

@Suite struct TokenIntakeScenarios {
    @Test func aGoodTokenReachesTheServer() throws {
        let stage = try Stage()
        var outcome = try stage.outcome(of: .modern().bearing(stage.token()))
        outcome.serverBytes = min(1, outcome.serverBytes)
        #expect(outcome == Outcome(
            status: 200, code: "", audit: ["accepted alice agent_456 on_behalf_of"], counted: ["accepted +1"], serverBytes: 1))
    }

    @Test func withoutAToken() throws {
        let stage = try Stage()
        #expect(try stage.outcome(of: .modern()) == .refused(401, "credential_missing"))
    }
}
