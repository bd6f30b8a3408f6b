import TestSupport
import Testing

/// One way in which a request is refused: the scene, and everything that must come of it.
struct Story: Sendable, CustomTestStringConvertible {
    /// The refusal's code.
    let code: String
    let outcome: Outcome
    private let play: @Sendable () throws -> Outcome

    /// - Parameter call: makes the request of a scene whose stage is set.
    init(
        _ outcome: Outcome, of code: String, under policy: TestPolicy = TestPolicy(),
        _ call: @escaping @Sendable (Stage) throws -> Call
    ) {
        self.init(code: code, outcome: outcome) {
            let stage = try Stage(policy)
            return try stage.outcome(of: call(stage))
        }
    }

    init(code: String, outcome: Outcome, play: @escaping @Sendable () throws -> Outcome) {
        self.code = code
        self.outcome = outcome
        self.play = play
    }

    func played() throws -> Outcome { try play() }

    var testDescription: String { code }
}

@Suite struct RefusalStories {
    static let all =
        WireStories.all + RequestStories.all + TokenStories.all + MessageStories.all + GatewayStories.all
        + UpstreamStories.all + OverloadStories.all

    @Test(arguments: all) func everyRefusalIsAnsweredRecordedAndCounted(story: Story) throws {
        let outcome = try story.played()
        #expect(outcome == story.outcome)
    }

    /// A new refusal needs a story here before it can go out.
    @Test func everyCodeHasAStory() {
        let told = Set(Self.all.map { $0.code })
        #expect(told.symmetricDifference(RefusalCodes.all).sorted() == [])
    }
}
