import Delegation
import HTTPCodec
import Identity
import Policy
import StrictCoding
import TestSupport
import Testing

/// What a token endpoint may answer, before anybody looks into the token: each flaw by itself.
@Suite struct TokenAnswerTests {
    private static let request = GrantSample.request(GrantSample.exchange(verification: .fixedAudience))
    private static let good = GrantSample.granted()
    private static let opaque = "opaque-token [orders:read orders:write] for orders-api until +300"

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: EndpointAnswer
        let outcome: Result<String, CredentialFault>

        init(_ name: String, _ answer: EndpointAnswer, _ outcome: Result<String, CredentialFault>) {
            (testDescription, self.answer, self.outcome) = (name, answer, outcome)
        }

        /// The usual answer with one member changed.
        init(_ name: String, _ member: String, _ value: JSONText, _ outcome: Result<String, CredentialFault>) {
            self.init(name, GrantSample.answer(good.with(member, value)), outcome)
        }
    }

    private static func rejected(_ flaw: AnswerFlaw) -> Result<String, CredentialFault> { .failure(.rejected(flaw)) }

    static let forms: [Row] = [
        Row("good", GrantSample.answer(good), .success(opaque)),
        Row("with a charset", answer(type: "application/json; charset=utf-8"), .success(opaque)),
        Row("type in capitals", answer(type: "Application/JSON ;charset=UTF-8"), .success(opaque)),
        Row("no type", answer(type: nil), rejected(.notJSON)),
        Row("a page", GrantSample.answer("<!doctype html>", type: "text/html"), rejected(.notJSON)),
        Row("JSON as a page", answer(type: "text/html"), rejected(.notJSON)),
        Row("another JSON", answer(type: "application/jwk-set+json"), rejected(.notJSON)),
        Row("a similar type", answer(type: "application/jsonp"), rejected(.notJSON)),
        Row("not JSON", GrantSample.answer("access_token=a&token_type=bearer"), rejected(.notJSON)),
        Row("empty", GrantSample.answer(""), rejected(.notJSON)),
        Row("an array", GrantSample.answer("[]"), rejected(.notJSON)),
        Row("cut off", GrantSample.answer(#"{"access_token":"a","token_type":"Bearer""#), rejected(.notJSON)),
        Row("with a byte order mark", GrantSample.answer("\u{FEFF}{}"), rejected(.notJSON)),
        Row(
            "two tokens",
            GrantSample.answer(#"{"access_token":"a","token_type":"Bearer","access_token":"b"}"#), rejected(.notJSON)),
        Row(
            "two tokens, one escaped",
            GrantSample.answer(#"{"access_token":"a","token_type":"Bearer","access\u005ftoken":"b"}"#),
            rejected(.notJSON)),
        Row(
            "huge", GrantSample.answer(good.with("x", .string(String(repeating: "x", count: 65_536)))),
            rejected(.tooLarge)),
        Row(
            "many members", GrantSample.answer(good.with("x", .array(Array(repeating: 1, count: 2_000)))),
            rejected(.notJSON)),
        Row("created", answer(status: 201), rejected(.unexpectedStatus)),
        Row("no content", GrantSample.answer("", status: 204), rejected(.unexpectedStatus)),
        Row("moved", answer(status: 302), rejected(.redirect)),
        Row("see other, as a page", GrantSample.answer("<a>", status: 303, type: "text/html"), rejected(.redirect)),
        Row("not found, as a page", GrantSample.answer("<h1>", status: 404, type: "text/html"), rejected(.notJSON)),
        Row("not found, as JSON", GrantSample.answer("{}", status: 404), rejected(.unexpectedStatus)),
        Row("a bad gateway", GrantSample.answer("<h1>", status: 502, type: "text/html"), unavailable(5)),
        Row("overloaded", GrantSample.answer("{}", status: 503, retryAfter: "7"), named(7)),
        Row("too many", GrantSample.answer("", status: 429, retryAfter: "3600"), named(60)),
        Row("too many, at once again", GrantSample.answer("", status: 429, retryAfter: "0"), named(1)),
        Row("a date", GrantSample.answer("", status: 503, retryAfter: "Mon, 23 Nov 2026 07:28:00 GMT"), unavailable(5)),
        Row(
            "a number too far", GrantSample.answer("", status: 503, retryAfter: "99999999999999999999"), unavailable(5)),
        Row("a negative number", GrantSample.answer("", status: 503, retryAfter: "-1"), unavailable(5)),
    ]

    static let members: [Row] = [
        Row("no token", GrantSample.answer(good.without("access_token")), rejected(.tokenMissing)),
        Row(
            "an ID token only",
            GrantSample.answer(#"{"id_token":"a.b.c","token_type":"Bearer","expires_in":300}"#), rejected(.tokenMissing)
        ),
        Row("an empty token", "access_token", "", rejected(.tokenMissing)),
        Row("a number", "access_token", 7, rejected(.tokenMissing)),
        Row("a space in it", "access_token", "a b", rejected(.tokenMissing)),
        Row("a line end in it", "access_token", "a\r\nx-actor-sub: root", rejected(.tokenMissing)),
        Row("not ASCII", "access_token", "töken", rejected(.tokenMissing)),
        Row("too long", "access_token", .string(String(repeating: "a", count: 16_385)), rejected(.tokenMissing)),
        Row(
            "as long as may be", "access_token", .string(String(repeating: "a", count: 16_384)),
            .success(String(repeating: "a", count: 16_384) + opaque.dropFirst(12))),
        Row("no type", GrantSample.answer(good.without("token_type")), rejected(.tokenType)),
        Row("bearer", "token_type", "bEARER", .success(opaque)),
        Row("not to be sent", "token_type", "N_A", rejected(.tokenType)),
        Row("with a proof", "token_type", "DPoP", rejected(.tokenType)),
        Row("a MAC", "token_type", "mac", rejected(.tokenType)),
        Row("no issued type", GrantSample.answer(good.without("issued_token_type")), rejected(.issuedTokenType)),
        Row(
            "a JWT", "issued_token_type", "urn:ietf:params:oauth:token-type:jwt", .success(opaque)),
        Row(
            "a refresh token", "issued_token_type", "urn:ietf:params:oauth:token-type:refresh_token",
            rejected(.issuedTokenType)),
        Row(
            "an ID token", "issued_token_type", "urn:ietf:params:oauth:token-type:id_token",
            rejected(.issuedTokenType)),
        Row("no scope", GrantSample.answer(good.without("scope")), .success(opaque)),
        Row(
            "a narrower scope", "scope", "orders:read",
            .success("opaque-token [orders:read] for orders-api until +300")),
        Row("a wider scope", "scope", "orders:read orders:write admin", rejected(.scopeWider)),
        Row("another scope", "scope", "admin", rejected(.scopeWider)),
        Row("another case", "scope", "Orders:read", rejected(.scopeWider)),
        Row("an empty scope", "scope", "", rejected(.scopeWider)),
        Row("a tab between", "scope", "orders:read\torders:write", rejected(.scopeWider)),
        Row("two spaces between", "scope", "orders:read  orders:write", rejected(.scopeWider)),
        Row(
            "scopes in an array", "scope", ["orders:read"],
            .success("opaque-token [orders:read] for orders-api until +300")),
        Row("a number for a scope", "scope", 7, rejected(.scopeWider)),
        Row(
            "no life told", GrantSample.answer(good.without("expires_in")),
            .success(opaque.replacing("+300", with: "+60"))),
        Row("life as text", "expires_in", "299", .success(opaque.replacing("+300", with: "+299"))),
        Row("longer than the user's token", "expires_in", 86_400, .success(opaque.replacing("+300", with: "+3600"))),
        Row(
            "longer than anything", "expires_in", 9_007_199_254_740_992,
            .success(opaque.replacing("+300", with: "+3600"))),
        Row("over", "expires_in", 0, rejected(.expired)),
        Row("long over", "expires_in", -300, rejected(.expired)),
        Row("a fraction", "expires_in", .raw("300.5"), rejected(.expired)),
        Row("an exponent", "expires_in", .raw("1e400"), rejected(.expired)),
        Row("a truth", "expires_in", true, rejected(.expired)),
        Row("words", "expires_in", "soon", rejected(.expired)),
        Row("many digits", "expires_in", "9999999999999999999999", rejected(.expired)),
    ]

    private static func answer(status: Int = 200, type: String? = "application/json") -> EndpointAnswer {
        GrantSample.answer(String(decoding: good.json, as: UTF8.self), status: status, type: type)
    }

    private static func unavailable(_ seconds: Int) -> Result<String, CredentialFault> {
        .failure(.unavailable(retryAfterSeconds: seconds))
    }

    /// By the server itself.
    private static func named(_ seconds: Int) -> Result<String, CredentialFault> {
        .failure(.unavailable(retryAfterSeconds: seconds, isServersWord: true))
    }

    @Test(arguments: forms + members) func anAnswerIs(_ row: Row) throws {
        #expect(try TokenJudge().outcome(row.answer, for: Self.request) == row.outcome)
    }

    /// RFC 8693, section 2.3; RFC 6749, section 5.1.
    @Test func theExamplesOfTheRFCs() throws {
        let exchange = GrantSample.request(
            GrantSample.exchange(
                audience: nil, resource: "https://backend.example.com/api", scopes: ["read"],
                verification: .fixedAudience))
        let granted = GrantSample.answer(
            """
            {"access_token":"eyJhbGciOiJFUzI1NiIsImtpZCI6IjllciJ9.opaque",
             "issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":60}
            """)
        #expect(
            try TokenJudge().outcome(granted, for: exchange)
                == .success(
                    "eyJhbGciOiJFUzI1NiIsImtpZCI6IjllciJ9.opaque [read] for https://backend.example.com/api until +60"))
        let plain = GrantSample.answer(
            """
            {"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"example","expires_in":3600,
             "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA","example_parameter":"example_value"}
            """)
        #expect(try TokenJudge().outcome(plain, for: GrantSample.request()) == .failure(.rejected(.tokenType)))
    }

    /// Recorded from the documentation of the on-behalf-of flow: no `issued_token_type`, other members beside.
    @Test(arguments: ["3269", #""3269""#])
    func entraAnswersInItsOwnForm(life: String) throws {
        let request = GrantSample.request(
            GrantSample.exchange(
                flavor: .entraOBO, audience: "https://graph.microsoft.com",
                scopes: ["https://graph.microsoft.com/user.read"], verification: .fixedAudience))
        let answer = GrantSample.answer(
            #"{"token_type":"Bearer","scope":"https://graph.microsoft.com/user.read","expires_in":\#(life),"#
                + #""ext_expires_in":0,"access_token":"opaque","refresh_token":"OAQABAAAAAABnfiG"}"#)
        #expect(
            try TokenJudge().outcome(answer, for: request)
                == .success(
                    "opaque [https://graph.microsoft.com/user.read] for https://graph.microsoft.com until +3269"))
    }

    @Test func theGatewaysOwnTokenNeedsNoMore() throws {
        let answer = GrantSample.answer(#"{"access_token":"opaque","token_type":"bearer","expires_in":120}"#)
        #expect(
            try TokenJudge().outcome(answer, for: GrantSample.request(audience: "geo"))
                == .success("opaque [geo:read] for geo until +120"))
        let wider = GrantSample.answer(#"{"access_token":"opaque","token_type":"bearer","scope":"geo:read geo:write"}"#)
        #expect(try TokenJudge().outcome(wider, for: GrantSample.request()) == .failure(.rejected(.scopeWider)))
    }

    @Test(arguments: [Int64(0), -1, -3_600]) func nothingIsGoodAfterTheUsersOwnToken(left: Int64) throws {
        let request = GrantSample.request(
            GrantSample.exchange(verification: .fixedAudience), notAfter: GrantSample.now + left)
        #expect(try TokenJudge().outcome(GrantSample.answer(Self.good), for: request) == .failure(.rejected(.expired)))
    }

    @Test func repeatedFieldsCountAsNone() throws {
        let fields = try FieldBlock([
            ("Content-Type", "application/json"), ("Content-Type", "text/html"), ("Retry-After", "9"),
        ])
        let answer = EndpointAnswer(status: 200, fields: fields, body: GrantSample.secret("{}"))
        #expect(answer.contentType == nil)
        #expect(answer.retryAfter == Array("9".utf8))
    }
}
