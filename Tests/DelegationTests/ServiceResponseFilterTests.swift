import Admission
import Crypto
import HTTPCodec
import Identity
import StrictCoding
import TestSupport
import Testing

@testable import Delegation

@Suite("What of a service's answer is passed on")
struct ServiceResponseFilterTests {
    private static func filter(
        _ service: String = "orders_api", secret: String = "s3cret-token", envelope: Bool = false,
        header: ByteString = "Txn-Token"
    ) throws -> (ServiceResponseFilter, Envelope) {
        let sample = try CallSample(.everyMethod)
        let call = try CallSample.call(service == "anything" ? "/x" : "/orders/o-1", to: service)
        let filter = ServiceResponseFilter(
            plan: try sample.errand(call).plan, call: call,
            credential: OutboundCredential(SecretBytes(Array(secret.utf8)), header: nil),
            envelope: envelope ? sample.envelope : nil, envelopeHeader: header)
        return (filter, sample.envelope)
    }

    private static func head(_ status: Int, _ lines: [String]) throws -> ResponseHead {
        try .parsing("HTTP/1.1 \(status) X\n" + lines.map { $0 + "\n" }.joined() + "Content-Length: 0\n\n")
    }

    @Test(arguments: [
        ("ETag: \"1\"", true), ("Content-Type: a/b", true), ("Link: </a>", true), ("Retry-After: 1", true),
        ("X-Request-Id: 1", true), ("Vary: *", true), ("Server: x", true), ("X-Api-Version: 1", true),
        ("Set-Cookie: a", false), ("Set-Cookie2: a", false), ("set_cookie: a", false),
        ("WWW-Authenticate: Basic", false),
        ("Proxy-Authenticate: x", false), ("Alt-Svc: clear", false), ("Refresh: 1", false),
        ("Content-Location: /x", false),
        ("Authentication-Info: x", false), ("Clear-Site-Data: x", false), ("Link-Template: x", false),
        ("X-Actor-Sub: x", false), ("X-Agent-Id: x", false), ("X-Delegation-Mode: x", false), ("Txn-Token: x", false),
        ("txn_token: x", false), ("Eie-X: 1", false), ("Access-Control-Allow-Origin: *", false), ("Upgrade: x", false),
        ("Keep-Alive: x", false), ("X-Echo: s3cret-token", false), ("X-Echo: as3cret-tokenb", false),
        ("X-Echo: s3cret-toke", true), ("X-Accel-Redirect: /x", false), ("X-Sendfile: /x", false), ("-X: 1", false),
    ])
    func aFieldIsPassedOnOrLeftBehind(line: String, isPassedOn: Bool) throws {
        for status in [200, 404, 500] {
            let fields = try Self.filter().0.filter(Self.head(status, [line]))
            #expect(fields.lines == (isPassedOn ? [line] : []))
        }
    }

    @Test func whatConnectionNominatesIsLeftBehind() throws {
        let fields = try Self.filter().0.filter(Self.head(200, ["Connection: x-a, close", "X-A: 1", "X-B: 2"]))
        #expect(fields.lines == ["X-B: 2"])
    }

    @Test func theServicesEnvelopeIsLeftBehind() throws {
        let (filter, envelope) = try Self.filter(envelope: true)
        let text = String(decoding: envelope.bytes, as: UTF8.self)
        let head = try Self.head(
            200, ["X-A: \(text)", "X-B: \(text.suffix(33))", "X-C: id jti-1.", "X-D: \(text.prefix(9))"])
        #expect(try filter.filter(head).lines == ["X-D: \(text.prefix(9))"])
        #expect(
            try Self.filter(header: "X-Who").0.filter(Self.head(200, ["x.who: a", "X-Whom: b"])).lines == ["X-Whom: b"])
    }

    @Test func onlyAChallengeRejectsTheCredential() throws {
        for status in [200, 301, 400, 401, 403, 407, 500] {
            #expect(try Self.filter().0.rejectsCredential(Self.head(status, [])) == (status == 401))
        }
        let (filter, _) = try Self.filter()
        #expect(throws: DownstreamFault.malformed) { try filter.filter(Self.head(407, [])) }
    }

    // MARK: - Places

    /// The service is `http://127.0.0.1:9103/base/`.
    static let inside = [
        ("/base", ""), ("/base/", "/"), ("/base/a", "/a"), ("/base/a?b=c", "/a?b=c"), ("/base?x", "?x"),
        ("http://127.0.0.1:9103/base/a#b", "/a"), ("/base/%61", "/a"), ("/base/a/", "/a/"),
    ]
    static let outside = [
        "/", "/bas", "/base2", "/base2/a", "/other", "//127.0.0.1:9103/base/a", "http://127.0.0.1:9103", "a", "?a",
        "#a",
        "http://127.0.0.1:9103@evil/base/", "http://127.0.0.1:91030/base/", "https://127.0.0.1:9103/base/",
        "http://localhost:9103/base/", "HTTP://127.0.0.1:9103/base/a", "/base/../a", "/base/%2e%2e/a", "/base//a",
        "/base/a;b", "/base\\a", "/base/a%00", "ftp://127.0.0.1:9103/base/a", "/base/?\u{7F}", "mailto:a@b",
        "/base/a b",
    ]

    @Test(arguments: inside) func aPlaceInTheServiceIsTheSamePlaceHere(location: String, path: String) throws {
        for status in [201, 302, 307] {
            let fields = try Self.filter("anything").0.filter(Self.head(status, ["Location: \(location)"]))
            #expect(fields.lines == ["Location: /\(CallSample.secret)/anything\(path)"])
        }
    }

    @Test(arguments: outside) func anyOtherPlaceIsNone(location: String) throws {
        guard let created = try? Self.head(201, ["Location: \(location)"]) else { return }
        let (filter, _) = try Self.filter("anything")
        #expect(try filter.filter(created).lines == [])
        #expect(throws: DownstreamFault.redirected) { try filter.filter(Self.head(302, ["Location: \(location)"])) }
    }

    @Test func aPlaceThatHoldsTheCredentialIsNone() throws {
        let (filter, _) = try Self.filter("anything")
        let head = try Self.head(302, ["Location: /base/a?token=s3cret-token"])
        #expect(throws: DownstreamFault.redirected) { try filter.filter(head) }
    }
}
