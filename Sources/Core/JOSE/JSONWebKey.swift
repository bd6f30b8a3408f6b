package import Crypto
package import StrictCoding

/// Why a member of a key set cannot verify tokens. Such a key is passed over; it does not spoil its set.
package enum UnusableKey: Error, Equatable, Sendable {
    /// Not an object, or a member has the wrong type or spelling.
    case malformed
    /// A `kty`, `crv` or `alg` that is not supported: symmetric keys, X25519, encryption algorithms, those of the
    /// future.
    case unsupported
    /// `use` or `key_ops` say that the key is for something else.
    case notForVerifying
    /// `alg` does not fit the type or curve of the key.
    case wrongAlgorithm
    /// The key is published together with its private part, so anyone may sign with it.
    case privatePartPublished
    /// The numbers do not make a key, or a weak one.
    case refused(CryptoError)
}

/// A public key as an issuer publishes it (RFC 7517), with the algorithms that it may verify.
package struct JSONWebKey: Sendable {
    /// The identifier, 1 to 255 bytes of plain text.
    package let kid: ByteString?
    /// Exactly the one that `alg` names, or without `alg` all that fit the key's type and curve.
    package let algorithms: Set<Algorithm>
    package let key: VerificationKey
    /// The base64url SHA-256 thumbprint (RFC 7638): 43 characters that are the same for the same key however it was
    /// published.
    package let thumbprint: ByteString

    package init(_ json: JSONValue) throws(UnusableKey) {
        guard json.kind == .object else { throw .malformed }
        guard Self.privateMembers.allSatisfy({ json.member($0) == nil }) else { throw .privatePartPublished }
        try Self.checkPurpose(json)
        let material = try KeyMaterial(json)
        do {
            key = try material.verificationKey()
        } catch {
            throw .refused(error)
        }
        kid = try Self.identifier(json)
        algorithms = try Self.algorithms(json, for: key.kind)
        thumbprint = material.thumbprint
    }

    /// The public half of one of our own keys.
    package init(_ key: SigningKey, kid: ByteString) throws(CryptoError) {
        self.kid = kid
        self.algorithms = [.es256]
        self.key = try key.verificationKey()
        self.thumbprint = key.thumbprint
    }

    /// The private members of RSA, EC and OKP keys (RFC 7518, sections 6.2.2 and 6.3.2; RFC 8037). A symmetric `k` is
    /// unsupported anyway.
    private static let privateMembers: [ByteString] = ["d", "p", "q", "dp", "dq", "qi", "oth"]

    private static func checkPurpose(_ json: JSONValue) throws(UnusableKey) {
        if let use = json["use"] {
            guard let use = use.text else { throw .malformed }
            guard use == "sig" else { throw .notForVerifying }
        }
        if let operations = json["key_ops"] {
            guard let operations = operations.elements, operations.allSatisfy({ $0.kind == .string }) else {
                throw .malformed
            }
            guard operations.contains(where: { $0.isText("verify") }) else { throw .notForVerifying }
        }
    }

    private static func identifier(_ json: JSONValue) throws(UnusableKey) -> ByteString? {
        guard let kid = json["kid"] else { return nil }
        guard let text = kid.text, text.isPlainText(limit: JWSHeader.identifierBytes) else { throw .malformed }
        return text
    }

    private static func algorithms(_ json: JSONValue, for kind: VerificationKey.Kind) throws(UnusableKey) -> Set<
        Algorithm
    > {
        let fitting = Algorithm.fitting(kind)
        guard let alg = json["alg"] else { return fitting }
        guard let name = alg.text else { throw .malformed }
        guard let algorithm = Algorithm(name: name) else { throw .unsupported }
        guard fitting.contains(algorithm) else { throw .wrongAlgorithm }
        return [algorithm]
    }
}
