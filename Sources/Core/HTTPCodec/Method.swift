/// A request method (RFC 9110, section 9), compared by case as the RFC demands: `get` is `.other`.
package enum Method: Hashable, Sendable {
    case get, post, delete, options, head, put, patch, connect, trace
    /// Any other token; the bytes are never one of the names above.
    case other([UInt8])

    /// The method with exactly these bytes, which the caller knows to be a token.
    init(token: UnsafeBufferPointer<UInt8>) {
        self =
            switch token.count {
            case 3 where token.equals("GET"): .get
            case 3 where token.equals("PUT"): .put
            case 4 where token.equals("POST"): .post
            case 4 where token.equals("HEAD"): .head
            case 5 where token.equals("PATCH"): .patch
            case 5 where token.equals("TRACE"): .trace
            case 6 where token.equals("DELETE"): .delete
            case 7 where token.equals("OPTIONS"): .options
            case 7 where token.equals("CONNECT"): .connect
            default: .other([UInt8](token))
            }
    }

    /// The method of that name, or nil where the bytes are not a token (RFC 9110, section 5.6.2).
    package init?(_ name: some Sequence<UInt8>) {
        let bytes = [UInt8](name)
        guard !bytes.isEmpty, bytes.allSatisfy({ $0.isToken }) else { return nil }
        self = bytes.withUnsafeBufferPointer { Method(token: $0) }
    }

    /// The name as sent.
    package var name: [UInt8] {
        switch self {
        case .other(let bytes): bytes
        default: [UInt8](staticBytes: knownName)
        }
    }

    /// How long the name is.
    var count: Int {
        if case .other(let bytes) = self { bytes.count } else { knownName.utf8CodeUnitCount }
    }

    /// Writes the name to a request line.
    func write(to output: inout HeadWriter) {
        if case .other(let bytes) = self { output.write(bytes) } else { output.write(knownName) }
    }

    private var knownName: StaticString {
        switch self {
        case .get: "GET"
        case .post: "POST"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .head: "HEAD"
        case .put: "PUT"
        case .patch: "PATCH"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .other: preconditionFailure("another method names itself")
        }
    }
}
