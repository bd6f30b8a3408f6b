internal import StrictCoding

/// A checked request for an authorization code (RFC 6749, section 4.1.1, with PKCE, RFC 7636, always).
struct AuthorizationRequest: Sendable {
    /// Why there is no such request, and who must be told.
    enum Failure: Error {
        /// The client or its redirect URI is wrong: the browser must not be sent there (RFC 6749, section 4.1.2.1).
        case page(String)
        case redirect(to: RedirectURI, state: ByteString?, OAuthRefusal)
    }

    let client: OAuthClient
    let redirectURI: RedirectURI
    let state: ByteString?
    /// As asked; what the user does not have is left out later. Nil asks for everything the user has.
    let scopes: [ByteString]?
    let resource: ByteString?
    let challenge: ByteString
    let nonce: ByteString?

    /// - Parameters:
    ///   - client: the client that `client_id` names, if there is one.
    ///   - resources: the resources for which there are tokens here.
    init(_ parameters: FormParameters, client: OAuthClient?, resources: [ByteString]) throws(Failure) {
        guard let client, client.grants.contains(.authorizationCode) else {
            let id = parameters["client_id"]?.quotable ?? ""
            throw .page("No client `\(id)` is registered here that could ask for a login.")
        }
        guard let text = parameters["redirect_uri"], let redirectURI = RedirectURI(text), client.admits(redirectURI)
        else {
            throw .page("The `redirect_uri` is not one that \(client.name) has registered.")
        }
        self.client = client
        self.redirectURI = redirectURI
        state = parameters["state"]
        nonce = parameters["nonce"]
        do {
            try Self.checkProtocol(parameters)
            challenge = try Self.challenge(parameters)
            scopes = try ScopeList.parse(parameters["scope"])
            resource = try ResourceIndicator.check(parameters["resource"], among: resources)
        } catch {
            throw .redirect(to: redirectURI, state: parameters["state"], error)
        }
    }

    private static func checkProtocol(_ parameters: FormParameters) throws(OAuthRefusal) {
        if parameters["request"] != nil || parameters["request_uri"] != nil {
            throw OAuthRefusal(.requestNotSupported, "request objects are not supported")
        }
        guard let type = parameters["response_type"] else {
            throw OAuthRefusal(.invalidRequest, "`response_type` is missing")
        }
        guard type == "code" else {
            throw OAuthRefusal(.unsupportedResponseType, "`response_type` must be `code`")
        }
        if let mode = parameters["response_mode"], mode != "query" {
            throw OAuthRefusal(.invalidRequest, "`response_mode` must be `query`")
        }
        if parameters["prompt"] == "none" {
            throw OAuthRefusal(.loginRequired, "there are no login sessions: every request shows the login page")
        }
    }

    private static func challenge(_ parameters: FormParameters) throws(OAuthRefusal) -> ByteString {
        guard let challenge = parameters["code_challenge"], parameters["code_challenge_method"] == "S256" else {
            throw OAuthRefusal(
                .invalidRequest, "PKCE is required: `code_challenge` with `code_challenge_method` `S256`")
        }
        // The digest of SHA-256, as base64url writes it.
        guard challenge.count == 43, (try? Base64URL.decode(challenge)) != nil else {
            throw OAuthRefusal(.invalidRequest, "`code_challenge` is not the base64url form of a SHA-256 digest")
        }
        return challenge
    }
}

/// The `scope` parameter: names separated by single spaces (RFC 6749, section 3.3).
enum ScopeList {
    static func parse(_ text: ByteString?) throws(OAuthRefusal) -> [ByteString]? {
        guard let text else { return nil }
        let names = text.bytes.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
            ByteString($0)
        }
        guard names.count <= 64, names.allSatisfy(isName) else {
            throw OAuthRefusal(.invalidScope, "`scope` is not a list of names separated by single spaces")
        }
        return names
    }

    static func text(_ scopes: [ByteString]) -> ByteString {
        ByteString(scopes.map(\.bytes).joined(separator: " ".utf8))
    }

    private static func isName(_ name: ByteString) -> Bool {
        !name.isEmpty
            && name.bytes.allSatisfy { $0.isVisibleASCII && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
}

/// The `resource` parameter (RFC 8707): compared byte by byte with what is configured.
enum ResourceIndicator {
    static func check(_ resource: ByteString?, among resources: [ByteString]) throws(OAuthRefusal) -> ByteString? {
        guard let resource else { return nil }
        guard resources.contains(resource) else {
            throw OAuthRefusal(.invalidTarget, "no tokens are issued here for the resource `\(resource.quotable)`")
        }
        return resource
    }
}
