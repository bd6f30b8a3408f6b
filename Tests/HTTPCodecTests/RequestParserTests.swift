import HTTPCodec
import Testing

/// A request head line by line, for tables that vary one line.
private func request(
    _ line: String = "POST /mcp HTTP/1.1", _ fields: [String] = ["Host: h.test"], content: String = ""
) -> [UInt8] {
    bytes(([line] + fields).map { $0 + "\r\n" }.joined() + "\r\n" + content)
}

@Suite struct RequestParserTests {
    @Test func aRequestIsReadWhole() throws {
        let octets = request(
            "POST /mcp?a=b HTTP/1.1",
            ["Host: H.test:8080", "X-Name: \t caf\u{e9} \t", "Content-Length: 5", "accept:"], content: "hello")
        let trail = requestTrail(octets)
        let head = try #require(trail.heads.first)
        #expect(head.method == .post)
        #expect(head.version == .http11)
        #expect(text(head.target) == "/mcp?a=b")
        #expect(head.framing == .length(5))
        #expect(head.keepAlive && !head.expectsContinue)
        #expect(head.host == (try Authority(parsing: bytes("h.test:8080"))))
        #expect(text(head.fields.first("x-name")!) == "caf\u{e9}")
        #expect(head.fields.first("accept")?.isEmpty == true)
        #expect(trail.seen == [.head(head), .content(bytes("hello")), .end])
    }

    @Test(arguments: [
        ("GET", HTTPCodec.Method.get), ("POST", .post), ("DELETE", .delete), ("OPTIONS", .options), ("HEAD", .head),
        ("PUT", .put), ("PATCH", .patch), ("TRACE", .trace), ("get", .other(bytes("get"))),
        ("M-SEARCH", .other(bytes("M-SEARCH"))), ("GETS", .other(bytes("GETS"))),
    ])
    func methodsAreComparedByCase(_ name: String, _ method: HTTPCodec.Method) {
        let trail = requestTrail(request("\(name) / HTTP/1.1"))
        #expect(trail.heads.first?.method == method)
        #expect(method.name == bytes(name))
        #expect(HTTPCodec.Method(bytes(name)) == method)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1", ["Host: h.test"], BodyFraming.none, true),
        ("GET / HTTP/1.1", ["Host: h.test", "Connection: close"], .none, false),
        ("GET / HTTP/1.1", ["Host: h.test", "Connection: X-A, , CLOSE"], .none, false),
        ("GET / HTTP/1.1", ["Host: h.test", "Connection: keep-alive", "Connection: close"], .none, false),
        ("GET / HTTP/1.0", [], .none, false),
        ("GET / HTTP/1.0", ["Connection: Keep-Alive"], .none, true),
        ("GET / HTTP/1.0", ["Connection: keep-alive, close"], .none, false),
        ("POST / HTTP/1.1", ["Host: h.test", "Content-Length: 0"], .length(0), true),
        ("POST / HTTP/1.1", ["Host: h.test", "Content-Length: 007"], .length(7), true),
        ("POST / HTTP/1.1", ["Host: h.test", "Content-Length: 9223372036854775807"], .length(.max), true),
        ("POST / HTTP/1.0", ["Content-Length: 3"], .length(3), false),
        ("POST / HTTP/1.1", ["Host: h.test", "Transfer-Encoding: CHUNKED"], .chunked, true),
        ("GET / HTTP/1.1", ["Host: h.test", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings"], .none, true),
    ])
    func framingAndPersistenceFollowFromTheHead(
        _ line: String, _ fields: [String], _ framing: BodyFraming, _ keepAlive: Bool
    ) throws {
        let head = try #require(requestTrail(request(line, fields)).heads.first)
        #expect(head.framing == framing)
        #expect(head.keepAlive == keepAlive)
    }

    @Test(arguments: [
        ("HTTP/1.1", "Content-Length: 1", "Expect: 100-continue", true),
        ("HTTP/1.1", "Transfer-Encoding: chunked", "expect: 100-Continue", true),
        ("HTTP/1.1", "Content-Length: 0", "Expect: 100-continue", false),
        ("HTTP/1.1", "X: y", "Expect: 100-continue", false),
        ("HTTP/1.0", "Content-Length: 1", "Expect: 100-continue", false),
    ])
    func onlyContentThatIsHeldBackIsCalledFor(
        _ version: String, _ length: String, _ expect: String, _ called: Bool
    ) throws {
        let octets = request("POST / \(version)", ["Host: h.test", length, expect])
        #expect(try #require(requestTrail(octets).heads.first).expectsContinue == called)
    }

    @Test(arguments: [
        (["Expect: 200-ok"], WireError.unmetExpectation),
        (["Expect:"], .unmetExpectation),
        (["Expect: 100-continue, 100-continue"], .unmetExpectation),
        (["Expect: 100-continue", "Expect: 100-continue"], .unmetExpectation),
        (["Content-Length: 9223372036854775808"], .malformedContentLength),
        (["Content-Length: +5"], .malformedContentLength),
        (["Content-Length: 0x5"], .malformedContentLength),
        (["Content-Length: 5", "Content-Length: 5"], .duplicateContentLength),
        (["Content-Length: 5", "Transfer-Encoding: chunked"], .transferEncodingWithContentLength),
        (["Transfer-Encoding: chunked", "Content-Length: 5"], .transferEncodingWithContentLength),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], .duplicateTransferEncoding),
        (["Transfer-Encoding: chunked, chunked"], .malformedTransferEncoding),
        (["Transfer-Encoding: gzip"], .malformedTransferEncoding),
        (["Transfer-Encoding: gzip, chunked"], .unsupportedTransferCoding),
        (["Transfer-Encoding: gzip;q=1, chunked"], .malformedTransferEncoding),
        (["Connection: close;x"], .malformedConnection),
        (["Connection: \"close\""], .malformedConnection),
        (["Connection: keep-alive, Authorization"], .connectionNominatesProtected),
        (["Connection: Host"], .connectionNominatesProtected),
        (["Connection: content-length"], .connectionNominatesProtected),
        (["Connection: Transfer-Encoding"], .connectionNominatesProtected),
        (["Connection: mcp-session-id"], .connectionNominatesProtected),
        (["Connection: x-actor-sub, txn-token"], .connectionNominatesProtected),
        (["Connection: X_Actor.Sub"], .connectionNominatesProtected),
        (["Host: h.test"], .duplicateHost),
        ([" folded: x"], .obsoleteFolding),
        (["\tfolded: x"], .obsoleteFolding),
        (["X : y"], .malformedFieldName),
        (["X"], .malformedFieldName),
        (["X\u{0}: y"], .malformedFieldName),
        (["X: \u{0}"], .malformedFieldValue),
        (["X: \u{7f}"], .malformedFieldValue),
        (["X: \u{1b}[31m"], .malformedFieldValue),
        (["X: a\rb"], .bareCarriageReturn),
        (["X: a\nb"], .bareLineFeed),
        (["X\n"], .bareLineFeed),
        (["\nX: y"], .bareLineFeed),
    ])
    func aFaultInAFieldIsRefusedByName(_ fields: [String], _ fault: WireError) {
        let octets = request("POST / HTTP/1.1", ["Host: h.test"] + fields)
        #expect(requestTrail(octets) == Trail(refusal: fault))
    }

    @Test(arguments: [
        (" / HTTP/1.1", WireError.malformedRequestLine),
        ("GET  / HTTP/1.1", .malformedRequestLine),
        ("GET /  HTTP/1.1", .malformedRequestLine),
        ("GET / HTTP/1.1 ", .malformedRequestLine),
        ("GET / HTTP/1", .malformedRequestLine),
        ("GET / HTTPS/1.1", .malformedRequestLine),
        ("GET / HTTP/2.0", .unsupportedVersion),
        ("GET / HTTP/0.9", .unsupportedVersion),
        ("GET / HTTP/1.9", .unsupportedVersion),
        ("GET /\u{e9} HTTP/1.1", .malformedRequestLine),
        ("GET h.test HTTP/1.1", .malformedTarget),
        ("GET * HTTP/1.1", .malformedTarget),
        ("GET ftp://h.test/ HTTP/1.1", .malformedTarget),
        ("CONNECT h.test:443 HTTP/1.1", .unsupportedMethod),
        ("AVERYVERYLONGMETHODNAMEXXX / HTTP/1.1", .unsupportedMethod),
        ("\r\nGET / HTTP/1.1", .malformedRequestLine),
        ("\nGET / HTTP/1.1", .bareLineFeed),
    ])
    func aFaultInTheRequestLineIsRefusedByName(_ line: String, _ fault: WireError) {
        // The lines with a break at their start follow the one empty line that is forgiven.
        #expect(requestTrail(bytes("\r\n") + request(line)) == Trail(refusal: fault))
    }

    @Test func oneEmptyLineBeforeEachRequestIsForgiven() {
        let octets = bytes("\r\n") + request(content: "\r\n") + request()
        let trail = requestTrail(octets)
        #expect(trail.ends == 2)
        #expect(trail.refusal == nil)
        #expect(requestTrail(bytes("\rGET")).refusal == .bareCarriageReturn)
        #expect(requestTrail(bytes("\nGET")).refusal == .bareLineFeed)
    }

    @Test func pipelinedRequestsComeOutInOrder() {
        let octets =
            request("POST /1 HTTP/1.1", ["Host: h", "Content-Length: 2"], content: "ab")
            + request("GET /2 HTTP/1.1") + request("POST /3 HTTP/1.1", ["Host: h", "Transfer-Encoding: chunked"])
            + bytes("1\r\nc\r\n2;x\r\nde\r\n0\r\nT: u\r\n\r\n") + request("GET /4 HTTP/1.1")
        let trail = requestTrail(octets)
        #expect(trail.heads.map { text($0.target) } == ["/1", "/2", "/3", "/4"])
        #expect(
            trail.seen.filter { if case .content = $0 { true } else { false } } == [
                .content(bytes("ab")), .content(bytes("cde")),
            ])
        #expect(trail.ends == 4)
        #expect(trail.refusal == nil)
    }

    @Test func whatFollowsALastRequestIsIgnored() {
        let trail = requestTrail(request("GET / HTTP/1.0") + bytes("GET /x HTTP/1.1\r\n\0\0\0"))
        #expect(trail.heads.count == 1)
        #expect(trail.ends == 1)
        #expect(trail.refusal == nil)
    }

    @Test func aRefusedParserStaysRefused() {
        var parser = RequestParser()
        var refusals: [WireError] = []
        for octets in [bytes("\0"), [], request()] {
            octets.withUnsafeBytes { input in
                do throws(WireError) { _ = try parser.next(input) } catch { refusals.append(error) }
            }
        }
        #expect(refusals == [.malformedRequestLine, .malformedRequestLine, .malformedRequestLine])
    }

    @Test func aParserKnowsWhetherClosingCutsARequestShort() throws {
        var parser = RequestParser()
        let octets = bytes("\r\n") + request()
        var between: [Bool] = [parser.isBetweenRequests]
        for octet in octets {
            _ = try [octet].withUnsafeBytes { try parser.next($0) }
            between.append(parser.isBetweenRequests)
        }
        _ = try parser.next(UnsafeRawBufferPointer(start: nil, count: 0))
        between.append(parser.isBetweenRequests)
        // Before anything, within the empty line, after it, throughout the request, after its end.
        #expect(between == [true, false, true] + Array(repeating: false, count: octets.count - 2) + [true])
    }
}

@Suite struct CodecLimitsTests {
    @Test(arguments: [(-1, WireError?.some(.headTooLarge)), (0, nil), (1, nil)])
    func aHeadMayBeAsLargeAsItsLimit(_ spare: Int, _ fault: WireError?) {
        let octets = bytes("GET / HTTP/1.1\r\nHost: h.test\r\nX: aaaa\r\n\r\n")
        let limits = CodecLimits(headBytes: octets.count + spare)
        for cut in [0, 1, octets.count / 2, octets.count - 1] {
            #expect(requestTrail(octets, cuts: [cut], limits: limits).refusal == fault)
        }
    }

    @Test func anEndlessHeadIsRefusedAtItsLimitAndNotBefore() {
        let endless = bytes("GET / HTTP/1.1\r\nX: ") + [UInt8](repeating: 0x61, count: 1000)
        let limits = CodecLimits(headBytes: 200)
        #expect(requestTrail(Array(endless[..<199]), limits: limits).refusal == nil)
        #expect(requestTrail(Array(endless[..<200]), limits: limits).refusal == .headTooLarge)
        #expect(requestTrail(endless, cuts: [100, 150], limits: limits).refusal == .headTooLarge)
    }

    @Test(arguments: [(3, WireError?.none), (2, .tooManyFields), (0, .tooManyFields)])
    func fieldsAreCounted(_ limit: Int, _ fault: WireError?) {
        let octets = bytes("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\nC: d\r\n\r\n")
        #expect(requestTrail(octets, limits: CodecLimits(headerFields: limit)).refusal == fault)
    }

    @Test(arguments: [(5, WireError?.none), (4, .targetTooLong)])
    func targetsAreMeasured(_ limit: Int, _ fault: WireError?) {
        let octets = bytes("GET /abcd HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(requestTrail(octets, limits: CodecLimits(targetBytes: limit)).refusal == fault)
    }

    @Test(arguments: [(4, WireError?.none), (3, .unsupportedMethod)])
    func methodsAreMeasured(_ limit: Int, _ fault: WireError?) {
        let octets = bytes("POST / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(requestTrail(octets, limits: CodecLimits(methodBytes: limit)).refusal == fault)
    }

    @Test func errorsHaveStatusesAndCodesOfTheirOwn() {
        let codes = WireError.allCases.map { "\($0.code)" }
        #expect(Set(codes).count == codes.count)
        #expect(WireError.allCases.allSatisfy { (400...505).contains($0.status) })
        #expect(codes.contains("connection_nominates_protected"))
    }
}
