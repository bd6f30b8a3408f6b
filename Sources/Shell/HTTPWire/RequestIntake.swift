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
            let parsed = parse()
            switch parsed {
            case .failure(let error):
                drop()
                return .refused(error)
            case .success(let (consumed, event)):
                let content = event.flatMap(body)
                bytes.moveReaderIndex(forwardBy: consumed)
                // An empty intake holds on to no socket buffer.
                if isEmpty { drop() }
                switch event {
                case .head(let head): return .head(head)
                case .body: if let content { return .content(content) }
                case .end: return .end
                case nil: return .starved
                }
            }
        }
    }

    /// Forgets what was received.
    mutating func drop() {
        bytes = ByteBuffer()
    }

    private mutating func parse() -> Result<(consumed: Int, event: RequestEvent?), WireError> {
        bytes.withUnsafeReadableBytes { input in
            do throws(WireError) { return .success(try parser.next(input)) } catch { return .failure(error) }
        }
    }

    private func body(of event: RequestEvent) -> ByteBuffer? {
        guard case .body(let range) = event else { return nil }
        return bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count)
    }
}
