import Foundation

package enum GatewayFailure: Error, CustomStringConvertible {
    /// - Parameter key: where the policy names the address.
    case cannotListen(String, key: String, errno: Int32)
    case issuerMismatch(issuer: String, String)
    /// Certificates, keys or authorities cannot be used; one text for each.
    case tls([String])
    /// The audit file could not be written when the gateway stopped.
    case auditLost(records: Int)

    package var description: String {
        switch self {
        case .cannotListen(let address, let key, let code):
            "cannot listen on `\(address)` (`\(key)`): \(String(cString: strerror(code)))"
        case .issuerMismatch(let issuer, let why): "issuer `\(issuer)`: \(why)"
        case .tls(let mistakes): mistakes.joined(separator: "\n")
        case .auditLost(let records): "\(records) audit records could not be written before the end"
        }
    }
}
