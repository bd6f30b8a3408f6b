/// What a request parser found in its input.
package enum RequestEvent: Sendable, Equatable {
    case head(RequestHead)
    /// Content at these offsets of the input given with the call; never empty.
    case body(Range<Int>)
    /// The request is complete.
    case end
}

/// Reads the requests of one connection, strictly by RFC 9112, without ever waiting, buffering content or doing IO.
///
///     between ─▶ head ─▶ body ─▶ between │ closed
///        └────────┴───────┴────▶ refused
///
/// Call `next` with the unread input until it answers without an event; then all of the input was consumed, and the
/// next call is due when there is more. Call it also right after a head or content, with whatever is left, though that
/// be nothing: `.end` needs no octet of its own. Events do not depend on how the input was cut, but for the cuts of
/// content.
///
/// One CRLF before a request line is skipped (RFC 9112, section 2.2). After a request that does not keep the connection
/// all further octets are consumed and ignored (section 9.6). After an error every call throws it again.
package struct RequestParser: Sendable {
    private enum Phase: Sendable {
        case between(LeadingLine)
        case head
        case body(BodyDecoder, keepAlive: Bool)
        case closed
        case refused(WireError)
    }

    private enum LeadingLine: Sendable { case none, carriageReturn, complete }

    private let limits: CodecLimits
    private var phase = Phase.between(.none)
    private var reader: HeadReader<RequestLineScanner>

    package init(limits: CodecLimits = CodecLimits()) {
        self.limits = limits
        reader = HeadReader(startLine: RequestLineScanner(limits: limits), limits: limits)
    }

    /// Whether no octet of a next request has arrived, so that closing the connection now cuts nothing short.
    package var isBetweenRequests: Bool {
        switch phase {
        case .between(.none), .between(.complete), .closed: true
        case .between(.carriageReturn), .head, .body, .refused: false
        }
    }

    /// Reads from the start of `input` to the first event: `consumed` octets are done with.
    package mutating func next(
        _ input: UnsafeRawBufferPointer
    ) throws(WireError) -> (consumed: Int, event: RequestEvent?) {
        do {
            let bytes = input.bindMemory(to: UInt8.self)
            return try step(bytes.baseAddress ?? .none8, count: bytes.count)
        } catch {
            phase = .refused(error)
            throw error
        }
    }

    private mutating func step(
        _ bytes: UnsafePointer<UInt8>, count: Int
    ) throws(WireError) -> (consumed: Int, event: RequestEvent?) {
        var position = 0
        while true {
            switch phase {
            case .between(let leading):
                guard position < count else { return (count, nil) }
                try startRequest(bytes[position], after: leading, at: &position)
            case .head:
                let (consumed, fields) = try reader.read(bytes + position, count: count - position)
                position += consumed
                guard let fields else { return (count, nil) }
                let head = try RequestHead(line: reader.startLine, fields: fields)
                phase = .body(BodyDecoder(head.framing, limits: limits), keepAlive: head.keepAlive)
                return (position, .head(head))
            case .body(var decoder, let keepAlive):
                let step = try decoder.next(bytes, from: &position, to: count)
                phase = .body(decoder, keepAlive: keepAlive)
                switch step {
                case .content(let range):
                    return (position, .body(range))
                case .end:
                    phase = keepAlive ? .between(.none) : .closed
                    return (position, .end)
                case .needsMore:
                    return (count, nil)
                }
            case .closed:
                return (count, nil)
            case .refused(let error):
                throw error
            }
        }
    }

    private mutating func startRequest(
        _ byte: UInt8, after leading: LeadingLine, at position: inout Int
    ) throws(WireError) {
        switch (leading, byte) {
        case (.none, 0x0d):
            position += 1
            phase = .between(.carriageReturn)
        case (.carriageReturn, 0x0a):
            position += 1
            phase = .between(.complete)
        case (.carriageReturn, _):
            throw .bareCarriageReturn
        case (.none, _), (.complete, _):
            reader = HeadReader(startLine: RequestLineScanner(limits: limits), limits: limits)
            phase = .head
        }
    }
}

extension UnsafePointer<UInt8> {
    /// Stands in for the address of an empty buffer; never read.
    static var none8: UnsafePointer<UInt8> { UnsafePointer(bitPattern: 1)! }
}
