import HTTPCodec
import TestSupport
import Testing

@testable import Admission

/// Where a bearer token may stand (RFC 6750, section 2), and what is said of it elsewhere.
@Suite struct CredentialTests {
    static let table: [(fields: [String], query: String?, token: String)] = [
        (["Authorization: Bearer abc"], nil, "abc"),
        (["authorization: bearer a-._~+/=9"], nil, "a-._~+/=9"),
        (["Authorization: BEARER abc"], "x=access_token", "abc"),
        (["Authorization: Bearer abc"], "access_tokens=1&my_access_token=2", "abc"),
    ]

    @Test(arguments: table) func aTokenStandsInTheOneAuthorizationField(fields: [String], query: String?, token: String)
        throws
    {
        #expect(try Self.find(fields, query) == token)
    }

    static let refused: [(fields: [String], query: String?, code: String, status: Int)] = [
        ([], nil, "credential_missing", 401),
        (["Proxy-Authorization: Bearer abc", "Cookie: access_token=abc"], nil, "credential_missing", 401),
        (["Authorization: Bearer"], nil, "credential_malformed", 400),
        (["Authorization: Bearer  abc"], nil, "credential_malformed", 400),
        (["Authorization: Bearer abc def"], nil, "credential_malformed", 400),
        (["Authorization: Bearer a\"b"], nil, "credential_malformed", 400),
        (["Authorization: Bearer \u{e9}"], nil, "credential_malformed", 400),
        (["Authorization: Basic abc"], nil, "credential_scheme_not_supported", 401),
        (["Authorization: DPoP abc"], nil, "credential_scheme_not_supported", 401),
        (["Authorization: Bearerx abc"], nil, "credential_scheme_not_supported", 401),
        (["Authorization: \u{212A}earer abc"], nil, "credential_scheme_not_supported", 401),
        (["Authorization:"], nil, "credential_scheme_not_supported", 401),
        (["Authorization: Bearer abc", "Authorization: Bearer abc"], nil, "credential_repeated", 400),
        (["Authorization: Bearer abc,def"], nil, "credential_repeated", 400),
        (["Authorization: Basic x, Bearer abc"], nil, "credential_repeated", 400),
        ([], "access_token=abc", "credential_in_query", 401),
        ([], "x=1&Access_Token", "credential_in_query", 401),
        ([], "x;access%5ftoken=abc", "credential_in_query", 401),
        (["Authorization: Bearer abc"], "access_token=abc", "credential_in_query", 400),
        (["Authorization: Basic abc"], "%61%63%63%65%73%73_token=", "credential_in_query", 400),
    ]

    @Test(arguments: refused) func anythingElseIsRefused(fields: [String], query: String?, code: String, status: Int) {
        let refusal = #expect(throws: Refusal.self) { try Self.find(fields, query) }
        #expect(refusal?.code == code)
        #expect(refusal?.status == status)
    }

    private static func find(_ fields: [String], _ query: String?) throws -> String {
        let head = try RequestHead.parsing(
            (["POST /mcp HTTP/1.1", "Host: gw.example"] + fields + ["", ""]).joined(separator: "\n"))
        return String(decoding: try Credential.token(of: head, query: query.map { Array($0.utf8)[...] }), as: UTF8.self)
    }
}
