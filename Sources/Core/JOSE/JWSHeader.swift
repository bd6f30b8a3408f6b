package import StrictCoding

/// The protected header of a compact JWS (RFC 7515, section 4), as far as it may steer anything.
package struct JWSHeader: Sendable {
    static let identifierBytes = 255

    package let algorithm: Algorithm
    package let keyID: ByteString?
    package let type: ByteString?
    package let document: JSONDocument

    init(parsing bytes: [UInt8]) throws(JWSError) {
        do {
            document = try JSONDocument(parsing: bytes, limits: .header)
        } catch {
            throw .invalidHeader(error)
        }
        let root = document.root
        guard root.kind == .object else { throw .headerNotObject }
        guard root["enc"] == nil else { throw .encrypted }
        try Self.refuseForbidden(root)
        guard let name = root["alg"]?.text, let algorithm = Algorithm(name: name) else { throw .unsupportedAlgorithm }
        self.algorithm = algorithm
        keyID = try Self.plainText(root["kid"], .kid)
        type = try Self.plainText(root["typ"], .typ)
    }

    /// Presence is enough, whatever the value: `"crit": null` is refused as well.
    private static func refuseForbidden(_ root: JSONValue) throws(JWSError) {
        for (name, member) in forbidden where root[name] != nil {
            throw .forbiddenMember(member)
        }
    }

    private static let forbidden: [(StaticString, HeaderMember)] = [
        ("jku", .jku), ("jwk", .jwk), ("x5u", .x5u), ("x5c", .x5c), ("crit", .crit), ("b64", .b64), ("zip", .zip),
    ]

    private static func plainText(_ value: JSONValue?, _ member: HeaderMember) throws(JWSError) -> ByteString? {
        guard let value else { return nil }
        guard let text = value.text, text.isPlainText(limit: identifierBytes) else { throw .invalidMember(member) }
        return text
    }
}
