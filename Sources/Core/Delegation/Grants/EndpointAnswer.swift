package import Crypto
package import HTTPCodec
import StrictCoding

/// What a token or introspection endpoint answered, as far as anybody looks at it. The body holds a token: it is kept
/// where it leaves no trace.
package struct EndpointAnswer: Sendable {
    /// A token of 16 KiB, an ID token that nobody asked for, and room for what providers add.
    package static let mostBytes = 64 << 10
    /// Seconds to wait where the server names none, or none that is sensible.
    static let usualWait = 5
    static let longestWait = 60

    package let status: Int
    package let contentType: [UInt8]?
    package let retryAfter: [UInt8]?
    package let body: SecretBytes

    package init(status: Int, contentType: [UInt8]?, retryAfter: [UInt8]?, body: SecretBytes) {
        self.status = status
        self.contentType = contentType
        self.retryAfter = retryAfter
        self.body = body
    }

    /// Takes from a response's fields what counts: a repeated field counts as none.
    package init(status: Int, fields: FieldBlock, body: SecretBytes) {
        self.init(
            status: status, contentType: fields.only("content-type").map { Array($0) },
            retryAfter: fields.only("retry-after").map { Array($0) }, body: body)
    }

    /// The JSON object of an answer that grants what was asked for; any other answer is a fault.
    ///
    /// - Parameter isForUser: whether a token for a user was wanted, which decides whom some refusals are about.
    func success(isForUser: Bool) throws(CredentialFault) -> JSONValue {
        switch status {
        case 200: break
        case 300..<400: throw .rejected(.redirect)
        case 429, 500...: throw unavailable
        case 400..<500:
            let root = try object()
            guard let error = ErrorAnswer(root) else { throw .rejected(.unexpectedStatus) }
            throw error.fault(isForUser: isForUser, unavailable: unavailable)
        default: throw .rejected(.unexpectedStatus)
        }
        let root = try object()
        // Some servers report errors with status 200. Whatever else stands there is not a grant.
        if let error = ErrorAnswer(root) { throw error.fault(isForUser: isForUser, unavailable: unavailable) }
        return root
    }

    /// Whether the server itself did not answer: what stands before it says these. Any other answer is the server's
    /// own, one that it cannot now as well, and that may be on account of a single user.
    package var isOutage: Bool { (502...504).contains(status) }

    /// What the log says of the answer where it was not a grant: numbers and words of our own choice.
    package var explanation: String {
        let words = (try? object()).flatMap { ErrorAnswer($0) }.map { ", error \($0.explanation)" } ?? ""
        return "HTTP status \(status)\(words)"
    }

    /// With the delay that the server asks for, within sensible bounds. A date (RFC 9110, section 10.2.3) counts as
    /// none: it would be compared with another clock.
    private var unavailable: CredentialFault {
        guard let retryAfter, (1...9).contains(retryAfter.count), retryAfter.allSatisfy(\.isASCIIDigit) else {
            return .unavailable(retryAfterSeconds: Self.usualWait)
        }
        let seconds = retryAfter.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return .unavailable(retryAfterSeconds: min(max(seconds, 1), Self.longestWait), isServersWord: true)
    }

    private func object() throws(CredentialFault) -> JSONValue {
        guard body.count <= Self.mostBytes else { throw .rejected(.tooLarge) }
        guard isJSON, let document = try? JSONDocument(parsing: body.withBytes { Array($0) }, limits: .answer),
            document.root.kind == .object
        else { throw .rejected(.notJSON) }
        return document.root
    }

    private var isJSON: Bool {
        guard let contentType else { return false }
        return contentType.prefix { $0 != UInt8(ascii: ";") }.trimmingSpacesAndTabs()
            .equalsIgnoringASCIICase("application/json")
    }
}

extension JSONLimits {
    /// An answer of a token or introspection endpoint: the claims of one token at the most.
    fileprivate static let answer = JSONLimits(bytes: EndpointAnswer.mostBytes, depth: 16, members: 1_024)
}
