import HTTPCodec
import NIOCore

/// The receiving side of an upstream connection: bytes in, responses out.
struct ResponseIntake {
    enum Item {
        case head(ResponseHead)
        case content(ByteBuffer)
        case end
        case refused(WireError)
        /// More bytes are needed.
        case starved
    }

    private var parser: ResponseParser
    private var bytes = ByteBuffer()

    init(limits: CodecLimits, answering method: Method) {
        parser = ResponseParser(limits: limits, answering: method)
    }

    var isEmpty: Bool { bytes.readableBytes == 0 }

    mutating func expect(answering method: Method) {
        parser.expect(answering: method)
    }

    mutating func append(_ buffer: ByteBuffer) {
        if isEmpty {
            bytes = buffer
        } else {
            bytes.writeImmutableBuffer(buffer)
        }
    }

    mutating func next() -> Item {
        while true {
            let consumed: Int
            let event: ResponseEvent?
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
                if !head.isInformational { return .head(head) }
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

    /// The peer closed properly: whether that is the end of the response.
    mutating func close() -> Item {
        do throws(WireError) {
            return try parser.finish() == .end ? .end : .starved
        } catch {
            return .refused(error)
        }
    }

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
