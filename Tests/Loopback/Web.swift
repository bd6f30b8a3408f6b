import Crypto
import Foundation
import HTTPCodec
import HTTPWire
import JOSE
import NIOCore
import NIOPosix
import StrictCoding
import TestSupport
import Testing

/// A small web server on a port that it can leave and come back to.
actor Site {
    nonisolated let port: Int
    nonisolated var url: String { "\(security == nil ? "http" : "https")://127.0.0.1:\(port)" }
    nonisolated private let security: ListenerSecurity?
    private let reserved: ReservedPort
    private let service: Service
    private var listener: Listener?

    /// - Parameter security: `nil` for plain HTTP.
    init(security: ListenerSecurity? = nil, _ service: @escaping Service) throws {
        self.security = security
        reserved = try ReservedPort()
        port = reserved.number
        self.service = service
    }

    func open() async throws {
        let service = service
        listener = try await Listener.bind(
            on: MultiThreadedEventLoopGroup.singleton.any(), host: "127.0.0.1", port: port, sharesPort: false,
            security: security
        ) { _ in ServiceHandler(maxBody: 1 << 20, service: service) }
    }

    /// Takes connections and never answers.
    func openSilently() throws {
        try reserved.fallSilent()
    }

    /// Stops listening and closes every connection.
    func close() async {
        await listener?.drain(timeout: .milliseconds(0))
        listener = nil
    }
}

/// An identity provider: metadata, keys, and tokens that need no login.
final class TestIssuer: Sendable {
    let site: Site
    let key: SigningKey
    /// What the metadata says instead of the truth.
    private let claimedIssuer: Shared<String?>

    init(security: ListenerSecurity? = nil) throws {
        let key = try SigningKey.generate()
        let claimed = Shared<String?>(nil)
        (self.key, claimedIssuer) = (key, claimed)
        site = try Site(security: security) { request in
            let origin =
                (security == nil ? "http://" : "https://")
                + String(decoding: request.fields.first("host") ?? [], as: UTF8.self)
            switch request.path {
            case "/.well-known/openid-configuration":
                return .json(#"{"issuer":"\#(claimed.value ?? origin)","jwks_uri":"\#(origin)/jwks"}"#)
            case "/jwks":
                return .json(#"{"keys":[\#(String(decoding: key.jwk(kid: "test-key"), as: UTF8.self))]}"#)
            default:
                return ServiceResponse(status: 404)
            }
        }
    }

    func claim(toBe issuer: String) {
        claimedIssuer.value = issuer
    }

    /// An access token of RFC 9068; `changes` replaces claims, by raw JSON, or drops them.
    func token(
        for audience: String, subject: String = "alice", scope: String = "orders:read", key: SigningKey? = nil,
        changes: [String: String?] = [:]
    ) throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        var claims: [String: String] = [
            "iss": "\"\(site.url)\"", "sub": "\"\(subject)\"", "aud": "\"\(audience)\"", "client_id": "\"webapp-prod\"",
            "iat": "\(now)", "exp": "\(now + 600)", "jti": "\"\(UUID().uuidString)\"", "scope": "\"\(scope)\"",
        ]
        for (name, value) in changes { claims[name] = value }
        let payload = "{" + claims.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
        let header = #"{"alg":"ES256","typ":"at+jwt","kid":"test-key"}"#
        let token = try JWSSigning.compact(
            header: Array(header.utf8), payload: Array(payload.utf8), key: key ?? self.key)
        return String(decoding: token, as: UTF8.self)
    }
}

extension ServiceResponse {
    static func json(_ text: String, status: Int = 200) -> ServiceResponse {
        ServiceResponse(status: status, fields: [("Content-Type", "application/json")], body: Array(text.utf8))
    }
}
