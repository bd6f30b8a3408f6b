/// What a piece of input meant to the content of a message.
enum BodyStep {
    /// Octets of content, at these offsets of the input; never empty.
    case content(Range<Int>)
    /// The content, with its framing, is complete.
    case end
    /// All of the input was read.
    case needsMore
}

/// Finds the content of one message in its octets, without copying it.
enum BodyDecoder: Sendable {
    case counting(remaining: Int)
    case chunked(ChunkedDecoder)
    case untilClose

    init(_ framing: BodyFraming, limits: CodecLimits) {
        switch framing {
        case .none: self = .counting(remaining: 0)
        case .length(let length): self = .counting(remaining: length)
        case .chunked: self = .chunked(ChunkedDecoder(limits: limits))
        case .untilClose: self = .untilClose
        }
    }

    mutating func next(
        _ bytes: UnsafePointer<UInt8>, from position: inout Int, to end: Int
    ) throws(WireError) -> BodyStep {
        switch self {
        case .counting(remaining: 0):
            return .end
        case .counting(let remaining):
            let taken = min(remaining, end - position)
            guard taken > 0 else { return .needsMore }
            self = .counting(remaining: remaining - taken)
            position += taken
            return .content(position - taken..<position)
        case .chunked(var decoder):
            let step = try decoder.next(bytes, from: &position, to: end)
            self = .chunked(decoder)
            return step
        case .untilClose:
            guard position < end else { return .needsMore }
            let start = position
            position = end
            return .content(start..<end)
        }
    }
}
