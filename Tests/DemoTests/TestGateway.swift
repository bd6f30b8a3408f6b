import Crypto
import Demo
import HTTPCodec
import HTTPWire
import JOSE
import StrictCoding

/// The gateway as others see it: its keys, what it signs with them, and where it publishes them.
struct TestGateway: Sendable {
    static let publicURL = "http://127.0.0.1:8080"
    static let clientID = "bulla-gateway"

    /// With which it is a client.
    let client: SigningKey
    /// With which it says who acts, and for whom a token is.
    let assertion: SigningKey
    let reissue: SigningKey

    init() throws {
        client = try .generate()
        assertion = try .generate()
        reissue = try .generate()
    }

    var trusted: TrustedGateway {
        get throws {
            let keys = KeySet([try JSONWebKey(client, kid: client.thumbprint)])
            return TrustedGateway(
                publicURL: ByteString(Self.publicURL), clientKeys: keys, client: webClient { _ in nil })!
        }
    }

    /// Publishes the keys, and asks `other` for everything else, by path.
    func webClient(_ other: @escaping @Sendable (String) async -> ServiceResponse?) -> WebClient {
        WebClient { _, target, _ in
            let path = String(decoding: target, as: UTF8.self)
            switch path {
            case "/assertion/.well-known/jwks.json": return answer(keySet(assertion))
            case "/reissue/.well-known/jwks.json": return answer(keySet(reissue))
            default: return await other(path).map { WebClient.Answer(status: $0.status, body: Array($0.text.utf8)) }
            }
        }
    }

    private func answer(_ body: [UInt8]) -> WebClient.Answer { WebClient.Answer(status: 200, body: body) }

    private func keySet(_ key: SigningKey) -> [UInt8] {
        Array(#"{"keys":["#.utf8) + key.jwk(kid: key.thumbprint) + Array("]}".utf8)
    }

    // MARK: - What it signs

    /// Claims as JSON texts by name, with changes: nil leaves one out.
    typealias Claims = [String: String?]

    func clientAssertion(now: Int64, _ changes: Claims = [:]) throws -> String {
        try Self.sign(
            [
                "iss": Self.text(Self.clientID), "sub": Self.text(Self.clientID), "aud": Self.text(TestProvider.issuer),
                "iat": "\(now)", "exp": "\(now + 60)", "jti": Self.text("client-\(now)"),
            ], changes, type: "client-authentication+jwt", key: client)
    }

    func actorToken(now: Int64, _ changes: Claims = [:]) throws -> String {
        try Self.sign(
            [
                "iss": Self.text(Self.publicURL + "/assertion"), "sub": Self.text("agent_456"),
                "aud": Self.text(TestProvider.issuer), "iat": "\(now)", "exp": "\(now + 60)", "jti": Self.text("actor"),
                "sub_id": #"{"format":"iss_sub","iss":"\#(Self.publicURL)","sub":"agent_456"}"#,
            ], changes, type: "JWT", key: assertion)
    }

    /// A token for the profile API.
    func reissued(now: Int64, _ changes: Claims = [:], type: String = "at+jwt", key: SigningKey? = nil) throws -> String
    {
        try Self.sign(
            [
                "iss": Self.text(Self.publicURL + "/reissue"), "sub": Self.text("alice"),
                "aud": Self.text("profile-api"), "client_id": Self.text(Self.publicURL),
                "scope": Self.text("profile:read"), "iat": "\(now)", "exp": "\(now + 120)", "jti": Self.text("r-1"),
                "act": #"{"sub":"agent_456","iss":"\#(Self.publicURL)"}"#,
            ], changes, type: type, key: key ?? reissue)
    }

    static func text(_ value: String) -> String { "\"\(value)\"" }

    private static func sign(_ claims: Claims, _ changes: Claims, type: String, key: SigningKey) throws -> String {
        let all = claims.merging(changes) { $1 }
        let members = all.sorted { $0.key < $1.key }.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }
        let header = #"{"alg":"ES256","typ":"\#(type)","kid":"\#(key.thumbprint)"}"#
        let payload = "{\(members.joined(separator: ","))}"
        return String(
            decoding: try JWSSigning.compact(header: Array(header.utf8), payload: Array(payload.utf8), key: key),
            as: UTF8.self)
    }
}
