import Crypto
package import StrictCoding

/// A key that notes are verified with, made of its verifier key: `name+keyid+base64(0x01 || public key)` (C2SP
/// signed-note). Ed25519 only.
package struct NoteVerifier: Sendable {
    package let name: ByteString
    package let keyID: UInt32
    package let vkey: ByteString

    private let key: VerificationKey

    package init(vkey: ByteString) throws(NoteKeyError) {
        // Base64 has plus signs of its own: only the first two separate.
        let parts = vkey.bytes.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, NoteKeyName.isValid(parts[0]), let id = Hex.decode(parts[1]), id.count == 4,
            let typedKey = Base64.decode(parts[2]), let type = typedKey.first
        else { throw .malformed }
        guard type == NoteKeyName.ed25519 else { throw .unknownType(type) }
        let keyID = id.reduce(0) { $0 << 8 | UInt32($1) }
        guard keyID == NoteKeyName.id(name: Array(parts[0]), typedKey: typedKey) else { throw .wrongKeyID }
        do {
            key = try VerificationKey(ed25519: Array(typedKey.dropFirst()))
        } catch {
            throw .malformed
        }
        name = ByteString(parts[0])
        self.keyID = keyID
        self.vkey = vkey
    }

    /// Whether this key made the signature of `text`.
    package func verifies(_ signature: NoteSignature, of text: [UInt8]) -> Bool {
        isNamed(by: signature) && key.verify(signature: signature.signature, message: text, scheme: .ed25519)
    }

    func isNamed(by signature: NoteSignature) -> Bool {
        signature.keyID == keyID && signature.name == name
    }
}

extension SignedNote {
    /// Comes back when at least one of the keys signed this and every signature in the name of one of them is right.
    /// Signatures by others are ignored.
    package func verify(by verifiers: [NoteVerifier]) throws(NoteError) {
        var isSigned = false
        for signature in signatures {
            guard let verifier = verifiers.first(where: { $0.isNamed(by: signature) }) else { continue }
            guard verifier.verifies(signature, of: text) else { throw .badSignature }
            isSigned = true
        }
        guard isSigned else { throw .unknownKey }
    }
}

/// Why a text is not a verifier key.
package enum NoteKeyError: Error, Equatable, Sendable {
    case malformed
    /// The key id is not that of the name and the public key: one of the three was mistyped.
    case wrongKeyID
    /// A key for another kind of signature than Ed25519's.
    case unknownType(UInt8)
    /// Empty, or with white space or a plus.
    case invalidName
}
