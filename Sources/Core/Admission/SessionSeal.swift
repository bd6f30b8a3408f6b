package import Crypto
package import Identity
package import StrictCoding

/// Binds an MCP server's `Mcp-Session-Id` to the principal that received it.
///
/// The client gets the server's id sealed (AES-256-GCM, base64url); the principal and the server are authenticated with
/// it, so that an id that was stolen, guessed or planted opens for nobody else and answers 404, as an unknown one does.
/// Nothing is stored: any gateway with the same key directory opens it.
package struct SessionSeal: Sendable {
    /// Longer server ids are refused: sealed they would not fit the headers of ordinary servers.
    package static let longestID = 1_024

    private let key: SecretBytes

    package init(key: SecretBytes) {
        self.key = key
    }

    package func seal(_ id: [UInt8], server: ByteString, principal: Principal) -> [UInt8]? {
        guard Self.isVisible(id), id.count <= Self.longestID else { return nil }
        return Base64URL.encode(AESGCM.seal(id, key: key, aad: binding(server, principal)))
    }

    package func open(_ sealed: [UInt8], server: ByteString, principal: Principal) -> [UInt8]? {
        guard sealed.count <= 2 * Self.longestID, let box = try? Base64URL.decode(sealed),
            let id = AESGCM.open(box, key: key, aad: binding(server, principal)), Self.isVisible(id)
        else { return nil }
        return id
    }

    private func binding(_ server: ByteString, _ principal: Principal) -> [UInt8] {
        Array("bulla mcp session\0".utf8) + server.bytes + [0] + principal.bindingDigest()
    }

    /// Visible ASCII, as the transport demands of session ids (MCP 2025-11-25, session management).
    private static func isVisible(_ id: [UInt8]) -> Bool {
        !id.isEmpty && id.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
