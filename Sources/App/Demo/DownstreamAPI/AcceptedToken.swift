internal import Crypto
internal import HTTPCodec
internal import JOSE
internal import StrictCoding

/// What an access token said to the API that accepted it. The token itself is forgotten.
struct AcceptedToken: Sendable {
    let issuer: ByteString
    let subject: ByteString
    let clientID: ByteString
    let audiences: [ByteString]
    let scopes: [ByteString]
    /// `sub` of each `act`, outermost first (RFC 8693, section 4.1).
    let actors: [ByteString]
    let expires: Int64
    /// The first 16 hexadecimal digits of its SHA-256: tells two tokens apart without being one.
    let digest: ByteString

    /// Deeper chains are refused rather than cut.
    private static let mostActors = 8

    /// Nil where a claim that RFC 9068, section 2.2 requires is missing or has another type.
    init?(_ claims: JSONValue, compact: [UInt8]) {
        guard let issuer = claims["iss"]?.text, let subject = claims["sub"]?.text, !subject.isEmpty,
            let clientID = claims["client_id"]?.text, claims["jti"]?.text != nil, claims["iat"]?.integer != nil,
            let expires = claims["exp"]?.integer, let scope = claims["scope"]?.text,
            let audiences = claims["aud"]?.text.map({ [$0] }) ?? claims["aud"]?.elements?.compactMap(\.text),
            let actors = Self.actors(claims["act"])
        else { return nil }
        self.issuer = issuer
        self.subject = subject
        self.clientID = clientID
        self.audiences = audiences
        self.actors = actors
        self.expires = expires
        scopes = scope.bytes.split(separator: UInt8(ascii: " ")).map { ByteString($0) }
        digest = ByteString(Hex.encode(SHA256.digest(compact)).prefix(16))
    }

    private static func actors(_ claim: JSONValue?) -> [ByteString]? {
        var actors: [ByteString] = []
        var next = claim
        while let actor = next {
            guard let subject = actor["sub"]?.text, actors.count < mostActors else { return nil }
            actors.append(subject)
            next = actor["act"]
        }
        return actors
    }
}
