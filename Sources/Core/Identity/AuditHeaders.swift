package import Crypto
package import StrictCoding

/// The unsigned fields that tell a server or an API, and whoever reads its logs, on whose behalf a call is made.
/// Informational: nobody may decide by them.
package enum AuditHeaders {
    /// How much a recipient is told about the actor.
    package enum Form: Sendable {
        case full
        /// A name that is the same for the same actor and means nothing without the key.
        case pseudonymous(key: SecretBytes)
        case none
    }

    /// Bytes of a value before encoding. Encoding triples them at most.
    package static let valueBytes = 255

    /// The fields to send, in a fixed order. A value that is longer than `valueBytes` is left out whole rather than
    /// shortened into another.
    package static func fields(
        of principal: Principal, mode: DelegationMode, traceID: ByteString, form: Form
    ) -> [(name: ByteString, value: ByteString)] {
        let subject: ByteString
        switch form {
        case .full: subject = principal.subject
        case .pseudonymous(let key): subject = principal.pseudonym(key: key)
        case .none: return []
        }
        let values = [subject, principal.tenant, principal.agentID, ByteString(mode.rawValue), traceID]
        return zip(names, values).compactMap { name, value in encoded(value).map { (name: name, value: $0) } }
    }

    private static let names: [ByteString] = [
        "X-Actor-Sub", "X-Actor-Tenant", "X-Agent-Id", "X-Delegation-Mode", "X-Trace-Id",
    ]

    /// The value with every byte outside `[A-Za-z0-9._~@:/|+-]` percent-encoded, so that it can neither end the field
    /// nor look like two; nil when it is empty or too long.
    package static func encoded(_ value: ByteString) -> ByteString? {
        guard (1...valueBytes).contains(value.count) else { return nil }
        if value.bytes.allSatisfy(isPlain) { return value }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(value.count)
        for byte in value.bytes {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        return ByteString(bytes)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "@"), UInt8(ascii: ":"),
            UInt8(ascii: "/"),
            UInt8(ascii: "|"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            true
        default:
            byte.isASCIILetter || byte.isASCIIDigit
        }
    }
}
