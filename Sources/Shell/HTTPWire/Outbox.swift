import HTTPCodec
import NIOCore

/// What a connection is about to send: small pieces are gathered into one buffer, large ones go by reference, and all
/// of them leave in one `writev` at the next flush.
///
/// A class, because a write can call back into the connection (writability, a failed channel) before it returns.
final class Outbox {
    /// Copying less than this costs less than one more piece for the kernel.
    private static let largestCopied = 8 * 1024
    private static let largestGathered = 32 * 1024

    private let shelf: BufferShelf
    @exclusivity(unchecked) private var gathered: ByteBuffer?
    /// Bytes handed to the channel since they were last taken.
    @exclusivity(unchecked) private var sent = 0

    /// Bytes that were appended since they were last taken.
    var unflushed: Int { sent + (gathered?.readableBytes ?? 0) }

    init(shelf: BufferShelf) {
        self.shelf = shelf
    }

    /// Appends bytes that are copied whatever their size: heads and framing.
    func append(_ bytes: [UInt8]) {
        withGathered { _ = $0.writeBytes(bytes) }
    }

    /// Appends what `write` writes to memory of that size, and says the length of.
    @inline(__always)
    func append(upTo size: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
        withGathered { _ = $0.writeWithUnsafeMutableBytes(minimumWritableBytes: size, write) }
    }

    private func appendSizeLine(_ size: Int) {
        shelf.withScratch { bytes in
            ChunkSerializer.appendSizeLine(size, to: &bytes)
            append(bytes)
        }
    }

    /// Appends content; a large piece is handed to the channel at once, without a flush.
    func append(_ content: ByteBuffer, as piece: ContentFraming.Piece, to context: ChannelHandlerContext) {
        switch piece {
        case .dropped:
            break
        case .plain:
            append(content, to: context)
        case .chunk:
            appendSizeLine(content.readableBytes)
            append(content, to: context)
            append(ChunkSerializer.lineEnd)
        }
    }

    /// Hands what was gathered to the channel, without a flush.
    func hand(to context: ChannelHandlerContext) {
        guard let buffer = gathered.take() else { return }
        sent += buffer.readableBytes
        context.write(NIOAny(buffer), promise: nil)
        shelf.put(buffer)
    }

    /// As `hand`, flushes, and keeps the promise when the last byte has reached the kernel.
    func finish(to context: ChannelHandlerContext, promise: EventLoopPromise<Void>) {
        hand(to: context)
        context.writeAndFlush(NIOAny(ByteBuffer()), promise: promise)
    }

    /// Drops what was gathered.
    func discard() {
        if let buffer = gathered.take() { shelf.put(buffer) }
    }

    /// Bytes handed over since the last call.
    func takeSent() -> Int {
        defer { sent = 0 }
        return sent
    }

    private func append(_ content: ByteBuffer, to context: ChannelHandlerContext) {
        let size = content.readableBytes
        if size <= Self.largestCopied, (gathered?.readableBytes ?? 0) + size <= Self.largestGathered {
            withGathered { _ = $0.writeImmutableBuffer(content) }
        } else {
            hand(to: context)
            sent += size
            context.write(NIOAny(content), promise: nil)
        }
    }

    @inline(__always)
    private func withGathered(_ body: (inout ByteBuffer) -> Void) {
        // Taken out and put back, so that the storage is uniquely referenced while it is written.
        var buffer = gathered.take() ?? shelf.take()
        body(&buffer)
        gathered = buffer
    }
}
