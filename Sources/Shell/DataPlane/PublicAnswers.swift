import Admission
import HTTPCodec
import HTTPWire
import StrictCoding

/// The answers that anybody may read, from memory: metadata and keys are there when the identity provider and the
/// servers are not.
enum PublicAnswers {
    static func document(_ document: PublicDocument, method: Method, epoch: Epoch) -> WholeResponse {
        var fields = FieldBlock(reservingBytes: 256, fields: 6)
        fields.append("Access-Control-Allow-Origin", "*")
        switch method {
        case .get, .head:
            fields.append("Content-Type", "application/json")
            // Short enough that a new key is known well before its first use.
            fields.append("Cache-Control", "public, max-age=300")
            return WholeResponse(status: 200, fields: fields, body: bytes(of: document, epoch))
        case .options:
            fields.append("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
            // SDKs send MCP-Protocol-Version even here, so browsers ask first.
            fields.append("Access-Control-Allow-Headers", "mcp-protocol-version, content-type, accept, authorization")
            fields.append("Access-Control-Max-Age", "600")
            return WholeResponse(status: 204, fields: fields)
        default:
            fields.append("Allow", "GET, HEAD, OPTIONS")
            return WholeResponse(status: 405, fields: fields)
        }
    }

    static func preflight(_ preflight: Preflight) -> WholeResponse {
        var fields = FieldBlock(reservingBytes: 512, fields: 6)
        fields.append("Access-Control-Allow-Origin", plain: preflight.origin.bytes, "the policy checks its origins")
        fields.append("Access-Control-Allow-Methods", "POST, GET, DELETE, OPTIONS")
        fields.append(
            "Access-Control-Allow-Headers", plain: preflight.allowedHeaders.bytes, "a preflight admits tokens only")
        fields.append("Access-Control-Max-Age", "600")
        fields.append("Vary", "Origin")
        return WholeResponse(status: 204, fields: fields)
    }

    private static func bytes(of document: PublicDocument, _ epoch: Epoch) -> [UInt8] {
        switch document {
        case .keys(.envelope): epoch.signers.envelope.keySet
        case .keys(.reissue): epoch.signers.reissue.keySet
        case .keys(.assertion): epoch.signers.assertion.keySet
        case .issuerMetadata(let purpose): SignerMetadata.document(purpose, epoch: epoch)
        case .metadata(let server): ResourceMetadata.document(server: server, epoch: epoch)
        }
    }
}
