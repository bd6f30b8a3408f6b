import HTTPCodec
import StrictCoding
import Testing

@Suite struct TargetTests {
    @Test(arguments: [
        ("/", "/"), ("/orders", "/orders"), ("/orders/", "/orders/"), ("/a/b.c/~d/-_", "/a/b.c/~d/-_"),
        ("/%6Frders", "/orders"), ("/%6frders", "/orders"), ("/%7Eme", "/~me"), ("/%41%5f", "/A_"),
        ("/caf%c3%a9", "/caf%C3%A9"), ("/a%20b", "/a%20b"), ("/a%3fb%23c", "/a%3Fb%23c"),
        ("/!$&'()*+,=:@", "/!$&'()*+,=:@"), ("/...", "/..."), ("/.well-known/x", "/.well-known/x"),
        ("/%2ewell-known", "/.well-known"), ("/a..b/..c/d..", "/a..b/..c/d.."), ("/A/a", "/A/a"), ("*", "*"),
    ])
    func aPathHasOneNormalForm(_ raw: String, _ normal: String) throws {
        let target = try Target(parsing: bytes(raw), host: nil)
        #expect(target.path == ByteString(normal))
        #expect(target.query == nil)
        #expect(try Target(parsing: target.path.bytes, host: nil) == target)
    }

    @Test(arguments: [
        ("/orders/..%2fbilling", WireError.ambiguousPath), ("/a%2Fb", .ambiguousPath), ("/a%5cb", .ambiguousPath),
        ("/a\\b", .ambiguousPath), ("/a%00", .ambiguousPath), ("/a%0d%0ab", .ambiguousPath), ("/a%7f", .ambiguousPath),
        ("//", .ambiguousPath), ("//evil.test/x", .ambiguousPath), ("/a//b", .ambiguousPath), ("/a//", .ambiguousPath),
        ("/.", .ambiguousPath), ("/..", .ambiguousPath), ("/a/./b", .ambiguousPath), ("/a/../b", .ambiguousPath),
        ("/a/%2e%2e/b", .ambiguousPath), ("/a/.%2E", .ambiguousPath), ("/%2e/", .ambiguousPath),
        ("/a;x", .ambiguousPath), ("/a;x=1/b", .ambiguousPath), ("/a%3bx", .ambiguousPath),
        ("/a%252e", .ambiguousPath), ("/%25", .ambiguousPath),
        ("/%c0%af", .ambiguousPath), ("/%e0%80%af", .ambiguousPath), ("/%ff", .ambiguousPath),
        ("/%ed%a0%80", .ambiguousPath), ("/%c3", .ambiguousPath), ("/%c3/%a9", .ambiguousPath),
        ("/%", .malformedPercentEncoding), ("/%4", .malformedPercentEncoding), ("/%zz", .malformedPercentEncoding),
        ("/a%4/b", .malformedPercentEncoding), ("/%u0041", .malformedPercentEncoding),
        ("/%+1", .malformedPercentEncoding),
        ("/a#b", .malformedTarget), ("/a\"", .malformedTarget), ("/<a>", .malformedTarget), ("/[a]", .malformedTarget),
        ("/a|b", .malformedTarget), ("/a^b", .malformedTarget), ("/{a}", .malformedTarget), ("/`", .malformedTarget),
        ("/a b", .malformedTarget), ("/\u{e9}", .malformedTarget), ("/a\r\n", .malformedTarget),
        ("", .malformedTarget), ("a", .malformedTarget), ("?a", .malformedTarget), ("**", .malformedTarget),
        ("ftp://h.test/", .malformedTarget), ("http:/h.test/", .malformedTarget),
        ("http://h.test", .malformedTarget), ("http://h.test?x", .malformedTarget), ("http://h.test#/", .malformedHost),
        ("http:///", .malformedHost), ("http://u@h.test/", .malformedHost), ("http://h.test\\@evil/", .malformedHost),
        ("http://other.test/", .hostMismatch), ("http://h.test:81/", .hostMismatch), ("https://h.test/", .hostMismatch),
        ("http://h.test./", .hostMismatch),
    ])
    func whatSomeServerReadsDifferentlyIsRefused(_ raw: String, _ fault: WireError) throws {
        let host = try Authority(parsing: bytes("h.test:80"))
        #expect(throws: fault) { try Target(parsing: bytes(raw), host: host) }
    }

    @Test(arguments: [
        ("http://h.test/a?b", "h.test", "/a"), ("HTTP://H.TEST:80/a?b", "h.test", "/a"),
        ("http://h.test/a?b", "h.test:80", "/a"), ("https://h.test/a?b", "h.test:443", "/a"),
        ("http://[::1]:8080/a?b", "[::1]:8080", "/a"), ("http://h.test/a?b", "", "/a"),
    ])
    func anAbsoluteFormMustNameTheHost(_ raw: String, _ host: String, _ path: String) throws {
        let named = host.isEmpty ? nil : try Authority(parsing: bytes(host))
        let target = try Target(parsing: bytes(raw), host: named)
        #expect(target.path == ByteString(path))
        #expect(target.query.map { text($0) } == "b")
    }

    @Test(arguments: [
        ("", nil), ("a=b&c=%2F%25;d/?:@[]{}|^`!$'()*+,~", nil), ("%00", WireError.malformedPercentEncoding),
        ("%", .malformedPercentEncoding), ("%g0", .malformedPercentEncoding), ("a#b", .malformedTarget),
        ("a\\b", .malformedTarget), ("a\"b", .malformedTarget), ("<", .malformedTarget), ("\u{e9}", .malformedTarget),
        ("a b", .malformedTarget), ("\u{0}", .malformedTarget),
    ])
    func aQueryIsCheckedAndLeftAlone(_ query: String, _ fault: WireError?) throws {
        if let fault {
            #expect(throws: fault) { try Target(parsing: bytes("/p?" + query), host: nil) }
        } else {
            let target = try Target(parsing: bytes("/p?" + query), host: nil)
            #expect(target.path == "/p")
            #expect(target.query.map { text($0) } == query)
        }
    }

    /// Every single octet, raw and escaped, in the middle of a path: what comes out is what went in, or nothing.
    @Test func everyOctetInAPathIsAccountedFor() {
        for octet in UInt8.min...UInt8.max {
            let hex = "0123456789ABCDEF".utf8.map { $0 }
            let escaped = [UInt8(ascii: "%"), hex[Int(octet >> 4)], hex[Int(octet & 15)]]
            let raw = try? Target(parsing: bytes("/a") + [octet] + bytes("b"), host: nil)
            let decoded = try? Target(parsing: bytes("/a") + escaped + bytes("b"), host: nil)
            let isUnreserved = "-._~".utf8.contains(octet) || octet.isASCIILetter || octet.isASCIIDigit
            if isUnreserved {
                #expect(raw == decoded && raw != nil)
            } else if let decoded {
                #expect(octet < 0x80 && octet >= 0x20 && !"/\\%;\u{7f}".utf8.contains(octet))
                #expect(decoded.path.bytes == bytes("/a") + escaped + bytes("b"))
            }
            if let raw, octet != UInt8(ascii: "?") { #expect(raw.path.bytes == bytes("/a") + [octet] + bytes("b")) }
        }
    }
}

@Suite struct AuthorityTests {
    @Test(arguments: [
        ("h.test", "h.test", Int?.none), ("H.Test:8080", "h.test", 8080), ("127.0.0.1:1", "127.0.0.1", 1),
        ("[::1]", "[::1]", nil), ("[2001:DB8::1]:65535", "[2001:db8::1]", 65535), ("a_b-c", "a_b-c", nil),
        ("[::ffff:1.2.3.4]:80", "[::ffff:1.2.3.4]", 80), ("h.test.", "h.test.", nil), ("h:080", "h", 80),
    ])
    func aHostAndPortAreRead(_ raw: String, _ host: String, _ port: Int?) throws {
        let authority = try Authority(parsing: bytes(raw))
        #expect(authority.host == ByteString(host))
        #expect(authority.port == port)
    }

    @Test(arguments: [
        "", ":80", "h:", "h:0", "h:65536", "h:99999", "h:123456", "h:8x", "h:-1", "h:+1", "h: 80", "h:80:80", "h/",
        "h,i", "u@h", "h h", "h\t", "%68", "h%00", "\u{e9}", "h\u{0}", "a!b", "~", "(h)", "*", "[::1", "::1", "[]",
        "[::1]x", "[::1%25eth0]", "[v1.x]", "[h]", "[1.2.3.4]", "[:::::::::]", "[::g]", "h?", "h#", "h\\",
        String(repeating: "a", count: 255),
    ])
    func whatNoServerIsCalledIsRefused(_ raw: String) {
        #expect(throws: WireError.malformedHost) { try Authority(parsing: bytes(raw)) }
    }

    @Test(arguments: [
        ("h.test", "h.test:80", 80, true), ("h.test:443", "H.TEST", 443, true), ("h.test:80", "h.test:80", 443, true),
        ("h.test", "h.test:81", 80, false), ("h.test", "i.test", 80, false),
    ])
    func aPortLeftOutIsTheSchemes(_ left: String, _ right: String, _ port: Int, _ same: Bool) throws {
        let (left, right) = (try Authority(parsing: bytes(left)), try Authority(parsing: bytes(right)))
        #expect(left.matches(right, defaultPort: port) == same)
        #expect(right.matches(left, defaultPort: port) == same)
    }
}
