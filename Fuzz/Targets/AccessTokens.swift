import Admission
import JOSE
import StrictCoding

/// Access tokens: whatever a provider signs, what is accepted is for this gateway's provider, in time, and bounded.
///
/// The input is the payload; or, before an empty line, the header to it.
enum AccessTokens {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let world = World.shared
        let parts = ByteFeed.parts(of: input, 2)
        let payload = parts[1] ?? input
        let header = parts[1] == nil ? nil : parts[0]
        guard let token = try? World.sign(payload, with: world.provider, header: header),
            let forged = try? World.sign(payload, with: world.stranger, header: header)
        else { return }
        if case .accepted = find(forged, world) { throw BrokenPromise("a stranger's token is accepted") }
        if case .accepted = find(input, world) { throw BrokenPromise("a token that nobody signed is accepted") }
        guard case .accepted(let accepted) = find(token, world) else { return }
        guard let claims = (try? JSONDocument(parsing: payload, limits: .token))?.root else {
            throw BrokenPromise("accepted, and no JSON")
        }
        try check(accepted, claims)
        try checkUse(of: accepted, world)
    }

    private static func find(_ token: [UInt8], _ world: World) -> TokenFinding {
        world.epoch.verifier.find(token, trusted: [0], standings: world.standings, now: World.now)
    }

    private static func check(_ token: AccessToken, _ claims: JSONValue) throws(BrokenPromise) {
        try promise(claims["iss"]?.text == World.issuer && token.issuer == World.issuer, "another issuer's")
        try promise(claims["sub"]?.text == token.subject, "another subject than `sub`")
        try promise(token.subject.isPlainText(limit: 255), "an unclean subject")
        try promise(token.clientID.isPlainText(limit: 255) && token.agent.id.isPlainText(limit: 255), "unclean names")
        try promise(claims["cnf"] == nil && claims["events"] == nil, "not a bearer's access token")
        try promise(token.expires.seconds > World.now.seconds - 31, "it expired at \(token.expires)")
        try promise(token.expires.seconds <= World.now.seconds + 86_461, "good until \(token.expires)")
        if let start = claims["nbf"]?.number { try promise(start <= Double(World.now.seconds) + 30, "not good yet") }
        if let audience = claims["aud"]?.text { try promise(token.audiences == [audience], "another audience") }
        try promise(token.agent.chain.count <= 4, "\(token.agent.chain.count) actors")
        if let scopes = token.scopes {
            try promise(scopes.count <= TokenChecks.mostScopes, "\(scopes.count) scopes")
            try promise(scopes == scopes.sorted(), "scopes out of order")
            if let text = claims["scope"]?.text {
                let said = text.bytes.split(separator: 0x20).map { ByteString($0) }
                try promise(scopes.allSatisfy(said.contains), "a scope that the token does not name")
            }
        }
    }

    /// A request with this token ends in a permit or a refusal.
    private static func checkUse(of token: AccessToken, _ world: World) throws(BrokenPromise) {
        guard let request = Requests.usual(token: token, epoch: world.epoch) else { return }
        try promise(token.audiences.contains(World.resource), "a token for somebody else is good here")
        try promise(request.principal.subject == token.subject, "a request for somebody else")
        try promise(request.scopes.allSatisfy { token.scopes?.contains($0) == true }, "more scopes than the token's")
    }
}
