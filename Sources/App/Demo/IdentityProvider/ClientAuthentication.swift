internal import HTTPWire
internal import StrictCoding

/// Who calls the token endpoint: `client_secret_basic`, `client_secret_post`, or no more than a public client's id.
enum ClientAuthentication {
    static func authenticate(
        _ request: ServiceRequest, _ form: FormParameters, in clients: ClientRegistry
    ) async throws(OAuthRefusal) -> OAuthClient {
        let credentials = try credentials(request, form)
        guard let client = await clients.client(credentials.id), client.accepts(secret: credentials.secret) else {
            throw OAuthRefusal(.invalidClient, "the client is unknown or its secret is wrong or missing")
        }
        return client
    }

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
        // RFC 6749, section 2.3: one method per request.
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

    /// `Basic base64(id ":" secret)`, both parts form-encoded first (RFC 6749, section 2.3.1).
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
