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
            switch parse() {
            case .failure(let error):
                drop()
                return .refused(error)
            case .success(let (consumed, event)):
                let content = event.flatMap(body)
                bytes.moveReaderIndex(forwardBy: consumed)
                if isEmpty { drop() }
                switch event {
                case .head(let head): if !head.isInformational { return .head(head) }
                case .body: if let content { return .content(content) }
                case .end: return .end
                case nil: return .starved
                }
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

    private mutating func parse() -> Result<(consumed: Int, event: ResponseEvent?), WireError> {
        bytes.withUnsafeReadableBytes { input in
            do throws(WireError) { return .success(try parser.next(input)) } catch { return .failure(error) }
        }
    }

    private func body(of event: ResponseEvent) -> ByteBuffer? {
        guard case .body(let range) = event else { return nil }
        return bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count)
    }
}
