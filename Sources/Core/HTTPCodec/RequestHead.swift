/// A request head that passed every check of its syntax and framing.
///
/// There is exactly one well-formed `Host` in HTTP/1.1 and at most one in 1.0; the target has the form that its method
/// calls for, but its path is only understood by `Target`.
package struct RequestHead: Sendable, Equatable {
    package let method: Method
    package let version: HTTPVersion
    /// The request target as received: visible ASCII, not empty.
    package let target: ArraySlice<UInt8>
    package let fields: FieldBlock
    /// `.none`, `.length` or `.chunked`.
    package let framing: BodyFraming
    package let connection: ConnectionOptions
    /// What the `Host` field names; nil only in HTTP/1.0.
    package let host: Authority?
    /// The client holds its content back until a 100 (Continue): only where there is content, and not in HTTP/1.0.
    package let expectsContinue: Bool

    /// Whether another request may follow on the connection.
    package var keepAlive: Bool { connection.persists(in: version) }
}

extension RequestHead {
    /// The head that a complete, well-formed request line and header section amount to.
    init(line: RequestLineScanner, fields: FieldBlock) throws(WireError) {
        let method = fields.bytes.withUnsafeBufferPointer {
            Method(token: UnsafeBufferPointer(rebasing: $0[0..<line.methodEnd]))
        }
        // A tunnel through this gateway would carry what no policy has seen.
        if method == .connect { throw .unsupportedMethod }
        let target = fields.bytes[line.targetStart..<line.targetEnd]
        guard Target.hasKnownForm(target, for: method) else { throw .malformedTarget }
        let read = try MessageFields(fields, version: line.version, isRequest: true)
        let framing: BodyFraming = read.isChunked ? .chunked : read.contentLength.map { .length($0) } ?? .none
        self.init(
            method: method, version: line.version, target: target, fields: fields, framing: framing,
            connection: read.connection, host: read.host,
            expectsContinue: read.expectsContinue && line.version == .http11 && framing.allowsContent)
    }
}
