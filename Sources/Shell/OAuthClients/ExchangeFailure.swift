import Delegation
import StrictCoding

/// Why an attempt gave no token: the fault for whoever asked, a reason for the log.
struct ExchangeFailure: Error {
    /// A terminal's width or two.
    private static let lineBytes = 200
    /// Seconds after which it is worth to try again, where the server names none.
    private static let usualWait = 5

    let fault: CredentialFault
    /// Whether the server is down, as opposed to one that cannot or will not.
    let isOutage: Bool
    private let reason: String

    init(_ fault: CredentialFault, _ reason: String, isOutage: Bool = false) {
        self.fault = fault
        self.isOutage = isOutage
        self.reason = reason
    }

    /// There was no answer.
    static func unavailable(_ reason: String) -> ExchangeFailure {
        ExchangeFailure(.unavailable(retryAfterSeconds: usualWait), reason, isOutage: true)
    }

    /// The issuer's metadata gives no endpoint.
    init(_ fault: IssuerFault) {
        switch fault {
        case .unreachable: self = .unavailable(fault.explanation)
        case .metadataWithoutIssuer, .issuerMismatch: self.init(.rejected(.wrongIssuer), fault.explanation)
        case .metadataNotJSON, .metadataWithoutKeys, .keySetURL, .keySetUnreachable, .keySet, .keySetEmpty:
            self.init(.rejected(.notJSON), fault.explanation)
        }
    }

    /// The reason as one short line: an issuer's metadata may be quoted in it.
    var line: String {
        let bytes = reason.utf8.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        let end = bytes.count > Self.lineBytes ? "..." : ""
        return String(decoding: bytes.prefix(Self.lineBytes), as: UTF8.self) + end
    }
}
