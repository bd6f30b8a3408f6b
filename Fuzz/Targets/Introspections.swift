import Crypto
import Delegation
import Identity
import StrictCoding

/// Answers of introspection endpoints: a token of which nothing else is known is used only where its issuer says that
/// it is active, Alice's, and for the API.
///
/// The input is the status, the `Content-Type` and the `Retry-After`, one a line; an empty line; the body.
enum Introspections {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let parts = ByteFeed.parts(of: input, 2)
        guard let first = parts[0], let body = parts[1] else { return }
        let world = World.shared
        let issuer = world.epoch.policy.issuers[0]
        let answer = TokenAnswers.answer(first, body)
        let request = TokenAnswers.exchange(.introspection)
        guard var issued = try? TokenAnswer.issued(by: granted, for: request, now: World.now),
            case .introspect? = try? issued.judged(
                issuer: issuer, keys: world.providerKeys, isLastWord: true, now: World.now)
        else { throw BrokenPromise("an opaque token is not introspected") }
        guard
            let credential = try? IntrospectionAnswer.credential(
                answer, of: issued, issuer: issuer, now: World.now)
        else { return }
        guard let root = (try? JSONDocument(parsing: body, limits: .document))?.root else {
            throw BrokenPromise("accepted, and no JSON")
        }
        try promise(answer.status == 200 && root["active"]?.bool == true, "a token that is not active")
        try promise(root["sub"]?.text == "alice", "for somebody else")
        let audiences = root["aud"]?.elements ?? root["aud"].map { [$0] } ?? []
        try promise(audiences.contains { $0.text == "orders-api" }, "for another API")
        if let named = root["iss"] { try promise(named.text == World.issuer, "of another issuer") }
        try promise(root["cnf"] == nil && root["error"] == nil, "bound to a key, or an error")
        try promise(credential.expires > World.now && credential.expires <= World.now + 300, "its life")
        if let end = root["exp"]?.number { try promise(Double(credential.expires.seconds) <= end, "beyond its end") }
        let asked: [ByteString] = ["orders:read", "orders:write"]
        try promise(credential.scopes.allSatisfy(asked.contains), "wider than asked for: \(credential.scopes)")
    }

    private static let granted = TokenAnswers.answer(
        Array("200\napplication/json".utf8),
        Array(
            """
            {"access_token":"opaque-token","issued_token_type":"urn:ietf:params:oauth:token-type:access_token",\
            "token_type":"Bearer","expires_in":300}
            """.utf8))
}
