import HTTPCodec
import Testing

/// One response of the table, also used to test cuts.
struct ResponseCase: Sendable, CustomTestStringConvertible {
    var raw: String
    var method = HTTPCodec.Method.get
    /// Status codes and content, written `200 "hello" end`; or the refusal's code.
    var expected: String

    var testDescription: String { raw.prefix(60).debugDescription }

    static let all: [ResponseCase] = [
        // Framing
        .init(raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", expected: "200 keeps \"ok\" end"),
        .init(raw: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", expected: "200 keeps end"),
        .init(raw: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", expected: "200 \"ok\" end"),
        .init(
            raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n\r\n",
            expected: "200 keeps \"ok\" end"),
        .init(raw: "HTTP/1.1 200 OK\r\n\r\nuntil close", expected: "200 \"until close\" end"),
        .init(raw: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", expected: "200 \"ok\" end"),
        .init(
            raw: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
            expected: "200 keeps \"ok\" end"),
        .init(raw: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nok", expected: "200 \"ok\" end"),
        // No content
        .init(raw: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", method: .head, expected: "200 keeps end"),
        .init(raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", method: .head, expected: "200 keeps end"),
        .init(raw: "HTTP/1.1 200 OK\r\n\r\n", method: .head, expected: "200 keeps end"),
        .init(raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", expected: "304 keeps end"),
        .init(raw: "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", expected: "304 keeps end"),
        .init(raw: "HTTP/1.1 204 No Content\r\n\r\n", expected: "204 keeps end"),
        .init(raw: "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", expected: "204 keeps end"),
        .init(raw: "HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n", expected: "content_not_allowed"),
        .init(raw: "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", expected: "content_not_allowed"),
        // Interim
        .init(
            raw: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            expected: "100 keeps 103 keeps 200 keeps \"ok\" end"),
        .init(raw: "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n", expected: "content_not_allowed"),
        .init(raw: "HTTP/1.1 100 Continue\r\n\r\n", expected: "100 keeps truncated"),
        .init(raw: "HTTP/1.1 101 Switching Protocols\r\n\r\n", expected: "switching_protocols"),
        // Status lines
        .init(raw: "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", expected: "200 keeps end"),
        .init(raw: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", expected: "200 keeps end"),
        .init(raw: "HTTP/1.1 599 \u{e9}\tx\r\nContent-Length: 0\r\n\r\n", expected: "599 keeps end"),
        .init(raw: "HTTP/1.1 600 X\r\n\r\n", expected: "malformed_status_line"),
        .init(raw: "HTTP/1.1 099 X\r\n\r\n", expected: "malformed_status_line"),
        .init(raw: "HTTP/1.1 20 X\r\n\r\n", expected: "malformed_status_line"),
        .init(raw: "HTTP/1.1 2000 X\r\n\r\n", expected: "malformed_status_line"),
        .init(raw: "HTTP/1.1  200 X\r\n\r\n", expected: "malformed_status_line"),
        .init(raw: "HTTP/1.1 200 a\u{0}b\r\n\r\n", expected: "malformed_status_line"),
        .init(raw: "\r\nHTTP/1.1 200 OK\r\n\r\n", expected: "malformed_status_line"),
        .init(raw: "ICY 200 OK\r\n\r\n", expected: "malformed_status_line"),
        .init(raw: "HTTP/2.0 200 OK\r\n\r\n", expected: "unsupported_version"),
        .init(raw: "HTTP/1.1 200 OK\nContent-Length: 0\n\n", expected: "bare_line_feed"),
        .init(raw: "HTTP/1.1 200 O\rK\r\n\r\n", expected: "bare_carriage_return"),
        // Fields
        .init(raw: "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", expected: "obsolete_folding"),
        .init(raw: "HTTP/1.1 200 OK\r\nX : a\r\n\r\n", expected: "malformed_field_name"),
        .init(raw: "HTTP/1.1 200 OK\r\nX: a\n\r\n", expected: "bare_line_feed"),
        .init(raw: "HTTP/1.1 200 OK\r\nX: \u{1b}\r\n\r\n", expected: "malformed_field_value"),
        .init(
            raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
            expected: "duplicate_content_length"),
        .init(
            raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
            expected: "duplicate_content_length"),
        .init(raw: "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", expected: "malformed_content_length"),
        .init(
            raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
            expected: "transfer_encoding_with_content_length"),
        .init(raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", expected: "malformed_transfer_encoding"),
        .init(
            raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            expected: "unsupported_transfer_coding"),
        .init(raw: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", expected: "transfer_encoding_in_http10"),
        // A nomination only concerns what we forward; a Host or Expect means nothing here.
        .init(
            raw: "HTTP/1.1 200 OK\r\nConnection: Content-Type\r\nHost: ,\r\nExpect: x\r\nContent-Length: 0\r\n\r\n",
            expected: "200 keeps end"),
        // Too little, too much
        .init(raw: "", expected: "truncated"),
        .init(raw: "HTTP/1.1 200 OK\r\nContent-Le", expected: "truncated"),
        .init(raw: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", expected: "200 keeps \"ok\" truncated"),
        .init(
            raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
            expected: "200 keeps \"ok\" truncated"),
        .init(
            raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",
            expected: "200 keeps \"ok\" end unsolicited_response"),
        .init(raw: "HTTP/1.1 204 No Content\r\n\r\n\0", expected: "204 keeps end unsolicited_response"),
        .init(
            raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n",
            expected: "200 keeps malformed_chunk"),
    ]
}

@Suite struct ResponseParserTests {
    @Test(arguments: ResponseCase.all)
    func aResponseIsReadOrRefused(_ item: ResponseCase) {
        let trail = responseTrail(bytes(item.raw), answering: item.method)
        let told = trail.seen.map { seen in
            switch seen {
            case .head(let head): head.keepAlive ? "\(head.status) keeps" : "\(head.status)"
            case .content(let octets): text(octets).debugDescription
            case .end: "end"
            }
        }
        #expect((told + (trail.refusal.map { ["\($0.code)"] } ?? [])).joined(separator: " ") == item.expected)
    }

    @Test func aConnectionCarriesOneResponseAfterTheOther() throws {
        var parser = ResponseParser(answering: .head)
        let octets = bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        for method in [HTTPCodec.Method.head, .head] {
            try octets.withUnsafeBytes { input in
                let (consumed, event) = try parser.next(input)
                #expect(consumed == octets.count)
                guard case .head? = event else { return #expect(Bool(false), "a head") }
            }
            #expect(try parser.next(UnsafeRawBufferPointer(start: nil, count: 0)).event == .end)
            #expect(parser.isIdle)
            #expect(try parser.finish() == nil)
            parser.expect(answering: method)
        }
        #expect(throws: WireError.truncated) { try parser.finish() }
    }

    @Test func interimResponsesAreCounted() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\n"
        let limits = CodecLimits(interimResponses: 2)
        let final = "HTTP/1.1 204 No Content\r\n\r\n"
        #expect(responseTrail(bytes(interim + interim + final), limits: limits).refusal == nil)
        #expect(responseTrail(bytes(interim + interim + interim), limits: limits).refusal == .tooManyInterimResponses)
    }
}
