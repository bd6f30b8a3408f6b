import Crypto
import JOSE
import StrictCoding

/// Compact JWS: nothing verifies but by the right key, an allowed algorithm and every byte as it was signed.
///
/// The input is a token; or, behind an empty line, the payload to sign under the header before it.
enum SignedTokens {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let world = World.shared
        try checkStranger(input, world)
        let parts = ByteFeed.parts(of: input, 2)
        guard let header = parts[0], let payload = parts[1] else { return }
        try checkSigned(header, payload, changedBy: input, world)
    }

    /// The keys of the world sign only in here.
    private static func checkStranger(_ token: [UInt8], _ world: World) throws(BrokenPromise) {
        guard let jws = try? UnverifiedJWS(compact: token) else { return }
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        try promise(parts.count == 3, "a token of \(parts.count) parts")
        try promise(token.count <= UnverifiedJWS.tokenBytes, "a token of \(token.count) bytes")
        let verified = try? jws.verify(with: world.providerKeys, allowing: Set(Algorithm.allCases))
        try promise(verified == nil, "verified by a key that did not sign: \(token.shown)")
    }

    private static func checkSigned(
        _ header: [UInt8], _ payload: [UInt8], changedBy input: [UInt8], _ world: World
    ) throws(BrokenPromise) {
        guard let token = try? World.sign(payload, with: world.provider, header: header),
            let forged = try? World.sign(payload, with: world.stranger, header: header)
        else { return }
        try promise(verified(forged, world) == nil, "a stranger's signature holds under \(header.shown)")
        guard let genuine = verified(token, world) else { return }
        try promise(genuine.algorithm == .es256, "ES256 was read as \(genuine.algorithm)")
        try promise(genuine.payload.bytes == payload && genuine.payload.root.kind == .object, "another payload")
        let root = genuine.header.document.root
        for name in ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc"] as [ByteString] {
            try promise(root.member(name) == nil, "`\(name)` was passed over")
        }
        try promise(root["alg"]?.text == "ES256", "another algorithm than the header names")
        // Any other byte anywhere is another token.
        var feed = ByteFeed(choosingBy: input)
        var changed = token
        let at = feed.below(token.count)
        changed[at] ^= 1 << UInt8(feed.below(8))
        try promise(verified(changed, world) == nil, "byte \(at) does not count")
        let forbidden = try? UnverifiedJWS(compact: token).verify(
            with: world.providerKeys, allowing: [.rs256, .ed25519])
        try promise(forbidden == nil, "an algorithm that is not allowed")
    }

    private static func verified(_ token: [UInt8], _ world: World) -> VerifiedJWS? {
        try? UnverifiedJWS(compact: token).verify(with: world.providerKeys, allowing: Set(Algorithm.allCases))
    }
}
