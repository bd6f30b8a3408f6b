import Delegation
import HTTPCodec
import StrictCoding
import TestSupport
import Testing

/// One way in which an outbound call is refused or fails: the scene, and everything that must come of it.
struct CallStory: Sendable, CustomTestStringConvertible {
    /// The refusal's code.
    let code: String
    let outcome: CallOutcome
    private let play: @Sendable () throws -> CallOutcome

    init(_ outcome: CallOutcome, play: @escaping @Sendable () throws -> CallOutcome) {
        code = outcome.code
        self.outcome = outcome
        self.play = play
    }

    /// Alice's request is being worked on at `orders`, which makes this call for it.
    init(
        _ outcome: CallOutcome, under policy: TestPolicy = TestPolicy(),
        _ call: @escaping @Sendable (Stage, Engagement) throws -> Call
    ) {
        self.init(outcome) {
            let stage = try Stage(policy)
            let engagement = try stage.engage()
            return try stage.outcome(calling: call(stage, engagement))
        }
    }

    /// The code where nobody is there to read it.
    func named(_ code: String) -> CallStory { CallStory(code: code, outcome: outcome, play: play) }

    private init(code: String, outcome: CallOutcome, play: @escaping @Sendable () throws -> CallOutcome) {
        self.code = code
        self.outcome = outcome
        self.play = play
    }

    func played() throws -> CallOutcome { try play() }

    var testDescription: String { "\(code) \(outcome.status)" }
}

@Suite struct CallRefusalStories {
    static let all = AttributionStories.all + AccessStories.all + CredentialStories.all + DownstreamStories.all

    @Test(arguments: all) func everyRefusalIsAnsweredRecordedAndCounted(story: CallStory) throws {
        let outcome = try story.played()
        #expect(outcome == story.outcome)
    }

    /// A new refusal needs a story here before it can go out.
    @Test func everyCodeHasAStory() {
        let told = Set(Self.all.map(\.code))
        #expect(told.symmetricDifference(CallRefusalCodes.all).sorted() == [])
    }

    /// A server's call is no better HTTP than a client's.
    @Test(arguments: WireStories.malformed) func whatIsNoHTTPIsRefusedLikeAClients(
        story: (status: Int, code: String, text: String)
    ) throws {
        let stage = try Stage()
        let outcome = try stage.outcome(calling: .raw(story.text))
        #expect(outcome == .denied(story.status, story.code, at: "- -"))
    }
}

/// The codes of all refusals that an outbound call can meet, but for those of the wire, which have their own list.
enum CallRefusalCodes {
    static let all = Set(refusals.map(\.code))

    private static let refusals: [EgressRefusal] =
        attributions.map { .attribution($0) } + faults.map { .credential($0) }
        + DownstreamFault.allCases.map { .downstream($0) } + [
            .presenterUnknown, .tooManyFailures, .envelope(.badSignature), .envelope(.expired(at: .init(seconds: 1))),
            .proofRepeated,
            .serviceNotAllowed, .targetNotAllowed, .modeMismatch, .scopeExceedsActor([]), .noUserSubject,
            .identityEstimated, .leaksIdentity, .auditUnavailable, .signingFailed, .envelopeTooLarge,
        ]

    private static let attributions: [AttributionRefusal] = [
        .unattributed, .ambiguous, .closed, .wrongPresenter, .budgetSpent, .tooManyAtOnce,
    ]

    private static let faults: [CredentialFault] = [
        .subjectRejected, .actorRejected, .interactionRequired, .misconfigured(""), .rejected(.redirect),
        .unavailable(retryAfterSeconds: 1),
    ]

    /// A new case does not compile until it is added here, and then above.
    static func isAddedAbove(_ refusal: EgressRefusal) -> Bool {
        switch refusal {
        case .attribution(.unattributed), .attribution(.ambiguous), .attribution(.closed),
            .attribution(.wrongPresenter), .attribution(.budgetSpent), .attribution(.tooManyAtOnce):
            true
        case .credential(.subjectRejected), .credential(.actorRejected), .credential(.interactionRequired),
            .credential(.misconfigured), .credential(.rejected), .credential(.unavailable):
            true
        case .wire, .downstream, .presenterUnknown, .tooManyFailures, .envelope, .proofRepeated, .serviceNotAllowed,
            .targetNotAllowed,
            .modeMismatch, .scopeExceedsActor, .noUserSubject, .identityEstimated, .leaksIdentity, .auditUnavailable,
            .signingFailed, .envelopeTooLarge:
            true
        }
    }
}
