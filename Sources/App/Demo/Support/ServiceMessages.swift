internal import HTTPCodec
internal import HTTPWire
internal import StrictCoding

/// What the demo services ask about a request.
extension ServiceRequest {
    /// The path to compare with; never as a `String`, which knows several spellings of one text.
    var pathBytes: ByteString { ByteString(path) }

    var queryBytes: [UInt8] { query ?? [] }

    var isForm: Bool { hasContentType("application/x-www-form-urlencoded") }
    var isJSON: Bool { hasContentType("application/json") }

    /// Whether a browser says that a page of another origin caused this request (Fetch Metadata).
    var isCrossSite: Bool {
        guard let site = fields.first("sec-fetch-site") else { return false }
        return !site.elementsEqual("same-origin".utf8) && !site.elementsEqual("none".utf8)
    }

    /// Whether the one `Content-Type` is this one, parameters such as `charset` aside.
    private func hasContentType(_ type: StaticString) -> Bool {
        guard let value = fields.only("content-type") else { return false }
        let name = value.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        return name.equalsIgnoringASCIICase(type)
    }
}

/// The few kinds of answers that the demo services give.
extension ServiceResponse {
    /// JSON that nobody keeps, unless told otherwise.
    static func json(
        _ body: [UInt8], status: Int = 200, cacheControl: String = "no-store", fields: [(String, String)] = []
    ) -> ServiceResponse {
        ServiceResponse(
            status: status,
            fields: [("Content-Type", "application/json"), ("Cache-Control", cacheControl)] + fields, body: body)
    }

    /// A page that runs no script, loads nothing from elsewhere and stands in no frame.
    static func html(_ text: String, status: Int) -> ServiceResponse {
        ServiceResponse(
            status: status,
            fields: [
                ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
                (
                    "Content-Security-Policy",
                    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
                ),
                ("Referrer-Policy", "no-referrer"), ("X-Content-Type-Options", "nosniff"),
            ],
            body: Array(text.utf8))
    }

    static func text(
        _ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8"
    ) -> ServiceResponse {
        ServiceResponse(
            status: status,
            fields: [("Content-Type", type), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")],
            body: Array(text.utf8))
    }

    /// Server-sent events, or comments between them, as they come.
    static func events(_ events: AsyncStream<[UInt8]>) -> ServiceResponse {
        ServiceResponse(
            status: 200,
            fields: [
                ("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache, no-transform"),
                ("X-Accel-Buffering", "no"),
            ],
            stream: events)
    }

    static func seeOther(_ location: String) -> ServiceResponse {
        ServiceResponse(status: 303, fields: [("Location", location), ("Cache-Control", "no-store")], body: [])
    }

    static func empty(_ status: Int) -> ServiceResponse {
        ServiceResponse(status: status, fields: [], body: [])
    }

    static func methodNotAllowed(_ allowed: String) -> ServiceResponse {
        .json(Array(#"{"error":"method_not_allowed"}"#.utf8), status: 405, fields: [("Allow", allowed)])
    }

    static var notFound: ServiceResponse {
        .json(Array(#"{"error":"not_found"}"#.utf8), status: 404)
    }

    // MARK: - Cross-origin reading (Fetch, section 3.3)

    /// Nothing here depends on who the browser is, so pages of every origin may read it.
    var readableByAnyOrigin: ServiceResponse {
        var copy = self
        copy.fields.append(("Access-Control-Allow-Origin", "*"))
        return copy
    }

    static func preflight(_ methods: String) -> ServiceResponse {
        ServiceResponse(
            status: 204,
            fields: [
                ("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", methods),
                ("Access-Control-Allow-Headers", "Authorization, Content-Type, MCP-Protocol-Version"),
                ("Access-Control-Max-Age", "600"),
            ],
            body: [])
    }
}
