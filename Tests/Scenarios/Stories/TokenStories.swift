import StrictCoding
import TestSupport

/// Bearer tokens that are not accepted: 401 each, with no more than the reason.
enum TokenStories {
    static let all = forms + keys + kinds + missing + malformed + contents

    private static func token(
        _ code: String, under policy: TestPolicy = TestPolicy(), fetches: Int = 0,
        _ token: @escaping @Sendable (TestIssuer) throws -> [UInt8]
    ) -> Story {
        Story(.refused(401, code, fetches: fetches), of: code, under: policy) { stage in
            .modern().bearing(String(decoding: try token(stage.issuer), as: UTF8.self))
        }
    }

    /// A token of Alice's with another header.
    private static func header(
        _ code: String, under policy: TestPolicy = TestPolicy(), fetches: Int = 0,
        _ header: @escaping @Sendable (TestIssuer) -> JSONText
    ) -> Story {
        token(code, under: policy, fetches: fetches) { try $0.token($0.alice(), header: header($0)) }
    }

    /// A token of Alice's with other claims.
    private static func claims(
        _ code: String, under policy: TestPolicy = TestPolicy(), _ change: @escaping @Sendable (Claims) -> Claims
    ) -> Story {
        token(code, under: policy) { try $0.token(change($0.alice())) }
    }

    private static func policy(_ lines: String...) -> TestPolicy {
        var policy = TestPolicy()
        policy.issuerLines = lines
        return policy
    }

    private static let forms = [
        token("token_too_large") {
            try $0.token($0.alice().with("groups", .string(String(repeating: "g", count: 8 << 10))))
        },
        token("token_malformed") { _ in Array("opaque".utf8) },
        token("token_encrypted") { _ in Array("e30.e30.e30.e30.e30".utf8) },
        token("token_invalid_base64") { try $0.token($0.alice()) + [UInt8(ascii: "=")] },
        token("token_invalid_header") { _ in Array("W10.e30.AA".utf8) },
        header("token_invalid_header_member") { _ in .object([("alg", "ES256"), ("kid", 1)]) },
        header("token_forbidden_header_member") { $0.header(more: [("jku", "https://evil.example/jwks")]) },
        token("token_invalid_payload") {
            try $0.token($0.alice().with("sub", "bob").with("x", .raw(#"1,"sub":"eve""#)))
        },
    ]

    private static let keys = [
        header("token_unsupported_algorithm") { .object([("alg", "none"), ("kid", .string($0.keyID))]) },
        header("token_algorithm_not_allowed", under: policy("algorithms: [RS256]")) { $0.header() },
        header("token_unknown_key", fetches: 1) { _ in .object([("alg", "ES256"), ("kid", "../../dev/null")]) },
        header("token_wrong_key") { .object([("alg", "RS256"), ("kid", .string($0.keyID))]) },
        token("token_bad_signature") { try TestIssuer().token($0.alice()) },
    ]

    private static let kinds = [
        header("wrong_type") { $0.header(type: "logout+jwt") },
        claims("not_an_access_token") { $0.with("events", .raw("{}")) },
        claims("sender_constrained") { $0.with("cnf", .raw(#"{"jkt":"x"}"#)) },
        claims("actor_chain") { $0.with("act", .raw(#"{"sub":"client:webapp"}"#)) },
    ]

    private static let missing = [
        claims("missing_iss") { $0.without("iss") },
        claims("missing_sub") { $0.without("sub") },
        claims("missing_aud") { $0.without("aud") },
        claims("missing_exp") { $0.without("exp") },
        claims("missing_iat", under: policy("profile: rfc9068")) { $0.without("iat") },
        claims("missing_jti", under: policy("profile: rfc9068")) { $0.without("jti") },
        claims("missing_client_id", under: policy("profile: rfc9068")) { $0.without("client_id") },
    ]

    private static let malformed = [
        claims("malformed_iss") { $0.with("iss", 1) },
        claims("malformed_sub") { $0.with("sub", "") },
        claims("malformed_aud") { $0.with("aud", .raw("{}")) },
        claims("malformed_exp") { $0.with("exp", true) },
        claims("malformed_nbf") { $0.with("nbf", "soon") },
        claims("malformed_iat") { $0.with("iat", -1) },
        claims("malformed_scope") { $0.with("scope", "orders:read\tadmin") },
        claims("malformed_act") { $0.with("act", "agent_456") },
        claims("malformed_client_id") { $0.with("client_id", ["webapp"]) },
    ]

    private static let contents = [
        claims("wrong_issuer") { $0.with("iss", "http://127.0.0.1:9000/") },
        claims("wrong_audience") { $0.with("aud", "https://gw.example/mcp/order") },
        claims("token_expired") { $0.with("exp", .integer(TestPolicy.now - 60)) },
        claims("not_yet_valid") { $0.with("nbf", .integer(TestPolicy.now + 60)) },
        claims("issued_in_the_future") { $0.with("iat", .integer(TestPolicy.now + 60)) },
        claims("lifetime_too_long") { $0.with("exp", .integer(TestPolicy.now + 90_000)) },
        claims("about_to_expire") { $0.with("exp", .integer(TestPolicy.now + 4)) },
    ]
}
