import HTTPWire
import TestSupport

/// What is no acceptable HTTP/1.1: answered before anybody asks whose it is, and the connection closes.
enum WireStories {
    static let all = malformed.map { head($0.status, $0.code, $0.text) } + contents + endings

    /// What no reader of a head or of a target accepts.
    static let malformed: [(status: Int, code: String, text: String)] = heads + targets

    private static let start = "POST /mcp/orders HTTP/1.1\nHost: gw.example\n"

    private static func head(_ status: Int, _ code: String, _ text: String) -> Story {
        Story(.refused(status, code, whom: .nowhere), of: code) { _ in .raw(text) }
    }

    private static let heads: [(status: Int, code: String, text: String)] = [
        (400, "malformed_request_line", "POST  /mcp/orders HTTP/1.1\nHost: gw.example\n\n"),
        (400, "malformed_field_name", start + "X-One : 1\n\n"),
        (400, "malformed_field_value", start + "X-One: a\u{0}b\n\n"),
        (400, "bare_carriage_return", start + "X-One: a\rb\n\n"),
        (400, "obsolete_folding", start + "X-One: a\n b\n\n"),
        (505, "unsupported_version", "POST /mcp/orders HTTP/2.0\nHost: gw.example\n\n"),
        (501, "unsupported_method", "CONNECT gw.example:443 HTTP/1.1\nHost: gw.example\n\n"),
        (431, "head_too_large", start + "X-One: " + String(repeating: "a", count: 33 << 10) + "\n\n"),
        (431, "too_many_fields", start + String(repeating: "X-One: 1\n", count: 101) + "\n"),
        (400, "malformed_content_length", start + "Content-Length: +5\n\n"),
        (400, "duplicate_content_length", start + "Content-Length: 5\nContent-Length: 5\n\n"),
        (400, "malformed_transfer_encoding", start + "Transfer-Encoding: chunked, gzip\n\n"),
        (400, "duplicate_transfer_encoding", start + "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n"),
        (501, "unsupported_transfer_coding", start + "Transfer-Encoding: gzip, chunked\n\n"),
        (400, "transfer_encoding_with_content_length", start + "Content-Length: 5\nTransfer-Encoding: chunked\n\n"),
        (
            400, "transfer_encoding_in_http10",
            "POST /mcp/orders HTTP/1.0\nHost: gw.example\nTransfer-Encoding: chunked\n\n"
        ),
        (400, "missing_host", "GET /mcp/orders HTTP/1.1\n\n"),
        (400, "duplicate_host", start + "Host: gw.example\n\n"),
        (400, "malformed_host", "GET /mcp/orders HTTP/1.1\nHost: gw.example/x\n\n"),
        (400, "malformed_connection", start + "Connection: a b\n\n"),
        (400, "connection_nominates_protected", start + "Connection: txn-token\n\n"),
        (417, "unmet_expectation", start + "Expect: 200-ok\n\n"),
    ]

    private static func target(_ status: Int, _ code: String, _ target: String) -> (
        status: Int, code: String, text: String
    ) {
        (status, code, "GET \(target) HTTP/1.1\nHost: gw.example\n\n")
    }

    private static let targets = [
        target(414, "target_too_long", "/" + String(repeating: "a", count: 9_000)),
        target(400, "host_mismatch", "http://other.example/mcp/orders"),
        target(400, "malformed_target", "/mcp/orders#x"),
        target(400, "malformed_percent_encoding", "/mcp/%zz"),
        target(400, "ambiguous_path", "/mcp/orders/..%2fbilling"),
    ]

    /// Content is read only once its sender is known, so these are on record as Alice's.
    private static func content(_ status: Int, _ code: String, _ content: String) -> Story {
        Story(.refused(status, code, whom: .alice), of: code) { stage in
            .raw(
                start + "Authorization: Bearer \(try stage.token())\nContent-Type: application/json\n"
                    + "Transfer-Encoding: chunked\n\n" + content)
        }
    }

    private static let contents = [
        content(400, "malformed_chunk", "zz\n"),
        content(
            400, "chunk_extensions_too_large",
            String(repeating: "1;" + String(repeating: "e", count: 400) + "\na\n", count: 12)),
        content(431, "trailers_too_large", "0\nX-One: " + String(repeating: "a", count: 9 << 10) + "\n\n"),
    ]

    private static let endings = [
        Story(.refused(400, "bare_line_feed", whom: .nowhere), of: "bare_line_feed") { _ in
            Call(rawBytes: Array("GET /mcp/orders HTTP/1.1\nHost: gw.example\n\n".utf8))
        },
        Story(code: "truncated", outcome: .refused(400, "truncated", whom: .nowhere)) {
            let stage = try Stage()
            return try stage.outcome(of: .raw(start)) { $0.closeInput() }
        },
        Story(code: "timed_out", outcome: .refused(408, "timed_out", whom: .nowhere)) {
            let stage = try Stage()
            return try stage.outcome(of: .raw(start)) { _ in stage.pass(.seconds(11)) }
        },
    ]
}
