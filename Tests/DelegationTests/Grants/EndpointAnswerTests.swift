import Delegation
import Testing

/// What the status of an answer says of the server, whoever asked and for whatever.
@Suite struct EndpointAnswerTests {
    @Test(arguments: [200, 302, 400, 401, 408, 429, 500, 501, 502, 503, 504, 505, 599])
    func onlyWhatStandsBeforeAServerSaysThatItIsDown(status: Int) {
        for body in ["", #"{"error":"temporarily_unavailable"}"#] {
            #expect(GrantSample.answer(body, status: status).isOutage == (502...504).contains(status))
        }
    }

    /// Its own delay is told apart from one that nobody named.
    @Test(
        arguments: [
            (nil, .unavailable(retryAfterSeconds: 5)), ("", .unavailable(retryAfterSeconds: 5)),
            ("Wed, 21 Oct 2026 07:28:00 GMT", .unavailable(retryAfterSeconds: 5)),
            ("-1", .unavailable(retryAfterSeconds: 5)), ("1234567890", .unavailable(retryAfterSeconds: 5)),
            ("0", .unavailable(retryAfterSeconds: 1, isServersWord: true)),
            ("5", .unavailable(retryAfterSeconds: 5, isServersWord: true)),
            ("86400", .unavailable(retryAfterSeconds: 60, isServersWord: true)),
        ] as [(String?, CredentialFault)])
    func theDelayIsTheServersWhereItNamesOne(retryAfter: String?, fault: CredentialFault) throws {
        let judge = try TokenJudge()
        for (body, status) in [
            ("", 429), ("", 503), (#"{"error":"slow_down"}"#, 400), (#"{"error":"server_error"}"#, 200),
        ] {
            let answer = GrantSample.answer(body, status: status, retryAfter: retryAfter)
            #expect(judge.outcome(answer, for: GrantSample.request()) == .failure(fault))
        }
    }
}
