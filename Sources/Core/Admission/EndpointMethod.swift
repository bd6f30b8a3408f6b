import HTTPCodec
import StrictCoding

/// The methods of an MCP endpoint (streamable HTTP): POST sends a message, GET opens a stream, DELETE ends a session.
package enum EndpointMethod: Sendable {
    case post, get, delete

    init(_ head: RequestHead) throws(Refusal) {
        switch head.method {
        case .post: self = .post
        case .get: self = .get
        case .delete: self = .delete
        default: throw .methodNotServed
        }
        if self != .post, head.framing.allowsContent { throw .bodyNotExpected }
    }

    var method: Method {
        switch self {
        case .post: .post
        case .get: .get
        case .delete: .delete
        }
    }
}

/// The form in which a message must arrive so that the gateway reads what the server will read.
enum MessageForm {
    static func check(_ fields: FieldBlock) throws(Refusal) {
        // A body that only the server decodes is one that the policy never saw.
        for value in fields.all("content-encoding") where !value.equalsIgnoringASCIICase("identity") {
            throw .contentEncoded
        }
        let types = fields.all("content-type")
        guard types.count == 1, let type = types.first, isJSON(type) else { throw .contentTypeNotJSON }
    }

    /// `application/json`, perhaps with `charset=utf-8`, which is the only encoding of JSON (RFC 8259, section 8.1).
    private static func isJSON(_ value: ArraySlice<UInt8>) -> Bool {
        if value.equalsIgnoringASCIICase("application/json") { return true }
        let parts = value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
            $0.trimmingSpacesAndTabs()
        }
        guard let type = parts.first, type.equalsIgnoringASCIICase("application/json") else { return false }
        return parts.dropFirst().allSatisfy {
            $0.equalsIgnoringASCIICase("charset=utf-8") || $0.equalsIgnoringASCIICase("charset=\"utf-8\"")
        }
    }
}
