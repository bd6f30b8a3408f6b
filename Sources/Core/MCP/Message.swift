package import StrictCoding

/// One JSON-RPC message from a client, read strictly enough that every other reader sees the same method, name and
/// arguments. Only `MessageInspector` makes one.
package final class Message: Sendable {
    /// What kind of message this is, with what it carries.
    package enum Kind: Sendable {
        /// Asks for an answer; `id` is the raw JSON text, a string with its quotes or an integer.
        case request(id: ArraySlice<UInt8>)
        /// Wants no answer.
        case notification
        /// Answers a request of the server (legacy only).
        case response(id: ArraySlice<UInt8>)
    }

    package let kind: Kind
    package let era: Era
    /// The method; nil for a response.
    package let method: ByteString?
    /// What the method is about: `params.name` of `tools/call` and `prompts/get`, `params.uri` of `resources/read`,
    /// `resources/subscribe` and `resources/unsubscribe`; nil for other methods.
    package let name: ByteString?
    /// The whole message.
    package let document: JSONDocument
    /// The object in `params.arguments`; nil when there is none.
    package let arguments: JSONValue?
    /// Trace context inside `params._meta`.
    package let trace: TraceMetadata

    init(
        kind: Kind, era: Era, method: ByteString?, name: ByteString?, document: JSONDocument, arguments: JSONValue?,
        trace: TraceMetadata
    ) {
        self.kind = kind
        self.era = era
        self.method = method
        self.name = name
        self.document = document
        self.arguments = arguments
        self.trace = trace
    }

    /// The raw JSON id to answer to; nil when no answer is wanted.
    package var requestID: ArraySlice<UInt8>? {
        switch kind {
        case .request(let id): id
        case .notification, .response: nil
        }
    }

    /// Whether the message asks to be told something and nothing else, so that sending it twice does no more than
    /// sending it once.
    package var isOnlyReading: Bool {
        guard let method else { return false }
        return Self.reading.contains(method)
    }

    private static let reading: Set<ByteString> = [
        "ping", "initialize", "server/discover", "tools/list", "prompts/list", "resources/list",
        "resources/templates/list", "resources/read", "prompts/get",
    ]

    /// The argument called exactly `name`; nil when absent.
    package func argument(_ name: ByteString) -> JSONValue? {
        arguments?.member(name)
    }

    /// Another argument whose name differs from `name` only in case, separators or what follows a NUL, which some
    /// server would take for it. Whoever judges an argument refuses the call when there is one.
    package func lookalike(ofArgument name: ByteString) -> ByteString? {
        let folded = FoldedName(name, ignoringSeparators: true)
        guard let arguments else { return nil }
        for case let other? in arguments.names.lazy.map(\.text)
        where other != name && FoldedName(other, ignoringSeparators: true) == folded {
            return other
        }
        return nil
    }
}
