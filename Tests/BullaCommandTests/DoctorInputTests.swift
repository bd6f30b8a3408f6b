import Crypto
import Foundation
import Policy
import StrictCoding
import Testing

@testable import BullaCommand

@Suite struct DoctorInputTests {
    // MARK: - Answers

    @Test(
        arguments: [
            (
                "application/json", #"{"jsonrpc":"2.0","id":2,"result":{"content":[{"text":"a"},{"text":"b"}]}}"#,
                .result("a b")
            ),
            (
                "application/json",
                #"{"jsonrpc":"2.0","id":2,"result":{"content":[{"text":"no"}],"isError":true}}"#, .toolError("no")
            ),
            (
                "application/json", #"{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"x"}}"#,
                .error("-32602: x")
            ),
            ("application/json", #"{"jsonrpc":"2.0","id":3,"result":{}}"#, nil),
            ("application/json", "nothing", nil),
            (
                "text/event-stream; charset=utf-8",
                ": hello\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\r\n\r\nevent: message\r\n"
                    + "data: {\"jsonrpc\":\"2.0\",\"id\":2,\r\ndata: \"result\":{\"content\":[{\"text\":\"c\"}]}}\r\n\r\n",
                .result("c")
            ),
        ] as [(String, String, CanaryAnswer?)])
    func anAnswerIsFoundInEitherShape(type: String, body: String, answer: CanaryAnswer?) {
        #expect(CanaryAnswer(Array(body.utf8), type: Array(type.utf8), id: 2) == answer)
    }

    @Test func whatIsShownIsCutAndTame() {
        #expect(CanaryAnswer.shown("a\u{1B}[2J\u{202E}b") == #"a\u{1b}[2J\u{202e}b"#)
        let long = ByteString(String(repeating: "x", count: 500))
        #expect(CanaryAnswer.shown(long).count == 401)
    }

    // MARK: - The token

    @Test func aTokenIsReadFromAFileAndNeverShown() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("bulla-token-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("abc.def\n".utf8).write(to: file)
        let token = try DoctorToken.read(file: file.path, variable: nil)
        #expect(token.withBytes { Array($0) } == Array("abc.def".utf8))
        #expect("\(token)" == "<secret>")
        try Data(" \n".utf8).write(to: file)
        #expect(throws: DoctorToken.Failure.self) { try DoctorToken.read(file: file.path, variable: nil) }
        #expect(throws: DoctorToken.Failure.self) { try DoctorToken.read(file: file.path + "x", variable: nil) }
        #expect(throws: DoctorToken.Failure.self) { try DoctorToken.read(file: nil, variable: "BULLA_NO_SUCH_TOKEN") }
    }

    @Test(
        arguments: [
            (#"{"iss":"http://127.0.0.1:8081","scope":"orders:read orders:write"}"#, ["orders:read"]),
            (#"{"iss":"http://127.0.0.1:8081","scope":["balance:read"]}"#, ["balance:read"]),
            (#"{"iss":"http://127.0.0.1:8081"}"#, nil),
            (#"{"iss":"http://other.example","scope":"orders:read"}"#, nil),
        ] as [(String, [ByteString]?)])
    func theScopesAreThoseThatThePolicyKnows(claims: String, scopes: [ByteString]?) throws {
        let policy = try TestPolicies.all()
        let token = SecretBytes(Array("e30.".utf8) + Base64URL.encode(Array(claims.utf8)) + Array(".x".utf8))
        let server = try TestPolicies.server("copying", in: policy)
        #expect(DoctorToken.scopes(token, at: server, in: policy) == scopes)
    }

    // MARK: - Addresses

    @Test(arguments: [
        ("copying", "orders_api", nil), ("copying", "other", "`other` is not among the `services` of `copying`"),
        ("passing", "billing_api", "`billing_api` is not among"), ("nobody", "orders_api", "no server `nobody`"),
        ("launched", "orders_api", "${egress}/orders_api"), ("alone", "orders_api", "these are none"),
    ])
    func onlyAServerThatRunsAlreadyHasAnAddressOfItsOwn(server: String, service: String, mistake: String?) throws {
        let policy = try TestPolicies.all()
        do {
            let caller = try EgressCaller(server, calling: service, in: policy)
            #expect(mistake == nil)
            #expect(caller.server == ByteString(server))
        } catch {
            #expect(mistake.map { "\(error)".contains($0) } == true)
        }
    }

    @Test(arguments: [
        ("0.0.0.0:9080", "127.0.0.1:9080"), ("[::]:9080", "[::1]:9080"), ("10.0.0.1:80", "10.0.0.1:80"),
    ])
    func aListenerEverywhereIsReachedOnLoopback(listen: String, reached: String) throws {
        let address = try #require(ListenAddress(parsing: Array(listen.utf8)))
        #expect(address.reachable.text == reached)
        let secret = SecretBytes(Array("s3cret".utf8))
        #expect(EgressAddress.url(secret, service: "a", listen: address) == "http://\(reached)/s3cret/a")
    }
}
