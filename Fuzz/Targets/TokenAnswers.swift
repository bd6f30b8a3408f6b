import Crypto
import Delegation
import Identity
import Policy
import StrictCoding

/// Answers of token endpoints: what becomes a credential is what was asked for, for Alice and for the API, no wider and
/// no longer.
///
/// The input is the status, the `Content-Type` and the `Retry-After`, one a line; an empty line; the body, in which
/// `@JWT@` stands for a token of the issuer's; an empty line; the claims of that token.
enum TokenAnswers {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let world = World.shared
        let parts = ByteFeed.parts(of: input, 3)
        guard let first = parts[0], let body = parts[1] else { return }
        let claims = parts[2] ?? []
        guard let token = try? World.sign(claims, with: world.provider) else { return }
        let answer = Self.answer(first, body.replacing("@JWT@", with: token))
        for request in [Self.exchange(.token), Self.exchange(.fixedAudience), Self.own] {
            if let credential = credential(answer, for: request, world) {
                try check(credential, request, status: answer.status, token: token, claims: claims)
            }
            try promise(!answer.explanation.utf8.contains { $0 < 0x20 }, "an unclean explanation")
            try promise(!answer.explanation.contains("eyJ"), "the log shows the token")
        }
    }

    private static func credential(
        _ answer: EndpointAnswer, for request: CredentialRequest, _ world: World
    ) -> Credential? {
        guard var issued = try? TokenAnswer.issued(by: answer, for: request, now: World.now),
            case .accepted(let credential)? = try? issued.judged(
                issuer: world.epoch.policy.issuers[0], keys: world.providerKeys, isLastWord: true, now: World.now)
        else { return nil }
        return credential
    }

    static func answer(_ first: [UInt8], _ body: [UInt8]) -> EndpointAnswer {
        let lines = ByteFeed.lines(of: first)
        let line = { (index: Int) in lines.indices.contains(index) && !lines[index].isEmpty ? lines[index] : nil }
        let status = line(0).flatMap { Int(String(decoding: $0.prefix(3), as: UTF8.self)) } ?? 200
        return EndpointAnswer(
            status: min(max(status, 100), 599), contentType: line(1), retryAfter: line(2), body: SecretBytes(body))
    }

    private static func check(
        _ credential: Credential, _ request: CredentialRequest, status: Int, token: [UInt8], claims: [UInt8]
    ) throws(BrokenPromise) {
        try promise(status == 200, "a grant with status \(status)")
        let secret = credential.token.withBytes { Array($0) }
        try promise((1...TokenAnswer.tokenBytes).contains(secret.count), "a token of \(secret.count) bytes")
        try promise(secret.allSatisfy { $0.isVisibleASCII }, "a token that is no field value")
        try promise(credential.expires > World.now, "it has expired")
        try promise(credential.expires <= request.notAfter ?? World.now + 31_536_000, "it outlives what it is for")
        let asked: [ByteString] = ["orders:read", "orders:write"]
        try promise(credential.scopes.allSatisfy(asked.contains), "wider than asked for: \(credential.scopes)")
        guard case .exchange(let grant) = request.grant, grant.settings.verification == .token else { return }
        // Only the issuer's own word says for whom it is.
        try promise(secret == token, "a token that the issuer did not sign")
        guard let root = (try? JSONDocument(parsing: claims, limits: .token))?.root else {
            throw BrokenPromise("a token without claims")
        }
        try promise(root["sub"]?.text == "alice", "for somebody else")
        let audiences = root["aud"]?.elements ?? root["aud"].map { [$0] } ?? []
        try promise(audiences.contains { $0.text == "orders-api" }, "for another API")
        try promise(root["cnf"] == nil, "bound to somebody's key")
        if let end = root["exp"]?.number { try promise(Double(credential.expires.seconds) <= end, "beyond its end") }
        if let issuer = root["iss"] { try promise(issuer.text == World.issuer, "of another issuer") }
    }

    static func exchange(_ verification: TokenExchange.Verification) -> CredentialRequest {
        let principal = Principal(
            issuer: World.issuer, tenant: "acme", subject: "alice", kind: .user, clientID: "webapp",
            agentID: "agent_456")
        let scopes: [ByteString] = ["orders:read", "orders:write"]
        let settings = TokenExchange(client: 0, audience: "orders-api", scopes: scopes, verification: verification)
        let grant = ExchangeGrant(
            settings: settings, mode: .onBehalfOf, scopes: scopes, principal: principal, actors: .none,
            subjectToken: nil, transaction: "txn-1")
        return CredentialRequest(
            key: CredentialKey(["fuzz"]), grant: .exchange(grant), tenant: "acme", notAfter: World.now + 3_600)
    }

    private static let own = CredentialRequest(
        key: CredentialKey(["own"]),
        grant: .clientCredentials(ClientCredentials(client: 0, scopes: ["orders:read", "orders:write"])), tenant: nil,
        notAfter: nil)
}
