import Crypto
package import Identity
package import JOSE
package import Policy
import StrictCoding

/// What the gateway knows of an issuer's keys at one moment.
package struct IssuerStanding: Sendable {
    package let keys: KeySet
    /// The document that the keys were read from: the same document means the same keys.
    package let document: [UInt8]
    /// When the keys were last fetched with success.
    package let fetched: UnixTime

    package init(keys: KeySet, document: [UInt8], fetched: UnixTime) {
        self.keys = keys
        self.document = document
        self.fetched = fetched
    }
}

/// All issuers' keys at one moment, in the order of the policy; `nil` for an issuer that has not answered yet.
package struct IssuerStandings: Sendable {
    /// Keys may be this old while the identity provider does not answer; then its tokens get 503, not 401.
    package static let longestStaleSeconds: Int64 = 3_600

    package var issuers: [IssuerStanding?]

    package init(issuers: [IssuerStanding?]) {
        self.issuers = issuers
    }

    /// Whether both know the same keys, whenever they were fetched.
    package func hasSameKeys(as other: IssuerStandings) -> Bool {
        issuers.elementsEqual(other.issuers) { $0?.document == $1?.document }
    }

    package func keys(of issuer: Int, now: UnixTime) -> KeySet? {
        guard let standing = issuers[issuer], now.seconds - standing.fetched.seconds <= Self.longestStaleSeconds else {
            return nil
        }
        return standing.keys
    }
}

/// What came of a token.
package enum TokenFinding: Sendable {
    case accepted(AccessToken)
    case refused(TokenRefusal)
    /// No known key verifies it, and these issuers have keys that are not known: fetch them and ask again. If that does
    /// not help, the token is refused for the reason given.
    case keysNeeded(issuers: [Int], otherwise: TokenRefusal)
}

/// Verifies a bearer token against the issuers that a server trusts. Nothing in the token chooses where a key comes
/// from.
package struct TokenVerifier: Sendable {
    private let checks: [TokenChecks]
    private let algorithms: [Set<Algorithm>]
    private let limit: Int

    package init(_ policy: PolicySet) {
        self.init(issuers: policy.issuers, agents: AgentDirectory(policy), limit: policy.limits.tokenBytes)
    }

    /// - Parameter limit: bytes of a token.
    init(issuers: [Issuer], agents: AgentDirectory, limit: Int) {
        checks = issuers.enumerated().map { index, issuer in
            TokenChecks(issuer: issuer, issuerIndex: index, agents: agents)
        }
        algorithms = issuers.map { issuer in
            issuer.algorithms.map { Set($0.compactMap(Algorithm.init(name:))) } ?? Set(Algorithm.allCases)
        }
        self.limit = limit
    }

    package func find(
        _ token: [UInt8], trusted issuers: [Int], standings: IssuerStandings, now: UnixTime
    ) -> TokenFinding {
        let unverified: UnverifiedJWS
        do { unverified = try UnverifiedJWS(compact: token, limit: limit) } catch { return .refused(.signature(error)) }

        var wanting: [Int] = []
        var refusal: TokenRefusal?
        for issuer in issuers {
            guard let keys = standings.keys(of: issuer, now: now) else {
                wanting.append(issuer)
                continue
            }
            do throws(JWSError) {
                let verified = try unverified.verify(with: keys, allowing: algorithms[issuer])
                let finding = finding(of: verified, token: token, issuer: issuer, now: now)
                // Tenants of one provider may sign with the same keys: the next issuer may be the one that is named.
                guard case .refused(.wrongIssuer) = finding else { return finding }
                refusal = .wrongIssuer
            } catch {
                if case .unknownKey = error {
                    wanting.append(issuer)
                } else {
                    refusal = refusal ?? .signature(error)
                }
            }
        }
        let reason = refusal ?? .signature(.unknownKey(kid: unverified.keyID))
        // A key id that one issuer knows and that fails there may still be another's, so far unseen.
        return wanting.isEmpty ? .refused(reason) : .keysNeeded(issuers: wanting, otherwise: reason)
    }

    private func finding(of verified: VerifiedJWS, token: [UInt8], issuer: Int, now: UnixTime) -> TokenFinding {
        do {
            return .accepted(try checks[issuer].check(verified, digest: SHA256.digest(token), now: now))
        } catch {
            return .refused(error)
        }
    }
}
