/// Takes the chunked transfer coding off (RFC 9112, section 7.1), each octet once, cut anywhere.
///
///     size ─▶ (space ─▶ extensions)* ─CR─▶ sizeLineFeed ─▶ data ─▶ dataReturn ─▶ dataLineFeed ─▶ size
///                                               └─size 0─▶ trailers ─▶ (done)
///
/// Extensions are held to their grammar, counted and dropped; trailer fields are held to theirs, counted and dropped,
/// so that none can pass for a header field. White space after a size is accepted only before an extension, as the
/// grammar has it.
struct ChunkedDecoder: Sendable {
    private enum State: Sendable {
        case size, space, extensionStart, extensionName, afterName, valueStart, value, quoted, escaped, afterQuoted
        case sizeLineFeed, data, dataReturn, dataLineFeed, trailers, done
    }

    private var state = State.size
    private var digits = 0
    /// The size being read, then what is left of the chunk.
    private var remaining = 0
    private var lineBytes = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailers: FieldScanner
    private let lineLimit: Int
    private let extensionLimit: Int
    private let trailerLimit: Int

    init(limits: CodecLimits) {
        trailers = FieldScanner(limit: limits.headerFields, recording: false)
        lineLimit = limits.chunkLineBytes
        extensionLimit = limits.chunkExtensionBytes
        trailerLimit = limits.trailerBytes
    }

    /// Reads on until content, the end of the message, or the end of the input.
    mutating func next(
        _ bytes: UnsafePointer<UInt8>, from position: inout Int, to end: Int
    ) throws(WireError) -> BodyStep {
        while position < end {
            switch state {
            case .data:
                let start = position
                let taken = min(remaining, end - start)
                position += taken
                remaining -= taken
                if remaining == 0 { state = .dataReturn }
                return .content(start..<position)
            case .dataReturn:
                guard bytes[position] == 0x0d else { throw .malformedChunk }
                position += 1
                state = .dataLineFeed
            case .dataLineFeed:
                guard bytes[position] == 0x0a else { throw .malformedChunk }
                position += 1
                state = .size
            case .trailers:
                return try readTrailers(bytes, from: &position, to: end)
            case .done:
                return .end
            case .size, .space, .extensionStart, .extensionName, .afterName, .valueStart, .value, .quoted, .escaped,
                .afterQuoted, .sizeLineFeed:
                try readLine(bytes[position])
                position += 1
            }
        }
        return .needsMore
    }

    private mutating func readTrailers(
        _ bytes: UnsafePointer<UInt8>, from position: inout Int, to end: Int
    ) throws(WireError) -> BodyStep {
        let start = position
        let bound = start + min(end - start, trailerLimit - trailerBytes)
        var dropped: [FieldBlock.Slot] = []
        let isComplete = try trailers.scan(bytes, from: &position, to: bound, into: &dropped)
        trailerBytes += position - start
        if isComplete {
            state = .done
            return .end
        }
        guard trailerBytes < trailerLimit else { throw .trailersTooLarge }
        return .needsMore
    }

    /// One octet of the line that holds a chunk's size and extensions.
    private mutating func readLine(_ byte: UInt8) throws(WireError) {
        lineBytes += 1
        guard lineBytes <= lineLimit else { throw .malformedChunk }
        if state == .size {
            if let digit = byte.hexValue { return try addDigit(digit) }
            guard digits > 0 else { throw .malformedChunk }
        } else if state != .sizeLineFeed {
            extensionBytes += 1
            guard extensionBytes <= extensionLimit else { throw .chunkExtensionsTooLarge }
        }
        state = try ChunkedDecoder.following(state, byte)
        if state == .data { startContent() }
    }

    private mutating func addDigit(_ digit: UInt8) throws(WireError) {
        digits += 1
        guard digits <= 16, remaining <= Int.max >> 4 else { throw .malformedChunk }
        remaining = remaining << 4 | Int(digit)
    }

    private mutating func startContent() {
        if remaining == 0 { state = .trailers }
        digits = 0
        lineBytes = 0
    }

    /// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ) (RFC 9112, section 7.1.1), then CRLF.
    private static func following(_ state: State, _ byte: UInt8) throws(WireError) -> State {
        let isSpace = byte.isOptionalSpace
        switch (state, byte) {
        case (.size, 0x0d), (.extensionName, 0x0d), (.value, 0x0d), (.afterQuoted, 0x0d): return .sizeLineFeed
        case (.sizeLineFeed, 0x0a): return .data
        case (.size, UInt8(ascii: ";")), (.space, UInt8(ascii: ";")), (.extensionName, UInt8(ascii: ";")),
            (.afterName, UInt8(ascii: ";")), (.value, UInt8(ascii: ";")), (.afterQuoted, UInt8(ascii: ";")):
            return .extensionStart
        case (.size, _) where isSpace, (.space, _) where isSpace, (.value, _) where isSpace,
            (.afterQuoted, _) where isSpace:
            return .space
        case (.extensionStart, _) where isSpace: return .extensionStart
        case (.extensionStart, _) where byte.isToken, (.extensionName, _) where byte.isToken: return .extensionName
        case (.extensionName, UInt8(ascii: "=")), (.afterName, UInt8(ascii: "=")): return .valueStart
        case (.extensionName, _) where isSpace, (.afterName, _) where isSpace: return .afterName
        case (.valueStart, _) where isSpace: return .valueStart
        case (.valueStart, UInt8(ascii: "\"")): return .quoted
        case (.valueStart, _) where byte.isToken, (.value, _) where byte.isToken: return .value
        case (.quoted, UInt8(ascii: "\"")): return .afterQuoted
        case (.quoted, UInt8(ascii: "\\")): return .escaped
        case (.quoted, _) where !byte.isForbiddenInValue, (.escaped, _) where !byte.isForbiddenInValue: return .quoted
        default: throw .malformedChunk
        }
    }
}
