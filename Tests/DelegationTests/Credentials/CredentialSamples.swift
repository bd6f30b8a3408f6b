import Crypto
import Delegation
import Identity
import Policy
import StrictCoding

/// Requests for credentials, and credentials, as the tests of the shelf need them; times count from zero.
enum CredentialSample {
    static let settings = ClientCredentials(client: 0, scopes: ["a", "b"])

    static func request(
        _ name: ByteString, tenant: ByteString? = "acme", notAfter: Int64? = nil
    ) -> CredentialRequest {
        CredentialRequest(
            key: CredentialKey([name]), grant: .clientCredentials(settings), tenant: tenant,
            notAfter: notAfter.map { UnixTime(seconds: $0) })
    }

    static func credential(_ text: String, expires: Int64 = 3_600) -> Credential {
        Credential(
            token: SecretBytes(Array(text.utf8)), expires: UnixTime(seconds: expires), scopes: ["a"], audience: nil)
    }
}

extension Credential {
    var text: String { token.withBytes { String(decoding: $0, as: UTF8.self) } }
}

/// A finding, to compare.
enum Found: Equatable {
    case good(String)
    case refreshDue(String)
    case refused(CredentialFault)
    case nothing

    init(_ finding: CredentialShelf.Finding) {
        switch finding {
        case .credential(let credential): self = .good(credential.text)
        case .refreshDue(let credential): self = .refreshDue(credential.text)
        case .refused(let fault): self = .refused(fault)
        case .nothing: self = .nothing
        }
    }
}

extension CredentialShelf {
    mutating func found(_ request: CredentialRequest, at seconds: Int64 = 0) -> Found {
        Found(find(request, now: UnixTime(seconds: seconds)))
    }

    mutating func forget(_ text: String, of request: CredentialRequest, at seconds: Int64 = 0) {
        forget(request.key, using: CredentialSample.credential(text).digest, now: UnixTime(seconds: seconds))
    }

    mutating func keep(_ text: String, for request: CredentialRequest, expires: Int64 = 3_600, at seconds: Int64 = 0) {
        keep(
            CredentialSample.credential(text, expires: expires), for: request, now: UnixTime(seconds: seconds))
    }
}
