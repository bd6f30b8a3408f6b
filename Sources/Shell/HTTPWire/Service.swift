package import HTTPCodec

/// A whole request to a small service.
package struct ServiceRequest: Sendable {
    package let method: Method
    /// Normalised and visible ASCII (`Target.path`).
    package let path: String
    /// Raw, without the question mark.
    package let query: [UInt8]?
    package let fields: FieldBlock
    package let body: [UInt8]

    package init(
        method: Method, path: String, query: [UInt8]? = nil, fields: FieldBlock = FieldBlock(), body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
    }
}

/// What a small service answers.
package struct ServiceResponse: Sendable {
    package enum Content: Sendable {
        case whole([UInt8])
        /// Each element leaves as it comes, for server-sent events. Iterating it is cancelled when the client goes
        /// away.
        case stream(AsyncStream<[UInt8]>)
    }

    package var status: Int
    /// Names are tokens and values hold no control characters, or the answer is a 500.
    package var fields: [(String, String)]
    package var content: Content

    package init(status: Int, fields: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        content = .whole(body)
    }

    package init(status: Int, fields: [(String, String)] = [], stream: AsyncStream<[UInt8]>) {
        self.status = status
        self.fields = fields
        content = .stream(stream)
    }
}

/// Answers requests one by one, off the loop, in no particular order between connections.
package typealias Service = @Sendable (ServiceRequest) async -> ServiceResponse
