import Admission
import HTTPCodec
import JOSE
import Policy
import StrictCoding

@testable import MCP

/// The codes of all refusals that a client's request can meet.
enum RefusalCodes {
    static let all = Set(refusals.map(\.code))

    private static let refusals: [Refusal] =
        wire + tokens + messages + denials + UpstreamFault.allCases.map { .upstream($0) } + [
            .hostNotServed, .pathNotServed, .methodNotServed, .originNotAllowed, .bodyNotExpected, .contentTypeNotJSON,
            .contentEncoded, .bodyTooLarge(limit: 1), .credentialMissing, .credentialInQuery(alsoInHeader: true),
            .credentialRepeated, .credentialMalformed, .credentialSchemeNotSupported, .issuerUnavailable,
            .tenantUnknown,
            .scopesUndeterminable, .sessionUnknown, .sessionMissing, .insufficientScope(required: [], rules: []),
            .envelopeTooLarge,
            .signingFailed, .auditUnavailable, .tooManyTransactions, .tooManyRequests, .tooManyRequestsOfUser,
            .tooManyStreamsOfUser, .tooMuchBuffered,
        ]

    /// A new case does not compile until it is added here, and then above.
    static func isAddedAbove(_ refusal: Refusal) -> Bool {
        switch refusal {
        case .wire, .token, .message, .denied, .upstream: true
        case .hostNotServed, .pathNotServed, .methodNotServed, .originNotAllowed, .bodyNotExpected, .contentTypeNotJSON,
            .contentEncoded, .bodyTooLarge, .credentialMissing, .credentialInQuery, .credentialRepeated,
            .credentialMalformed, .credentialSchemeNotSupported, .issuerUnavailable, .tenantUnknown,
            .scopesUndeterminable,
            .sessionUnknown, .sessionMissing, .insufficientScope, .envelopeTooLarge, .signingFailed, .auditUnavailable,
            .tooManyTransactions, .tooManyRequests, .tooManyRequestsOfUser, .tooManyStreamsOfUser, .tooMuchBuffered:
            true
        }
    }

    // MARK: - Families

    /// Faults of servers' answers, and of services other than ingress, are no client's.
    private static let wire = WireError.allCases.filter { error in
        ![
            .malformedStatusLine, .switchingProtocols, .tooManyInterimResponses, .contentNotAllowed,
            .unsolicitedResponse,
            .contentTooLarge,
        ].contains(error)
    }.map { Refusal.wire($0) }

    private static let tokens: [Refusal] = (signatures.map { .signature($0) } + claims).map { .token($0) }

    private static let signatures: [JWSError] = [
        .tooLarge(bytes: 1), .malformed, .encrypted, .invalidBase64(.trailingBits), .headerNotObject,
        .invalidMember(.kid),
        .forbiddenMember(.jku), .unsupportedAlgorithm, .algorithmNotAllowed(.es256), .unknownKey(kid: nil),
        .wrongKey(kid: ""), .badSignature, .payloadNotObject,
    ]

    private static let claims: [TokenRefusal] =
        [
            .wrongType, .notAnAccessToken, .wrongIssuer, .wrongAudience, .expired, .notYetValid, .issuedInTheFuture,
            .lifetimeTooLong, .senderConstrained, .actorChain, .aboutToExpire,
        ] + ([.iss, .sub, .aud, .exp, .iat, .jti, .clientID] as [TokenRefusal.Claim]).map { .missingClaim($0) }
        + ([.iss, .sub, .aud, .exp, .nbf, .iat, .scope, .act, .clientID] as [TokenRefusal.Claim]).map {
            .malformedClaim($0)
        }

    private static let messages: [Refusal] = [
        .json(JSONError(.duplicateName, offset: 0)), .batch, .notAMessage(""), .lookalikeMember(""), .invalidParams(""),
        .missingMetadata(""), .reservedMetadata(""), .eraMismatch, .missingField(.name), .duplicateField(.name),
        .malformedField(.name), .fieldMismatch(.name), .unknownLegacyVersion, .unsupportedVersion(""),
    ].map { (fact: MessageRefusal.Fact) in .message(MessageRefusal(fact)) }

    /// Missing scopes are a refusal of their own.
    private static let denials: [Refusal] = [
        .methodNotAllowed, .unknownTool, .deniedByRule(reason: nil), .argumentNotActor(argument: ""),
    ].map { (denial: Denial) in .denied(denial, rules: []) }
}
