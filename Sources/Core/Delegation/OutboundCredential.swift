import Crypto
import HTTPCodec
import StrictCoding

/// The secret that a call carries, and where: as a bearer token, or in a field of its own.
struct OutboundCredential: Sendable {
    let secret: SecretBytes
    let header: ByteString?
    /// What stands in the field.
    private let value: SecretBytes

    init(_ secret: SecretBytes, header: ByteString?) {
        self.secret = secret
        self.header = header
        value = header == nil ? Self.bearer(secret) : secret
    }

    private static func bearer(_ secret: SecretBytes) -> SecretBytes {
        let scheme = Array("Bearer ".utf8)
        return SecretBytes(count: scheme.count + secret.count) { value in
            value.copyBytes(from: scheme)
            secret.withBytes { UnsafeMutableRawBufferPointer(rebasing: value[scheme.count...]).copyMemory(from: $0) }
        }
    }

    func append(to fields: inout FieldBlock) throws(WireError) {
        try value.withBytes { (bytes) throws(WireError) in
            if let header {
                try fields.append(name: header.bytes, value: bytes)
            } else {
                try fields.append("Authorization", bytes)
            }
        }
    }

    /// Whether the secret occurs in a text.
    func occurs(in text: UnsafeBufferPointer<UInt8>) -> Bool {
        secret.withBytes { secret in
            guard let first = secret.first, text.count >= secret.count else { return false }
            for start in 0...(text.count - secret.count) where text[start] == first {
                if (1..<secret.count).allSatisfy({ text[start + $0] == secret[$0] }) { return true }
            }
            return false
        }
    }
}
