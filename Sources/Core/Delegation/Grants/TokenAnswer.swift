import Crypto
package import Identity
import StrictCoding

/// Judges what a token endpoint gave: nothing is a credential before it is known to be what was asked for.
package enum TokenAnswer {
    /// Seconds for which a token is used whose life nobody tells.
    package static let assumedLife: Int64 = 60
    /// Bytes of a token. Larger ones do not pass as a header field.
    package static let tokenBytes = 16 << 10

    /// The successful answer (RFC 6749, section 5.1; RFC 8693, section 2.2.1), with everything that can be said of it
    /// without looking into the token.
    package static func issued(
        by answer: EndpointAnswer, for request: CredentialRequest, now: UnixTime
    ) throws(CredentialFault) -> IssuedToken {
        let expectation = TokenExpectation(request.grant)
        let root = try answer.success(isForUser: expectation.isForUser)
        do {
            return try read(root, expectation, notAfter: request.notAfter, now: now)
        } catch {
            throw .rejected(error)
        }
    }

    private static func read(
        _ root: JSONValue, _ expectation: TokenExpectation, notAfter: UnixTime?, now: UnixTime
    ) throws(AnswerFlaw) -> IssuedToken {
        guard let token = root["access_token"]?.text, (1...tokenBytes).contains(token.count),
            token.bytes.allSatisfy(\.isVisibleASCII)
        else { throw .tokenMissing }
        guard let type = root["token_type"]?.text, type.bytes.equalsIgnoringASCIICase("bearer") else {
            throw .tokenType
        }
        if expectation.namesIssuedType {
            guard let issued = root["issued_token_type"]?.text, TokenType(rawValue: issued) != nil else {
                throw .issuedTokenType
            }
        }
        let scopes = try root["scope"].map { value throws(AnswerFlaw) in try ScopeText.read(value) }
        let end = now + (try lifetime(root["expires_in"]))
        let findings = try TokenFindings(
            expectation, expires: notAfter.map { min($0, end) } ?? end, scopes: scopes, now: now)
        return IssuedToken(token: SecretBytes(token.bytes), expectation: expectation, findings: findings)
    }

    /// Seconds, as a number or, as Entra's first version writes it, as text. A life that is not understood is none.
    private static func lifetime(_ value: JSONValue?) throws(AnswerFlaw) -> Int64 {
        guard let value else { return assumedLife }
        let digits = value.text?.bytes ?? []
        let isDecimal = (1...15).contains(digits.count) && digits.allSatisfy(\.isASCIIDigit)
        let seconds = isDecimal ? digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) } : value.integer
        guard let seconds, seconds > 0 else { throw .expired }
        // A year is longer than any use of it here.
        return min(seconds, 31_536_000)
    }
}
