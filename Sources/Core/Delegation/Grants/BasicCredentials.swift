import Crypto
import StrictCoding

/// The value of `Authorization` for `client_secret_basic` (RFC 6749, section 2.3.1).
///
/// Both parts are form-encoded before they are joined, which plain HTTP Basic does not do and many clients forget: a
/// colon in a client's id, or a percent sign in its secret, would otherwise be read as something else.
enum BasicCredentials {
    static func field(clientID: ByteString, secret: SecretBytes) -> SecretBytes {
        let pair = secret.withBytes { secret in
            let count = FormEncoding.count(clientID.bytes) + 1 + FormEncoding.count(secret)
            return SecretWriter.make(count: count) { writer in
                FormEncoding.write(clientID.bytes, to: &writer)
                writer.append(UInt8(ascii: ":"))
                FormEncoding.write(secret, to: &writer)
            }
        }
        return pair.withBytes { pair in
            SecretWriter.make(count: 6 + (pair.count + 2) / 3 * 4) { writer in
                writer.append("Basic ")
                writeBase64(pair, to: &writer)
            }
        }
    }

    /// RFC 4648, section 4, with padding.
    private static func writeBase64(_ bytes: UnsafeRawBufferPointer, to writer: inout SecretWriter) {
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let present = min(3, bytes.count - start)
            var word = 0
            for offset in 0..<3 { word = word << 8 | (offset < present ? Int(bytes[start + offset]) : 0) }
            for character in 0..<4 {
                let isPadding = character > present
                writer.append(isPadding ? UInt8(ascii: "=") : alphabet.utf8Start[word >> (18 - 6 * character) & 63])
            }
        }
    }

    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
}
