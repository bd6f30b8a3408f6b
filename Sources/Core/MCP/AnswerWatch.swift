import StrictCoding

/// Watches the answer to one JSON-RPC request pass by, and says when it was given.
///
/// In an event stream other messages may come before the response, and the stream may stay open after it. Any other
/// body is the answer as a whole, which is given when the body ends: the watch says nothing of it. Nor does it where
/// the response cannot be read strictly, or is longer than messages may be; the end of the stream is the answer then.
package struct AnswerWatch: Sendable {
    private enum Phase {
        case watching(EventStream)
        case answered
        /// The end of the body will be the answer.
        case resting
    }

    private let id: MessageID?
    private let limits: JSONLimits
    private var phase: Phase

    /// - Parameter requestID: the raw JSON of the request's id.
    package init(requestID: [UInt8], isEventStream: Bool) {
        self.init(requestID: requestID, isEventStream: isEventStream, limits: .message)
    }

    /// - Parameter limits: of one message in the stream.
    init(requestID: [UInt8], isEventStream: Bool, limits: JSONLimits) {
        id = MessageID(raw: requestID)
        self.limits = limits
        phase = isEventStream && id != nil ? .watching(EventStream(mostBytes: limits.bytes)) : .resting
    }

    /// The next bytes of the body. `true` from the moment when the response has been seen whole.
    package mutating func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch phase {
        case .resting: return false
        case .answered: return true
        case .watching(var stream):
            // The stream's buffer stays unique while it grows.
            phase = .resting
            var index = 0
            while let event = stream.next(bytes, from: &index) {
                guard !isAnswer(event) else {
                    phase = .answered
                    return true
                }
            }
            phase = .watching(stream)
            return false
        }
    }

    package mutating func received(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { received($0) }
    }

    private func isAnswer(_ event: [UInt8]) -> Bool {
        guard let root = try? JSONDocument(parsing: event, limits: limits).root else { return false }
        // Batches exist in revision 2025-03-26.
        return root.elements?.contains(where: isResponse) ?? isResponse(root)
    }

    private func isResponse(_ message: JSONValue) -> Bool {
        guard message["method"] == nil, message["result"] != nil || message["error"] != nil,
            let answered = message["id"]
        else { return false }
        return MessageID(answered) == id
    }
}
