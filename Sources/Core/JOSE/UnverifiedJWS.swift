package import StrictCoding

/// A compact JWS (RFC 7515, section 7.1) whose form was checked and whose signature was not.
///
/// All that can be done with it is to look for a key and `verify`; its claims cannot be read. The header is what the
/// sender says: good for finding a key, proof of nothing.
package struct UnverifiedJWS: Sendable {
    /// Above what access tokens need (group lists make 6 KiB), below what a header line carries.
    package static let tokenBytes = 8 << 10

    package let header: JWSHeader

    /// Header and payload as they were signed: everything before the second dot.
    let signingInput: [UInt8]
    let payload: [UInt8]
    let signature: [UInt8]

    /// Reads three parts in canonical base64url, the first of them a header. A token longer than `limit` bytes is
    /// refused unread.
    package init(compact: [UInt8], limit: Int = tokenBytes) throws(JWSError) {
        guard compact.count <= limit else { throw .tooLarge(bytes: compact.count) }
        let parts = compact.split(separator: UInt8(ascii: "."), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count != 5 else { throw .encrypted }
        guard parts.count == 3 else { throw .malformed }
        header = try JWSHeader(parsing: Self.decoded(parts[0]))
        payload = try Self.decoded(parts[1])
        signature = try Self.decoded(parts[2])
        signingInput = Array(compact[..<parts[1].endIndex])
    }

    package var algorithm: Algorithm { header.algorithm }
    package var keyID: ByteString? { header.keyID }

    func parsedPayload() throws(JWSError) -> JSONDocument {
        let limits = JSONLimits(bytes: payload.count, depth: JSONLimits.token.depth, members: JSONLimits.token.members)
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: payload, limits: limits)
        } catch {
            throw .invalidPayload(error)
        }
        guard document.root.kind == .object else { throw .payloadNotObject }
        return document
    }

    private static func decoded(_ part: ArraySlice<UInt8>) throws(JWSError) -> [UInt8] {
        do {
            return try Base64URL.decode(part)
        } catch {
            throw .invalidBase64(error)
        }
    }
}
