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
    private var bytes = UnreadBytes()

    init(limits: CodecLimits) {
        parser = RequestParser(limits: limits)
    }

    /// Bytes received and not looked at yet.
    var count: Int { bytes.count }
    var isEmpty: Bool { bytes.isEmpty }

    mutating func append(_ buffer: ByteBuffer) {
        bytes.append(buffer)
    }

    /// The next item; asked for content's end also when no bytes are left, because a request may end with its head.
    mutating func next() -> Item {
        while true {
            let consumed: Int
            let event: RequestEvent?
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
                return .head(head)
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

    /// Forgets what was received.
    mutating func drop() {
        bytes.drop()
    }
}
