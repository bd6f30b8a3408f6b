package import Crypto
package import StrictCoding

/// A key that signs notes with Ed25519 in its name.
package struct NoteSigner: Sendable {
    package let name: ByteString
    package let keyID: UInt32

    private let key: Ed25519SigningKey

    package init(name: ByteString, key: Ed25519SigningKey) throws(NoteKeyError) {
        guard NoteKeyName.isValid(name.bytes[...]) else { throw .invalidName }
        self.name = name
        self.key = key
        keyID = NoteKeyName.id(name: name.bytes, typedKey: Self.typed(key))
    }

    /// The verifier key that verifies what this signs.
    package var vkey: ByteString {
        let id = Hex.encode(NoteKeyName.bytes(keyID))
        return ByteString(name.bytes + [0x2B] + id + [0x2B] + Self.vkeyEnding(of: key).bytes)
    }

    /// What the verifier keys of every log end with that this key signs checkpoints of: type and public key in Base64.
    package static func vkeyEnding(of key: Ed25519SigningKey) -> ByteString {
        ByteString(Base64.encode(typed(key)))
    }

    /// - Parameter text: without control characters but line feeds, the last of which is at its end.
    package func sign(_ text: [UInt8]) throws(CryptoError) -> SignedNote {
        precondition(text.last == 0x0A, "the text of a note ends with a line feed")
        let signature = NoteSignature(name: name, keyID: keyID, signature: try key.sign(text))
        return SignedNote(text: text, signatures: [signature])
    }

    package func sign(_ checkpoint: Checkpoint) throws(CryptoError) -> SignedNote {
        try sign(checkpoint.text)
    }

    private static func typed(_ key: Ed25519SigningKey) -> [UInt8] {
        [NoteKeyName.ed25519] + key.publicKey
    }
}
