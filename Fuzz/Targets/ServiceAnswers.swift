import Delegation
import HTTPCodec
import StrictCoding

/// Services' answers to a server: no browser state, no challenge, no identity, no way around the gateway, and not the
/// credential.
///
/// The input is a response to a call of `/@SECRET@/orders_api/orders/1`.
enum ServiceAnswers {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        guard let usual = EgressCalls.usual, let head = Self.head,
            let call = try EgressCalls.call(head, usual.transaction)
        else { throw BrokenPromise("the usual call is refused") }
        guard let answer = try Requests.answered(input), let fields = try? call.filter.filter(answer) else { return }
        try promise(answer.status != 407, "a challenge of a proxy")
        for index in 0..<fields.count {
            let name = SentFields.canonical(fields.name(at: index))
            let value = Array(fields.value(at: index))
            try promise(!forbidden.contains(name), "`\(name)` was let through")
            for beginning in ["set-cookie", "access-control-", "x-actor-", "x-agent-", "x-delegation-", "proxy-", "-"] {
                try promise(!name.hasPrefix(beginning), "`\(name)` was let through")
            }
            try promise(!value.contains(Array("downstream-credential".utf8)), "`\(name)` betrays the credential")
            if name == "location" { try checkLocation(value) }
        }
        try promise(fields.occurrences(of: "location") <= 1, "two places to go to")
    }

    /// Followed by the caller, it leads to the same service through the gateway again.
    private static func checkLocation(_ location: [UInt8]) throws(BrokenPromise) {
        let prefix = [UInt8(ascii: "/")] + EgressCalls.secret + Array("/orders_api".utf8)
        try promise(location.starts(with: prefix), "a way out: \(location.shown)")
        guard let target = try? Target(parsing: location, host: nil) else {
            throw BrokenPromise("a place that we would refuse: \(location.shown)")
        }
        let rest = target.path.bytes.dropFirst(prefix.count)
        try promise(target.path.bytes.starts(with: prefix), "a way out: \(target.path)")
        try promise(rest.isEmpty || rest.first == UInt8(ascii: "/"), "beside the service: \(target.path)")
    }

    private static let head: RequestHead? = {
        let secret = String(decoding: EgressCalls.secret, as: UTF8.self)
        let text = "GET /\(secret)/orders_api/orders/1 HTTP/1.1\r\nHost: 127.0.0.1:9080\r\n\r\n"
        return try? Requests.received(Array(text.utf8))?.head
    }()

    private static let forbidden: Set<String> = [
        "www-authenticate", "connection", "keep-alive", "transfer-encoding", "content-length", "upgrade", "alt-svc",
        "txn-token", "refresh", "content-location", "authentication-info", "clear-site-data", "link-template",
        "x-accel-redirect", "x-sendfile", "trailer", "te",
    ]
}
