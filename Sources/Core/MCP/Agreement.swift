import StrictCoding

/// Do the header fields and the body say the same? (2026-07-28, Streamable HTTP, "Server Validation")
enum Agreement {
    /// The era of a message, once header and body agree about it.
    static func era(
        of frame: Frame, _ parameters: Parameters, version fields: [ArraySlice<UInt8>]
    ) throws(MessageRefusal) -> Era {
        let header = try single(fields, .protocolVersion)
        guard let claimed = parameters.meta?["io.modelcontextprotocol/protocolVersion"] else {
            return try legacy(header)
        }
        guard let version = claimed.text else {
            throw MessageRefusal(.missingMetadata("`io.modelcontextprotocol/protocolVersion` must be a string"))
        }
        guard let header else { throw MessageRefusal(.missingField(.protocolVersion)) }
        guard header.elementsEqual(version.bytes) else { throw MessageRefusal(.fieldMismatch(.protocolVersion)) }
        switch ProtocolVersion(version) {
        case .modern: break
        // A legacy version in a modern request: header-routing servers would read it as legacy.
        case .legacy: throw MessageRefusal(.eraMismatch)
        case .laterModern, .unknown: throw MessageRefusal(.unsupportedVersion(version))
        }
        guard frame.method != "initialize" else { throw MessageRefusal(.eraMismatch) }
        try checkMetadata(of: frame, parameters)
        return .modern
    }

    /// `Mcp-Method` is the method, byte for byte.
    static func checkMethod(
        _ fields: [ArraySlice<UInt8>], of frame: Frame, era: Era
    ) throws(MessageRefusal) {
        guard let header = try single(fields, .method) else {
            if era == .modern, frame.requestID != nil { throw MessageRefusal(.missingField(.method)) }
            return
        }
        guard let method = frame.method, header.elementsEqual(method.bytes) else {
            throw MessageRefusal(.fieldMismatch(.method))
        }
    }

    /// `Mcp-Name` is the subject of the three methods that it mirrors, after decoding.
    static func checkName(
        _ fields: [ArraySlice<UInt8>], of frame: Frame, name: ByteString?, era: Era
    ) throws(MessageRefusal) {
        let header = try single(fields, .name)
        guard let method = frame.method, Subject.of(method)?.isMirrored == true else { return }
        guard let header else {
            if era == .modern, frame.requestID != nil { throw MessageRefusal(.missingField(.name)) }
            return
        }
        guard let decoded = SentinelValue.decode(header) else { throw MessageRefusal(.malformedField(.name)) }
        guard let name, decoded == name.bytes else { throw MessageRefusal(.fieldMismatch(.name)) }
    }

    /// Without modern `_meta`, the header must name a legacy revision or be absent (2025-03-26 had none).
    private static func legacy(_ header: ArraySlice<UInt8>?) throws(MessageRefusal) -> Era {
        guard let header else { return .legacy }
        switch ProtocolVersion(header) {
        case .legacy: return .legacy
        case .modern, .laterModern: throw MessageRefusal(.eraMismatch)
        case .unknown: throw MessageRefusal(.unknownLegacyVersion)
        }
    }

    /// A modern request names the client's capabilities; notifications have nothing to negotiate.
    private static func checkMetadata(of frame: Frame, _ parameters: Parameters) throws(MessageRefusal) {
        guard frame.requestID != nil else { return }
        guard parameters.meta?["io.modelcontextprotocol/clientCapabilities"]?.kind == .object else {
            throw MessageRefusal(.missingMetadata("`io.modelcontextprotocol/clientCapabilities` must be an object"))
        }
    }

    private static func single(
        _ fields: [ArraySlice<UInt8>], _ field: RoutingField
    ) throws(MessageRefusal) -> ArraySlice<UInt8>? {
        guard fields.count <= 1 else { throw MessageRefusal(.duplicateField(field)) }
        return fields.first
    }
}
