internal import HTTPWire
internal import StrictCoding

/// An error answer of the authorization server, with a sentence for whoever reads the client's log.
struct OAuthRefusal: Error, Equatable, Sendable {
    enum Code: String, Sendable {
        // RFC 6749, sections 4.1.2.1 and 5.2
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        case invalidScope = "invalid_scope"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case unsupportedResponseType = "unsupported_response_type"
        case accessDenied = "access_denied"
        case serverError = "server_error"
        // RFC 8707, section 2
        case invalidTarget = "invalid_target"
        // OpenID Connect Core, section 3.1.2.6
        case loginRequired = "login_required"
        case requestNotSupported = "request_not_supported"
        // RFC 7591, section 3.2.2
        case invalidRedirectURI = "invalid_redirect_uri"
        case invalidClientMetadata = "invalid_client_metadata"
    }

    let code: Code
    /// Printable ASCII without `"` and `\` (RFC 6749, section 5.2); never a secret.
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    init(_ mistake: FormParameters.Mistake) {
        switch mistake {
        case .tooLarge: self.init(.invalidRequest, "the parameters are larger than \(FormParameters.bytesLimit) bytes")
        case .tooMany: self.init(.invalidRequest, "more than \(FormParameters.countLimit) parameters")
        case .malformed:
            self.init(.invalidRequest, "the parameters are not well-formed application/x-www-form-urlencoded")
        case .repeated(let name): self.init(.invalidRequest, "`\(name.quotable)` is given more than once")
        }
    }

    /// The answer of the token and registration endpoints (RFC 6749, section 5.2).
    var response: ServiceResponse {
        var writer = JSONWriter()
        writer.object {
            $0.member("error", code.rawValue)
            $0.member("error_description", description)
        }
        switch code {
        case .invalidClient:
            return .json(writer.bytes, status: 401, fields: [("WWW-Authenticate", "Basic realm=\"demo\"")])
        case .serverError:
            return .json(writer.bytes, status: 500)
        default:
            return .json(writer.bytes, status: 400)
        }
    }
}
