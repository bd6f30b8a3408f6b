import NIOCore

/// A loop's spare output buffers. A message takes one, and brings it back once the channel has its bytes; an idle
/// connection holds none.
final class BufferShelf {
    /// One buffer serves nearly always; a few more serve messages that are built at the same time.
    private static let capacity = 8
    /// A buffer that grew beyond this is not worth keeping.
    private static let largestKept = 32 * 1024

    private let allocator = ByteBufferAllocator()
    @exclusivity(unchecked) private var spare: [ByteBuffer] = []
    @exclusivity(unchecked) private var scratch: [UInt8] = []

    func take() -> ByteBuffer {
        guard var buffer = spare.popLast() else { return allocator.buffer(capacity: 2 * 1024) }
        // Where the channel could not write everything it still holds the storage, and this allocates anew.
        buffer.clear()
        return buffer
    }

    func put(_ buffer: ByteBuffer) {
        if spare.count < Self.capacity, buffer.capacity <= Self.largestKept { spare.append(buffer) }
    }

    /// Lends an empty array whose storage is used again and again. Not to be nested.
    func withScratch(_ body: (inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        swap(&bytes, &scratch)
        bytes.removeAll(keepingCapacity: true)
        body(&bytes)
        swap(&bytes, &scratch)
    }
}
