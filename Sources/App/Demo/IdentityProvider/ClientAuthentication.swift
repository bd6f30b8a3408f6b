internal import HTTPWire
internal import JOSE
internal import StrictCoding

/// Who calls the token endpoint: `private_key_jwt`, `client_secret_basic`, `client_secret_post`, or no more than a
/// public client's id. One way per request (RFC 6749, section 2.3).
struct ClientAuthentication: Sendable {
    private static let assertionType: ByteString = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    let clients: ClientRegistry
    let statements: SignedStatements

    func client(
        of request: ServiceRequest, _ form: FormParameters, now: Int64
    ) async throws(OAuthRefusal) -> OAuthClient {
        if form["client_assertion"] != nil || form["client_assertion_type"] != nil {
            return try await clientByAssertion(request, form, now: now)
        }
        let credentials = try Self.credentials(request, form)
        guard let client = await clients.client(credentials.id), client.accepts(secret: credentials.secret) else {
            throw OAuthRefusal(.invalidClient, "the client is unknown or its secret is wrong or missing")
        }
        return client
    }

    // MARK: - private_key_jwt (RFC 7523, section 2.2; OpenID Connect Core, section 9)

    private func clientByAssertion(
        _ request: ServiceRequest, _ form: FormParameters, now: Int64
    ) async throws(OAuthRefusal) -> OAuthClient {
        guard !request.fields.contains("authorization"), form["client_secret"] == nil else {
            throw OAuthRefusal(.invalidRequest, "the client must authenticate in one way only")
        }
        guard form["client_assertion_type"] == Self.assertionType, let assertion = form["client_assertion"] else {
            throw OAuthRefusal(
                .invalidClient, "`client_assertion_type` must be `\(Self.assertionType)`, with a `client_assertion`")
        }
        guard let id = SignedStatements.issuer(of: assertion), let client = await clients.client(id),
            case .keyed(let keys) = client.kind,
            let signed = try? UnverifiedJWS(compact: assertion.bytes).verify(with: keys, allowing: [.es256])
        else { throw OAuthRefusal(.invalidClient, "`client_assertion` is not signed by a client that is known here") }
        guard form["client_id"] == nil || form["client_id"] == id else {
            throw OAuthRefusal(.invalidRequest, "`client_id` differs from the one in `client_assertion`")
        }
        guard try await statements.accept(signed, by: id, now: now)["sub"]?.text == id else {
            throw OAuthRefusal(.invalidClient, "`sub` of `client_assertion` must be the client itself")
        }
        return client
    }

    // MARK: - Secrets (RFC 6749, section 2.3.1)

    private static func credentials(
        _ request: ServiceRequest, _ form: FormParameters
    ) throws(OAuthRefusal) -> (id: ByteString, secret: ByteString?) {
        let headers = request.fields.all("authorization")
        guard let header = headers.first else {
            guard let id = form["client_id"] else {
                throw OAuthRefusal(.invalidClient, "`client_id` or an `Authorization: Basic` field is missing")
            }
            return (id, form["client_secret"])
        }
        guard headers.count == 1, form["client_secret"] == nil else {
            throw OAuthRefusal(.invalidRequest, "the client must authenticate in one way only")
        }
        guard let (id, secret) = basic(header) else {
            throw OAuthRefusal(.invalidClient, "the `Authorization` field does not hold well-formed Basic credentials")
        }
        guard form["client_id"] == nil || form["client_id"] == id else {
            throw OAuthRefusal(.invalidRequest, "`client_id` differs from the one in the `Authorization` field")
        }
        return (id, secret)
    }

    /// `Basic base64(id ":" secret)`, both parts form-encoded first.
    private static func basic(_ value: ArraySlice<UInt8>) -> (id: ByteString, secret: ByteString)? {
        guard value.prefix(6).equalsIgnoringASCIICase("basic "), let text = base64(value.dropFirst(6)),
            let colon = text.firstIndex(of: UInt8(ascii: ":")),
            let id = try? FormParameters.decoded(text[..<colon]),
            let secret = try? FormParameters.decoded(text[(colon + 1)...])
        else { return nil }
        return (id, secret)
    }

    /// Padded base64 (RFC 4648, section 4).
    private static func base64(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let content = text.reversed().drop { $0 == UInt8(ascii: "=") }.reversed() as [UInt8]
        guard text.count.isMultiple(of: 4), text.count - content.count <= 2,
            !content.contains(UInt8(ascii: "-")), !content.contains(UInt8(ascii: "_"))
        else { return nil }
        return try? Base64URL.decode(
            content.map { byte in
                switch byte {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                default: byte
                }
            })
    }
}
