package import StrictCoding

/// An http or https URL in the one spelling that a policy accepts, parsed on bytes: lower-case scheme and host, no user
/// information, no query, no fragment, a plain path. (Foundation's `URL` follows `\@` to the wrong host.)
package struct HTTPURL: Hashable, Sendable {
    package enum Scheme: String, Sendable {
        case http
        case https

        package var defaultPort: Int {
            switch self {
            case .http: 80
            case .https: 443
            }
        }
    }

    /// What an envelope has room for.
    package static let mostBytes = 1_024

    /// As the author wrote it, byte for byte.
    package let text: ByteString
    package let scheme: Scheme
    package let host: URLHost
    /// The port to connect to, written or not.
    package let port: Int
    /// Empty, or beginning with a slash.
    package let path: ByteString
    /// Whether the author wrote a port.
    package let hasWrittenPort: Bool
    /// Host and port as a Host field or a URL shows them: the scheme's default port is left out.
    package let authority: ByteString
    /// Scheme and authority, without a slash at the end.
    package let origin: ByteString

    package init(parsing text: ByteString) throws(URLFault) {
        guard text.count <= Self.mostBytes else { throw .tooLong }
        let scheme: Scheme
        let rest: ArraySlice<UInt8>
        if text.bytes.starts(with: "http://".utf8) {
            (scheme, rest) = (.http, text.bytes.dropFirst(7))
        } else if text.bytes.starts(with: "https://".utf8) {
            (scheme, rest) = (.https, text.bytes.dropFirst(8))
        } else {
            throw .noScheme
        }
        let pathStart = rest.firstIndex { "/?#\\".utf8.contains($0) } ?? rest.endIndex
        let authority = rest[..<pathStart]
        let path = rest[pathStart...]
        guard !authority.contains(UInt8(ascii: "@")) else { throw .userInformation }
        guard !path.contains(UInt8(ascii: "#")) else { throw .fragment }
        guard !path.contains(UInt8(ascii: "?")) else { throw .query }
        if let fault = PathForm.fault(in: path) { throw .path(fault) }

        let (hostText, portText) = Self.split(authority)
        guard !hostText.isEmpty else { throw .noHost }
        guard let host = URLHost(hostText) else { throw .host }
        var port = scheme.defaultPort
        if let portText {
            guard let written = DecimalNumber.parse(portText, atMost: 65_535), written > 0 else { throw .port }
            port = written
        }
        (self.text, self.scheme, self.host, self.port) = (text, scheme, host, port)
        (self.path, hasWrittenPort) = (ByteString(Array(path)), portText != nil)
        self.authority = port == scheme.defaultPort ? host.bracketed : ByteString("\(host.bracketed.string):\(port)")
        origin = ByteString("\(scheme.rawValue)://\(self.authority.string)")
    }

    private static func split(_ authority: ArraySlice<UInt8>) -> (host: ArraySlice<UInt8>, port: ArraySlice<UInt8>?) {
        let colon = UInt8(ascii: ":")
        let searched = authority.first == UInt8(ascii: "[") ? authority.drop { $0 != UInt8(ascii: "]") } : authority
        guard let index = searched.firstIndex(of: colon) else { return (authority, nil) }
        return (authority[..<index], authority[(index + 1)...])
    }
}

/// Why a text is not such a URL. The text itself is never repeated: what stands before an `@` may be a password.
package enum URLFault: Error, Hashable, Sendable {
    case tooLong
    case noScheme
    case userInformation
    case query
    case fragment
    case noHost
    case host
    case port
    case path(String)

    /// The end of a sentence that begins with the key.
    package var phrase: String {
        switch self {
        case .tooLong: "is longer than \(HTTPURL.mostBytes) bytes"
        case .noScheme: "is not a URL that begins with `http://` or `https://`"
        case .userInformation: "has user information (`…@`) before the host"
        case .query: "has a query"
        case .fragment: "has a fragment"
        case .noHost: "has no host"
        case .host: "has a host that is neither a lower-case name nor an IP address in its usual spelling"
        case .port: "has a port that is not a number from 1 to 65535"
        case .path(let fault): fault
        }
    }
}
