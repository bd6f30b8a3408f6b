import Crypto
import Policy
import StrictCoding

extension SecretNeed.Use {
    /// How the file that holds it is read.
    var content: SecretFile.Content {
        switch self {
        case .certificates: .certificates
        case .client, .bearer, .header, .presenter, .environment, .privateKey, .tlsKey: .secret
        }
    }

    /// What a message about it calls it.
    var noun: String {
        switch content {
        case .secret: "secret"
        case .certificates: "certificates"
        }
    }

    func check(_ secret: SecretBytes) throws(SecretFault) {
        if let fault = secret.withBytes(fault) { throw fault }
    }

    private func fault(in bytes: UnsafeRawBufferPointer) -> SecretFault? {
        switch self {
        case .client, .bearer:
            guard !bytes.allSatisfy(\.isVisibleASCII) else { return nil }
            return SecretFault("it holds a space, a line feed or something else that is not visible ASCII")
        case .header:
            // `Token abc` is a value, and what begins or ends in a space is none (RFC 9110, section 5.5).
            let isValue = bytes.allSatisfy { $0.isVisibleASCII || $0 == 0x20 }
            guard !isValue || bytes.first == 0x20 || bytes.last == 0x20 else { return nil }
            return SecretFault("it cannot be the value of a field: visible ASCII, with spaces only in between")
        case .presenter:
            guard !PresenterSecrets.isWellFormed(bytes) else { return nil }
            return SecretFault(
                "it is not 32 random bytes in base64url without padding, 43 characters",
                help: "make one with openssl rand -base64 32 | tr +/ -_ | tr -d =")
        case .environment:
            guard bytes.contains(0) else { return nil }
            return SecretFault("it holds a NUL byte, which no environment variable can")
        case .privateKey:
            return nil
        case .tlsKey:
            guard !PEMText.holds("PRIVATE KEY", in: bytes) else { return nil }
            return SecretFault("there is no private key in PEM in it")
        case .certificates:
            guard !PEMText.holds("PRIVATE KEY", in: bytes) else {
                return SecretFault(
                    "there is a private key in it, and certificates are shown to everybody",
                    help: "keep the key in a file of its own that nobody else can read")
            }
            guard !PEMText.holds("CERTIFICATE", in: bytes) else { return nil }
            return SecretFault("there is no certificate in PEM in it")
        }
    }
}

/// What a text says that it is (RFC 7468), told by the lines that begin its parts. Whoever uses it parses it.
private enum PEMText {
    /// Whether a part begins whose label ends in `label`: `EC PRIVATE KEY` is a private key as well.
    static func holds(_ label: String, in bytes: UnsafeRawBufferPointer) -> Bool {
        let end = Array("\(label)-----".utf8)
        return bytes.split(separator: UInt8(ascii: "\n")).contains { line in
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            return line.starts(with: "-----BEGIN ".utf8) && line.suffix(end.count).elementsEqual(end)
        }
    }
}
