import HTTPCodec
import NIOCore

/// The receiving side of a server connection: bytes in, requests out, and in between no more than one read's worth of
/// bytes.
struct RequestIntake {
    enum Item {
        case head(RequestHead)
        case content(ByteBuffer)
        case end
        case refused(WireError)
        /// More bytes are needed.
        case starved
    }

    private var parser: RequestParser
    private var bytes = ByteBuffer()

    init(limits: CodecLimits) {
        parser = RequestParser(limits: limits)
    }

    /// Bytes received and not looked at yet.
    var count: Int { bytes.readableBytes }
    var isEmpty: Bool { bytes.readableBytes == 0 }

    mutating func append(_ buffer: ByteBuffer) {
        if isEmpty {
            bytes = buffer
        } else {
            bytes.writeImmutableBuffer(buffer)
        }
    }

    /// The next item; asked for content's end also when no bytes are left, because a request may end with its head.
    mutating func next() -> Item {
        while true {
            let consumed: Int
            let event: RequestEvent?
            do throws(WireError) {
                (consumed, event) = try bytes.withUnsafeReadableBytes { (input) throws(WireError) in
                    try parser.next(input)
                }
            } catch {
                drop()
                return .refused(error)
            }
            switch event {
            case .head(let head):
                consume(consumed)
                return .head(head)
            case .body(let range):
                let content = content(range)
                consume(consumed)
                return .content(content)
            case .end:
                consume(consumed)
                return .end
            case nil:
                consume(consumed)
                return .starved
            }
        }
    }

    /// Forgets what was received.
    mutating func drop() {
        bytes = ByteBuffer()
    }

    /// Done with so many bytes; an empty intake holds on to no socket buffer.
    private mutating func consume(_ count: Int) {
        if count == bytes.readableBytes { drop() } else { bytes.moveReaderIndex(forwardBy: count) }
    }

    private func content(_ range: Range<Int>) -> ByteBuffer {
        guard let content = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count) else {
            preconditionFailure("content lies within what was parsed")
        }
        return content
    }
}
