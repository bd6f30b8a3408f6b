package import Crypto
package import StrictCoding

/// How our own keys are published.
extension SigningKey {
    /// The base64url SHA-256 thumbprint of the public key (RFC 7638); 43 characters.
    package var thumbprint: ByteString {
        KeyMaterial.ec(.p256, x: encodedX, y: encodedY).thumbprint
    }

    /// The JWK to publish: an object with the public members, `kid`, `alg` and `use`, as JSON text.
    package func jwk(kid: ByteString) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("kty", "EC")
            json.member("crv", "P-256")
            json.member("x", encodedX)
            json.member("y", encodedY)
            json.member("kid", kid)
            json.member("alg", "ES256")
            json.member("use", "sig")
        }
        return json.bytes
    }

    private var encodedX: ByteString { ByteString(Base64URL.encode(publicPoint.x)) }
    private var encodedY: ByteString { ByteString(Base64URL.encode(publicPoint.y)) }
}
