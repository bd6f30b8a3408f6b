import Identity
import JOSE
import StrictCoding

/// Envelopes: nobody else's verify, and what one says that verifies can be said again.
///
/// The input is the payload to sign; or, before an empty line, the header to it; or an envelope as it is.
enum Envelopes {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let world = World.shared
        try promise(verified(input, world) == nil, "an envelope that nobody minted: \(input.shown)")
        let parts = ByteFeed.parts(of: input, 2)
        let signer = world.epoch.signers.envelope
        let usual = Array(#"{"alg":"ES256","typ":"txntoken+jwt","kid":"@KID@"}"#.utf8)
        let header = (parts[1] == nil ? usual : parts[0] ?? usual).replacing("@KID@", with: signer.keyID.bytes)
        let payload = parts[1] ?? input
        guard let forged = try? World.sign(payload, with: world.stranger, header: header),
            let envelope = try? World.sign(payload, with: signer.key, header: header)
        else { return }
        try promise(verified(forged, world) == nil, "a stranger's envelope holds: \(payload.shown)")
        guard let claims = verified(envelope, world)?.claims else { return }
        try check(claims)
        try checkMinting(claims, world)
        var feed = ByteFeed(choosingBy: input)
        var changed = envelope
        changed[feed.below(changed.count)] ^= 1 << UInt8(feed.below(8))
        try promise(verified(changed, world) == nil, "a changed envelope holds")
        let elsewhere = try? UnverifiedEnvelope(compact: envelope).verify(
            keys: world.epoch.envelopeKeys, issuer: World.origin, audience: "https://gw.example/.eie/other",
            now: World.now, leeway: 5)
        try promise(elsewhere == nil, "an envelope for another server holds")
    }

    private static func verified(_ compact: [UInt8], _ world: World) -> VerifiedEnvelope? {
        try? UnverifiedEnvelope(compact: compact).verify(
            keys: world.epoch.envelopeKeys, issuer: World.origin, audience: World.audience, now: World.now, leeway: 5)
    }

    private static func check(_ claims: EnvelopeClaims) throws(BrokenPromise) {
        try promise(claims.issuer == World.origin && claims.audience == World.audience, "not ours, or not for this")
        let life = claims.expiresAt - claims.issuedAt
        try promise((1...EnvelopeLimits.lifetimeSeconds).contains(life), "it lives for \(life) s")
        try promise(claims.expiresAt > World.now - 6, "it is over")
        try promise(claims.issuedAt <= World.now + EnvelopeLimits.issuedAheadSeconds, "it has not begun")
        try promise(claims.actors.actors.count <= EnvelopeLimits.actors, "too many actors")
        try promise(claims.scopes.count <= EnvelopeLimits.scopes && claims.scopes == claims.scopes.sorted(), "scopes")
        try promise(!claims.principal.tenant.bytes.contains(UInt8(ascii: "|")), "a tenant with a separator")
        for text in [claims.principal.subject, claims.principal.agentID, claims.principal.clientID, claims.sessionID] {
            try promise(text.isPlainText(limit: EnvelopeLimits.identifierBytes), "an unclean identifier")
        }
    }

    /// Minted again, it says the same: nothing was read that is not also written.
    private static func checkMinting(_ claims: EnvelopeClaims, _ world: World) throws(BrokenPromise) {
        let signer = world.epoch.signers.envelope
        let envelope: Envelope
        do { envelope = try Envelope.mint(claims, key: signer.key, kid: signer.keyID) } catch {
            // Written in full, with escapes, it may have grown.
            guard case .tooLarge = error else { throw BrokenPromise("what was read cannot be written: \(error)") }
            return
        }
        guard let again = verified(envelope.bytes, world)?.claims else {
            throw BrokenPromise("what was minted does not verify")
        }
        var expected = claims
        if again.request == nil { expected.request = nil }
        try promise(again == expected, "minted again, it says something else")
    }
}
