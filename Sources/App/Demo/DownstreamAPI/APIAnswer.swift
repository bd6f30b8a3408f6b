internal import HTTPWire
internal import StrictCoding

/// The answers of the downstream APIs.
enum APIAnswer {
    static func data(_ body: (inout JSONWriter) -> Void) -> ServiceResponse {
        var writer = JSONWriter()
        writer.object(body)
        return .json(writer.bytes)
    }

    static func refusal(status: Int, _ sentence: String, fields: [(String, String)] = []) -> ServiceResponse {
        var writer = JSONWriter()
        writer.object { $0.member("error", sentence) }
        return .json(writer.bytes, status: status, fields: fields)
    }

    /// The token is good and may not do this (RFC 6750, section 3.1).
    static func missingScope(_ scope: ByteString, realm: String) -> ServiceResponse {
        refusal(
            status: 403, "the access token lacks the scope \(scope)",
            fields: [
                ("WWW-Authenticate", "Bearer realm=\"\(realm)\", error=\"insufficient_scope\", scope=\"\(scope)\"")
            ])
    }

    static func failure(_ failure: OrderBook.Failure) -> ServiceResponse {
        switch failure {
        case .unknownUser, .unknownOrder: refusal(status: 404, failure.sentence)
        case .tooLate: refusal(status: 409, failure.sentence)
        }
    }
}
