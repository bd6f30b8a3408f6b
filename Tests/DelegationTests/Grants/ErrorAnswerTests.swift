import Delegation
import StrictCoding
import TestSupport
import Testing

/// Error answers (RFC 6749, section 5.2), for a user and for the gateway itself.
@Suite struct ErrorAnswerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let code: String
        let forUser: CredentialFault
        let forGateway: CredentialFault
        var testDescription: String { code }

        init(_ code: String, _ forUser: CredentialFault, _ forGateway: CredentialFault? = nil) {
            self.code = code
            self.forUser = forUser
            self.forGateway = forGateway ?? .misconfigured(ByteString(code))
        }
    }

    static let rows: [Row] = [
        Row("invalid_grant", .subjectRejected),
        Row("invalid_token", .subjectRejected),
        Row("access_denied", .actorRejected),
        Row("actor_unauthorized", .actorRejected),
        Row("interaction_required", .interactionRequired),
        Row("consent_required", .interactionRequired),
        Row("login_required", .interactionRequired),
        Row("account_selection_required", .interactionRequired),
        Row("insufficient_user_authentication", .interactionRequired),
        Row("mfa_required", .interactionRequired),
        Row("invalid_client", .misconfigured("invalid_client")),
        Row("unauthorized_client", .misconfigured("unauthorized_client")),
        Row("invalid_target", .misconfigured("invalid_target")),
        Row("invalid_scope", .misconfigured("invalid_scope")),
        Row("invalid_request", .misconfigured("invalid_request")),
        Row("unsupported_grant_type", .misconfigured("unsupported_grant_type")),
        Row("temporarily_unavailable", .unavailable(retryAfterSeconds: 5), .unavailable(retryAfterSeconds: 5)),
        Row("server_error", .unavailable(retryAfterSeconds: 5), .unavailable(retryAfterSeconds: 5)),
        Row("slow_down", .unavailable(retryAfterSeconds: 5), .unavailable(retryAfterSeconds: 5)),
    ]

    /// Status 200 among them: some servers put errors there.
    @Test(arguments: rows, [400, 401, 403, 200]) func anErrorIsTheFault(row: Row, status: Int) throws {
        let judge = try TokenJudge()
        let answer = GrantSample.answer(#"{"error":"\#(row.code)","error_description":"no"}"#, status: status)
        #expect(judge.outcome(answer, for: GrantSample.request(GrantSample.exchange())) == .failure(row.forUser))
        #expect(judge.outcome(answer, for: GrantSample.request()) == .failure(row.forGateway))
    }

    @Test(arguments: [
        #"{"error":"nobody_knows_this"}"#, #"{"error":7}"#, #"{"error":null}"#, #"{"error":"Invalid_Grant"}"#,
        #"{"error":"canary-7f3a","error_description":"canary-7f3a"}"#,
    ])
    func wordsThatAreNotKnownGoNowhere(body: String) throws {
        let answer = GrantSample.answer(body, status: 400)
        #expect(
            try TokenJudge().outcome(answer, for: GrantSample.request(GrantSample.exchange()))
                == .failure(.misconfigured("unknown_error")))
        #expect(answer.explanation == "HTTP status 400, error unknown_error")
    }

    @Test func anErrorBesideATokenIsAnError() throws {
        let answer = GrantSample.answer(GrantSample.granted().with("error", "invalid_grant"))
        #expect(
            try TokenJudge().outcome(
                answer, for: GrantSample.request(GrantSample.exchange(verification: .fixedAudience)))
                == .failure(.subjectRejected))
    }

    /// Microsoft Entra's answers, their shapes as its documentation and developers' reports show them, identifiers
    /// shortened.
    static let entra: [(name: String, body: String, fault: CredentialFault, explanation: String)] = [
        (
            "a conditional access policy of the API",
            #"""
            {"error":"interaction_required","error_description":"AADSTS50079: Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access 'bf8d80f9'.\r\nTrace ID: b72a68c3\r\nTimestamp: 2017-05-01 22:43:20Z","error_codes":[50079],"timestamp":"2017-05-01 22:43:20Z","trace_id":"b72a68c3","correlation_id":"73d656cf","claims":"{\"access_token\":{\"polids\":{\"essential\":true,\"values\":[\"9ab03e19\"]}}}"}
            """#,
            .interactionRequired, "HTTP status 400, error interaction_required (50079)"
        ),
        (
            "no consent",
            #"""
            {"error":"invalid_grant","error_description":"AADSTS65001: The user or administrator has not consented to use the application with ID '5617d05d' named 'Blob'. Send an interactive authorization request for this user and resource.","error_codes":[65001],"timestamp":"2019-09-19 08:55:37Z","trace_id":"7979ed8a","correlation_id":"73d7243c","suberror":"consent_required"}
            """#,
            .interactionRequired, "HTTP status 400, error invalid_grant (65001)"
        ),
        (
            "a second factor",
            #"""
            {"error":"invalid_grant","error_description":"AADSTS50076: you must use multi-factor authentication","error_codes":[50076],"suberror":"basic_action","claims":"{\"access_token\":{\"capolids\":{\"essential\":true,\"values\":[\"ff3efee0\"]}}}"}
            """#,
            .interactionRequired, "HTTP status 400, error invalid_grant (50076)"
        ),
        (
            "blocked, with a challenge",
            #"""
            {"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies.","error_codes":[53003],"error_uri":"https://login.microsoftonline.com/error?code=53003","suberror":"message_only","claims":"{\"access_token\":{\"capolids\":{\"essential\":true,\"values\":[\"da9d1d9d\"]}}}"}
            """#,
            .interactionRequired, "HTTP status 400, error invalid_grant (53003)"
        ),
        (
            "a challenge without a suberror",
            #"{"error":"invalid_grant","error_codes":[50158],"claims":"{}"}"#,
            .interactionRequired, "HTTP status 400, error invalid_grant (50158)"
        ),
        (
            "a bad assertion",
            #"{"error":"invalid_grant","error_description":"AADSTS50013: Assertion failed signature validation.","error_codes":[50013],"suberror":"bad_token"}"#,
            .subjectRejected, "HTTP status 400, error invalid_grant (50013)"
        ),
        (
            "a wrong secret",
            #"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}"#,
            .misconfigured("invalid_client"), "HTTP status 400, error invalid_client (7000215)"
        ),
        (
            "an unknown scope",
            #"{"error":"invalid_scope","error_description":"AADSTS70011: The provided value for the input parameter 'scope' isn't valid.","error_codes":[70011]}"#,
            .misconfigured("invalid_scope"), "HTTP status 400, error invalid_scope (70011)"
        ),
        (
            "numbers that are none",
            #"{"error":"invalid_grant","error_codes":["canary",1,2.5,{"x":3},4,5,6,7]}"#,
            .subjectRejected, "HTTP status 400, error invalid_grant (1)"
        ),
    ]

    @Test(arguments: entra)
    func entraSaysItInTwoWays(name: String, body: String, fault: CredentialFault, explanation: String) throws {
        let answer = GrantSample.answer(body, status: 400, type: "application/json; charset=utf-8")
        let request = GrantSample.request(GrantSample.exchange(flavor: .entraOBO))
        #expect(try TokenJudge().outcome(answer, for: request) == .failure(fault))
        #expect(answer.explanation == explanation)
    }

    @Test func theWaitIsTheServers() throws {
        let answer = GrantSample.answer(#"{"error":"temporarily_unavailable"}"#, status: 400, retryAfter: "17")
        #expect(
            try TokenJudge().outcome(answer, for: GrantSample.request())
                == .failure(.unavailable(retryAfterSeconds: 17, isServersWord: true)))
    }
}
