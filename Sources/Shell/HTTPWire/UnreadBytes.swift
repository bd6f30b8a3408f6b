import NIOCore

/// What a connection received and its parser has not taken yet: no more than one read's worth between two requests or
/// responses.
struct UnreadBytes {
    private(set) var buffer = ByteBuffer()

    var count: Int { buffer.readableBytes }
    var isEmpty: Bool { buffer.readableBytes == 0 }

    mutating func append(_ received: ByteBuffer) {
        if isEmpty {
            buffer = received
        } else {
            buffer.writeImmutableBuffer(received)
        }
    }

    /// Forgets what was received.
    mutating func drop() {
        buffer = ByteBuffer()
    }

    /// Done with so many bytes; when none are left, no socket buffer is held on to.
    mutating func consume(_ count: Int) {
        if count == buffer.readableBytes { drop() } else { buffer.moveReaderIndex(forwardBy: count) }
    }

    /// A part of the bytes, sharing their memory.
    func content(_ range: Range<Int>) -> ByteBuffer {
        if range.upperBound == buffer.readableBytes {
            var content = buffer
            content.moveReaderIndex(forwardBy: range.lowerBound)
            return content
        }
        guard let content = buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count) else {
            preconditionFailure("content lies within what was parsed")
        }
        return content
    }
}
