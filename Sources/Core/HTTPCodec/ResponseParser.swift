/// What a response parser found in its input.
package enum ResponseEvent: Sendable, Equatable {
    /// A final head, or an interim one (`isInformational`), after which another head follows.
    case head(ResponseHead)
    /// Content at these offsets of the input given with the call; never empty.
    case body(Range<Int>)
    /// The response is complete.
    case end
}

/// Reads the responses of one connection as strictly as `RequestParser` reads requests: an upstream may be hostile,
/// too.
///
///     awaiting ─▶ head ─▶ body ─▶ idle ──expect──▶ awaiting
///        └─────────┴───────┴──────┴────▶ refused
///
/// Call `next` until it answers without an event, as with `RequestParser`; call `expect` before each further request is
/// sent; call `finish` when the peer has closed. Octets that nobody asked for are refused.
package struct ResponseParser: Sendable {
    private enum Phase: Sendable {
        case awaiting(toHead: Bool, interim: Int)
        case body(BodyDecoder)
        case idle
        case refused(WireError)
    }

    private let limits: CodecLimits
    private var phase: Phase
    private var reader: HeadReader<StatusLineScanner>

    /// A parser that expects the response to one request with that method.
    package init(limits: CodecLimits = CodecLimits(), answering method: Method) {
        self.limits = limits
        phase = .awaiting(toHead: method == .head, interim: 0)
        reader = HeadReader(startLine: StatusLineScanner(), limits: limits)
    }

    /// Whether no response is expected or under way.
    package var isIdle: Bool {
        switch phase {
        case .idle: true
        case .awaiting, .body, .refused: false
        }
    }

    /// Expects the response to a further request; only while `isIdle`.
    package mutating func expect(answering method: Method) {
        precondition(isIdle, "one response at a time")
        phase = .awaiting(toHead: method == .head, interim: 0)
        reader = HeadReader(startLine: StatusLineScanner(), limits: limits)
    }

    /// Reads from the start of `input` to the first event: `consumed` octets are done with.
    package mutating func next(
        _ input: UnsafeRawBufferPointer
    ) throws(WireError) -> (consumed: Int, event: ResponseEvent?) {
        do {
            let bytes = input.bindMemory(to: UInt8.self)
            return try step(bytes.baseAddress ?? .none8, count: bytes.count)
        } catch {
            phase = .refused(error)
            throw error
        }
    }

    /// The peer has closed: `.end` for a response that lasted until now, nil where none was expected, else
    /// `.truncated`.
    package mutating func finish() throws(WireError) -> ResponseEvent? {
        switch phase {
        case .idle:
            return nil
        case .body(.untilClose):
            phase = .idle
            return .end
        case .awaiting, .body(.counting), .body(.chunked):
            phase = .refused(.truncated)
            throw .truncated
        case .refused(let error):
            throw error
        }
    }

    private mutating func step(
        _ bytes: UnsafePointer<UInt8>, count: Int
    ) throws(WireError) -> (consumed: Int, event: ResponseEvent?) {
        var position = 0
        switch phase {
        case .awaiting(let toHead, let interim):
            guard count > 0 else { return (0, nil) }
            let (consumed, fields) = try reader.read(bytes, count: count)
            guard let fields else { return (count, nil) }
            let head = try ResponseHead(line: reader.startLine, fields: fields, toHead: toHead)
            if head.isInformational {
                guard interim < limits.interimResponses else { throw .tooManyInterimResponses }
                phase = .awaiting(toHead: toHead, interim: interim + 1)
                reader = HeadReader(startLine: StatusLineScanner(), limits: limits)
            } else {
                phase = .body(BodyDecoder(head.framing, limits: limits))
            }
            return (consumed, .head(head))
        case .body(var decoder):
            let step = try decoder.next(bytes, from: &position, to: count)
            phase = .body(decoder)
            switch step {
            case .content(let range):
                return (position, .body(range))
            case .end:
                phase = .idle
                return (position, .end)
            case .needsMore:
                return (count, nil)
            }
        case .idle:
            guard count == 0 else { throw .unsolicitedResponse }
            return (0, nil)
        case .refused(let error):
            throw error
        }
    }
}
