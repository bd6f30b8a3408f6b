import StrictCoding
import Testing

@testable import Policy

@Suite struct ValueTests {
    @Test(arguments: [
        ("127.0.0.1", true), ("0.0.0.0", true), ("255.255.255.255", true), ("256.0.0.1", false), ("1.2.3", false),
        ("1.2.3.4.5", false), ("01.2.3.4", false), ("1..2.3", false), ("", false), ("0x7f.0.0.1", false),
        ("1.2.3.4 ", false),
    ])
    func version4HasOneSpelling(text: String, isAddress: Bool) {
        #expect((IPAddress(v4: text.utf8) != nil) == isAddress)
        #expect(IPAddress(v4: text.utf8).map(\.text.string) == (isAddress ? text : nil))
    }

    @Test(arguments: [
        ("::", true), ("::1", true), ("2001:db8::1", true), ("fe80::1:0:0:2", true), ("1:2:3:4:5:6:7:8", true),
        ("1::", true),
        ("2001:db8:0:1:1:1:1:1", true), ("0:0:0:0:0:0:0:1", false), ("2001:DB8::1", false), ("::ffff:127.0.0.1", false),
        ("fe80::1%eth0", false), ("1:2:3:4:5:6:7", false), ("1:2:3:4:5:6:7:8:9", false), (":::", false),
        ("1::2::3", false),
        ("12345::", false), ("2001:db8::0:1", false), ("1::2:3:4:5:6:7:8", false), ("0::1", false), (":1", false),
    ])
    func version6HasOneSpelling(text: String, isAddress: Bool) {
        #expect((IPAddress(v6: text.utf8) != nil) == isAddress)
        #expect(IPAddress(v6: text.utf8).map(\.text.string) == (isAddress ? text : nil))
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.9", true), ("128.0.0.1", false), ("0.0.0.0", false), ("[::1]", true),
        ("[::2]", false),
        ("localhost", true), ("localhost.example", false), ("gw.example", false),
    ])
    func loopbackIsKnown(host: String, isLoopback: Bool) throws {
        #expect(try #require(URLHost(Array(host.utf8)[...])).isLoopback == isLoopback)
    }

    @Test(arguments: [(1_024, true), (1_025, false)])
    func aURLFitsIntoAnEnvelope(length: Int, fits: Bool) {
        let text = "http://a/" + String(repeating: "x", count: length - 9)
        #expect(((try? HTTPURL(parsing: ByteString(text))) != nil) == fits)
    }

    @Test func aURLKnowsItsParts() throws {
        let url = try HTTPURL(parsing: "http://[::1]:3000/mcp/x")
        #expect(url.authority == "[::1]:3000")
        #expect(url.origin == "http://[::1]:3000")
        #expect(url.host.text == "::1")
        #expect(url.port == 3000)
        #expect(url.path == "/mcp/x")

        let short = try HTTPURL(parsing: "https://gw.example")
        #expect(short.port == 443)
        #expect(short.path.isEmpty)
        #expect(short.authority == "gw.example")
        #expect(!short.hasWrittenPort)
        #expect(try HTTPURL(parsing: "https://gw.example:443").origin == "https://gw.example")
    }

    @Test(
        arguments: [
            ("", URLFault.noScheme), ("ftp://x", .noScheme), ("http:/x", .noScheme), ("Http://x", .noScheme),
            ("http://", .noHost),
            ("http://:80", .noHost), ("http://a b", .host), ("http://[::1", .host), ("http://[::1]x", .host),
            ("http://-a", .host),
            ("http://a_b", .host), ("http://a..b", .host), ("http://caf\u{E9}", .host), ("http://a:1:2", .port),
            ("http://a:+1", .port), ("http://a:080", .port), ("http://u@a", .userInformation), ("http://a?x", .query),
            ("http://a#x", .fragment), ("http://a/%zz", .path("has a `%` that is no percent-encoding")),
        ] as [(String, URLFault)])
    func aURLThatCouldBeReadTwiceIsRefused(text: String, fault: URLFault) {
        #expect(throws: fault) { try HTTPURL(parsing: ByteString(text)) }
    }

    @Test(arguments: [
        ("0.0.0.0:8080", "127.0.0.1:8080", true), ("127.0.0.1:8080", "127.0.0.1:8080", true),
        ("127.0.0.1:8080", "127.0.0.2:8080", false), ("127.0.0.1:0", "127.0.0.1:0", false),
        ("[::]:1", "127.0.0.1:1", true),
    ])
    func listenersCollideOnOnePort(left: String, right: String, collide: Bool) throws {
        let left = try #require(ListenAddress(parsing: Array(left.utf8)))
        let right = try #require(ListenAddress(parsing: Array(right.utf8)))
        #expect(left.collides(with: right) == collide)
        #expect(right.collides(with: left) == collide)
    }

    @Test(
        arguments: [
            ("300s", Amount.Kind.seconds, 300), ("15m", .seconds, 900), ("30d", .seconds, 2_592_000),
            ("0s", .seconds, 0),
            ("300", .seconds, nil), ("1w", .seconds, nil), ("-1s", .seconds, nil), ("s", .seconds, nil),
            ("1S", .seconds, nil),
            ("4MiB", .bytes, 4_194_304), ("1B", .bytes, 1), ("4MB", .bytes, nil), ("4 MiB", .bytes, nil),
            ("4mib", .bytes, nil),
            ("7", .count, 7), ("007", .count, nil), ("7B", .count, nil),
        ] as [(String, Amount.Kind, Int?)])
    func amountsHaveUnits(text: String, kind: Amount.Kind, value: Int?) {
        #expect(Amount.parse(ByteString(text), as: kind) == value)
    }

    @Test(
        arguments: [
            ("orders:wirte", "orders:write"), ("PATH", "path"), ("sevrers", "servers"), ("tool", "tools"), ("xyz", nil),
            ("", nil),
        ] as [(String, String?)])
    func theNearestWordIsSuggestedAndNothingFar(word: String, suggestion: String?) {
        let known: [ByteString] = ["servers", "services", "path", "tools", "orders:write", "orders:read"]
        #expect(Suggestion.nearest(to: ByteString(word), among: known)?.string == suggestion)
    }
}
