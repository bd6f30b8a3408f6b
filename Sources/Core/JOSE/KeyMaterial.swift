import Crypto
import StrictCoding

/// The numbers of a public key as its JWK spells them (RFC 7518, sections 6.2.1 and 6.3.1; RFC 8037, section 2).
enum KeyMaterial {
    case rsa(n: ByteString, e: ByteString)
    case ec(Curve, x: ByteString, y: ByteString)
    case ed25519(x: ByteString)

    init(_ json: JSONValue) throws(UnusableKey) {
        guard let type = json["kty"]?.text else { throw .malformed }
        if type == "RSA" {
            self = try .rsa(n: Self.text("n", json), e: Self.text("e", json))
        } else if type == "EC" {
            self = try .ec(Self.curve(json), x: Self.text("x", json), y: Self.text("y", json))
        } else if type == "OKP" {
            guard try Self.text("crv", json) == "Ed25519" else { throw .unsupported }
            self = try .ed25519(x: Self.text("x", json))
        } else {
            throw .unsupported
        }
    }

    func verificationKey() throws(CryptoError) -> VerificationKey {
        switch self {
        case .rsa(let n, let e): try VerificationKey(rsaModulus: Self.bytes(n), exponent: Self.bytes(e))
        case .ec(let curve, let x, let y): try VerificationKey(curve: curve, x: Self.bytes(x), y: Self.bytes(y))
        case .ed25519(let x): try VerificationKey(ed25519: Self.bytes(x))
        }
    }

    /// The required members in lexicographic order without white space, hashed (RFC 7638, section 3). The values need
    /// no re-encoding: base64url that was read strictly has one spelling.
    var thumbprint: ByteString {
        var json = JSONWriter(reserving: 512)
        json.object { json in
            switch self {
            case .rsa(let n, let e):
                json.member("e", e)
                json.member("kty", "RSA")
                json.member("n", n)
            case .ec(let curve, let x, let y):
                json.member("crv", ByteString(curve.joseName))
                json.member("kty", "EC")
                json.member("x", x)
                json.member("y", y)
            case .ed25519(let x):
                json.member("crv", "Ed25519")
                json.member("kty", "OKP")
                json.member("x", x)
            }
        }
        return ByteString(Base64URL.encode(SHA256.digest(json.bytes)))
    }

    private static func text(_ name: StaticString, _ json: JSONValue) throws(UnusableKey) -> ByteString {
        guard let text = json[name]?.text else { throw .malformed }
        return text
    }

    private static func curve(_ json: JSONValue) throws(UnusableKey) -> Curve {
        let name = try text("crv", json)
        guard let curve = Curve.allCases.first(where: { name == ByteString($0.joseName) }) else { throw .unsupported }
        return curve
    }

    private static func bytes(_ text: ByteString) throws(CryptoError) -> [UInt8] {
        do {
            return try Base64URL.decode(text)
        } catch {
            throw .invalidKey
        }
    }
}

extension Curve {
    /// The value of `crv` (RFC 7518, section 6.2.1.1).
    fileprivate var joseName: String {
        switch self {
        case .p256: "P-256"
        case .p384: "P-384"
        case .p521: "P-521"
        }
    }
}
