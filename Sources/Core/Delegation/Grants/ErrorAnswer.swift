import StrictCoding

/// The error object of a token endpoint (RFC 6749, section 5.2), read by a closed vocabulary: nothing of the server's
/// own words goes further, because some servers repeat in them the token that they got.
///
/// Microsoft Entra says that the user must do something in two ways, both recorded from its documentation and from
/// answers that developers published: as `error: interaction_required`, and as `error: invalid_grant` with a `suberror`
/// or a `claims` challenge beside it.
struct ErrorAnswer {
    enum Code: String, CaseIterable {
        // RFC 6749, section 5.2.
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case invalidScope = "invalid_scope"
        // RFC 8707, section 2; RFC 8693, section 2.2.2.
        case invalidTarget = "invalid_target"
        // Of the authorization endpoint (RFC 6749, section 4.1.2.1), and used here nevertheless.
        case accessDenied = "access_denied"
        case serverError = "server_error"
        case temporarilyUnavailable = "temporarily_unavailable"
        // RFC 6750, section 3.1: Keycloak says it of subject tokens.
        case invalidToken = "invalid_token"
        // The OAuth actor profile.
        case actorUnauthorized = "actor_unauthorized"
        // OpenID Connect Core, section 3.1.2.6, and RFC 9470; Auth0 has a word of its own.
        case interactionRequired = "interaction_required"
        case consentRequired = "consent_required"
        case loginRequired = "login_required"
        case accountSelectionRequired = "account_selection_required"
        case insufficientAuthentication = "insufficient_user_authentication"
        case mfaRequired = "mfa_required"
        // RFC 8628, section 3.5: said of any request that comes too often.
        case slowDown = "slow_down"
        case unknown = "unknown_error"
    }

    /// Values of Entra's `suberror` after which only the user can help.
    private static let userMustAct: [ByteString] = [
        "basic_action", "additional_action", "message_only", "consent_required", "user_password_expired",
        "device_authentication_failed", "protection_policy_required",
    ]
    /// Entra names its errors by numbers, too; the first few say it all.
    private static let mostNumbers = 4

    let code: Code
    /// Whether the server says, beside the error's own code, that the user must do something.
    let wantsUser: Bool
    private let numbers: [Int64]

    /// `nil` where the object is no error.
    init?(_ root: JSONValue) {
        guard let error = root["error"] else { return nil }
        code = error.text.flatMap { text in Code.allCases.first { text == ByteString($0.rawValue) } } ?? .unknown
        wantsUser = root["claims"] != nil || root["suberror"]?.text.map(Self.userMustAct.contains) ?? false
        numbers = (root["error_codes"]?.elements ?? []).prefix(Self.mostNumbers).compactMap(\.integer)
    }

    /// The code, with the numbers that Entra adds.
    var explanation: String {
        numbers.isEmpty ? code.rawValue : "\(code.rawValue) (\(numbers.map(String.init).joined(separator: ", ")))"
    }

    /// - Parameter unavailable: with the delay beside the object, for a server that cannot now.
    func fault(isForUser: Bool, unavailable: CredentialFault) -> CredentialFault {
        switch code {
        case .temporarilyUnavailable, .serverError, .slowDown:
            unavailable
        case .invalidRequest, .invalidClient, .unauthorizedClient, .unsupportedGrantType, .invalidScope, .invalidTarget,
            .unknown:
            misconfigured
        case .invalidGrant, .invalidToken:
            isForUser ? (wantsUser ? .interactionRequired : .subjectRejected) : misconfigured
        case .accessDenied, .actorUnauthorized:
            isForUser ? .actorRejected : misconfigured
        case .interactionRequired, .consentRequired, .loginRequired, .accountSelectionRequired,
            .insufficientAuthentication, .mfaRequired:
            isForUser ? .interactionRequired : misconfigured
        }
    }

    private var misconfigured: CredentialFault { .misconfigured(ByteString(code.rawValue)) }
}
