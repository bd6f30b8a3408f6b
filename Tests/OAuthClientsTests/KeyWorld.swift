import Admission
import Crypto
import Identity
import JOSE
import OAuthClients
import Policy
import StrictCoding
import TestSupport
import Testing

/// `IssuerKeys` with a scripted web, virtual time and a record of everything that it told others.
final class KeyWorld: Sendable {
    let web = ScriptedWeb()
    let clock = ManualClock()
    let keys: IssuerKeys
    private let reports = Shared<[String]>([])
    private let published = Shared<[IssuerStandings]>([])

    /// - Parameter issuers: the lines under `issuers:`, each an issuer.
    init(issuers: [String] = [#"corp: {issuer: "http://127.0.0.1:9000", tenant: acme}"#]) throws {
        let (web, clock, reports) = (web, clock, reports)
        keys = IssuerKeys(
            try KeyWorld.policy(issuers), now: { clock.now }, fetch: { _, url, _ in await web.fetch(url) },
            report: { issuer, fault in reports.change { $0.append("\(issuer): \(fault?.explanation ?? "usable")") } })
    }

    /// What was reported, one line each.
    var reported: [String] { reports.value }
    /// How often standings were published.
    var publications: Int { published.value.count }

    func begin() async {
        await keys.begin { standings in self.published.change { $0.append(standings) } }
    }

    /// The key ids that verify tokens of an issuer on the loops now; nil where its tokens get 503.
    func known(_ issuer: Int = 0) -> [String]? {
        published.value.last?.keys(of: issuer, now: clock.now)?.keys.map { $0.kid?.string ?? "" }
    }

    /// An issuer that is found at its OpenID Connect location.
    func serve(_ issuer: String = "http://127.0.0.1:9000", keys: String) {
        web.put("\(issuer)/.well-known/openid-configuration", KeyWorld.metadata(issuer))
        web.put("\(issuer)/jwks", keys)
    }

    static func metadata(_ issuer: String, keysAt: String? = nil) -> String {
        #"{"issuer":"\#(issuer)","jwks_uri":"\#(keysAt ?? issuer + "/jwks")"}"#
    }

    /// A key set whose keys have these ids, fresh ones each.
    static func keySet(_ ids: String...) throws -> String {
        let members = try ids.map {
            String(decoding: try SigningKey.generate().jwk(kid: ByteString($0)), as: UTF8.self)
        }
        return #"{"keys":[\#(members.joined(separator: ","))]}"#
    }

    private static func policy(_ issuers: [String]) throws -> PolicySet {
        let names = issuers.map { $0.prefix { $0 != ":" } }.joined(separator: ", ")
        let text = """
            version: 1
            gateway: {public_url: "http://127.0.0.1:8080"}
            issuers:
              \(issuers.joined(separator: "\n  "))
            servers:
              notes:
                path: /mcp
                upstream: http://127.0.0.1:3001/mcp
                issuers: [\(names)]
                scopes: [notes:read]
                tools: {list: {require: [notes:read]}}
            """
        let compilation = PolicyCompiler.compile(PolicySource(name: "test.yaml", bytes: Array(text.utf8)))
        return try #require(compilation.policy, "\(compilation.diagnostics.map(\.rendered))")
    }
}
