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
    private var bytes = UnreadBytes()

    init(limits: CodecLimits, answering method: Method) {
        parser = ResponseParser(limits: limits, answering: method)
    }

    var isEmpty: Bool { bytes.isEmpty }

    mutating func expect(answering method: Method) {
        parser.expect(answering: method)
    }

    mutating func append(_ buffer: ByteBuffer) {
        bytes.append(buffer)
    }

    mutating func next() -> Item {
        while true {
            let consumed: Int
            let event: ResponseEvent?
            do throws(WireError) {
                (consumed, event) = try bytes.buffer.withUnsafeReadableBytes { (input) throws(WireError) in
                    try parser.next(input)
                }
            } catch {
                drop()
                return .refused(error)
            }
            switch event {
            case .head(let head):
                bytes.consume(consumed)
                if !head.isInformational { return .head(head) }
            case .body(let range):
                let content = bytes.content(range)
                bytes.consume(consumed)
                return .content(content)
            case .end:
                bytes.consume(consumed)
                return .end
            case nil:
                bytes.consume(consumed)
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
        bytes.drop()
    }
}
