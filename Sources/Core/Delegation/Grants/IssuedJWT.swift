import Crypto
import JOSE
import Policy
import StrictCoding

/// What an access token turns out to be when it is read as a JWT of its issuer.
enum IssuedJWT {
    case verified(VerifiedJWS)
    /// A key of the issuer has this identifier, and did not sign it.
    case forged
    /// A JWT by a key that is not known.
    case unknownKey
    /// Not a JWT that anybody but its audience could verify.
    case opaque

    init(_ token: SecretBytes, issuer: Issuer, keys: KeySet?) {
        let compact = token.withBytes { Array($0) }
        guard let unverified = try? UnverifiedJWS(compact: compact, limit: TokenAnswer.tokenBytes),
            // Entra's tokens for Microsoft's own APIs: their signature covers the hash of this member, on purpose.
            unverified.header.document.root["nonce"] == nil
        else {
            self = .opaque
            return
        }
        guard let keys else {
            self = .unknownKey
            return
        }
        do throws(JWSError) {
            self = .verified(try unverified.verify(with: keys, allowing: issuer.allowedAlgorithms))
        } catch {
            if case .unknownKey = error { self = .unknownKey } else { self = .forged }
        }
    }

    /// Refuses the issuer's other kinds of tokens, which the same keys sign (RFC 8725, section 3.12).
    static func checkKind(_ token: VerifiedJWS, profile: Issuer.Profile) throws(AnswerFlaw) {
        let type = (token.type?.bytes ?? []).asciiLowercased()
        let prefix = Array("application/".utf8)
        let name = ByteString(type.starts(with: prefix) ? Array(type.dropFirst(prefix.count)) : type)
        let isAccessToken = name == "at+jwt"
        switch profile {
        case .rfc9068: guard isAccessToken else { throw .issuedTokenType }
        case .generic: guard isAccessToken || name == "jwt" || name.isEmpty else { throw .issuedTokenType }
        }
        let claims = token.payload.root
        guard claims["events"] == nil else { throw .issuedTokenType }
        // Keycloak says it in the payload.
        if let kind = claims["typ"]?.text, ["ID", "Refresh", "Offline", "Logout"].contains(kind) {
            throw .issuedTokenType
        }
        let marksOfAnIDToken = claims["nonce"] != nil || claims["at_hash"] != nil || claims["c_hash"] != nil
        if marksOfAnIDToken, !isAccessToken, claims["scope"] == nil, claims["scp"] == nil { throw .issuedTokenType }
    }
}

extension Issuer {
    /// What the policy allows; without a word of it, all that the key set supports.
    fileprivate var allowedAlgorithms: Set<Algorithm> {
        algorithms.map { Set($0.compactMap(Algorithm.init(name:))) } ?? Set(Algorithm.allCases)
    }
}
