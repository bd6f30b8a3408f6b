import COpenSSL
import NIOCore

/// What a session reads and writes in place of a socket: two buffers.
///
/// OpenSSL's own memory BIO keeps the largest size that it ever had; of these nothing is left while nothing is on its
/// way, which counts where thousands of connections wait. Loop-confined.
final class MemoryBIO {
    /// Arrived, not yet taken by the session.
    private(set) var input = ByteBuffer()
    /// Made by the session, not yet sent.
    private var output = ByteBuffer()

    /// A BIO over this object, owned by whoever takes it; this object must outlive it.
    func makeBIO() -> OpaquePointer? {
        guard let bio = BIO_new(Self.method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        return bio
    }

    func receive(_ bytes: ByteBuffer) {
        if input.readableBytes == 0 {
            input = bytes
        } else {
            input.writeImmutableBuffer(bytes)
        }
    }

    /// Makes room for so many bytes at once.
    func reserveOutput(_ count: Int) {
        output.reserveCapacity(minimumWritableBytes: count)
    }

    func takeOutput() -> ByteBuffer? {
        guard output.readableBytes > 0 else { return nil }
        defer { output = ByteBuffer() }
        return output
    }

    private func read(into target: UnsafeMutablePointer<CChar>, upTo count: Int) -> Int {
        let taken = input.readWithUnsafeReadableBytes { available in
            let taken = min(count, available.count)
            guard taken > 0, let source = available.baseAddress else { return 0 }
            UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: taken)
            return taken
        }
        // The storage belongs to the socket's reads: it is not to be held for what has been taken.
        if input.readableBytes == 0 { input = ByteBuffer() }
        return taken
    }

    private func write(_ source: UnsafePointer<CChar>, count: Int) {
        output.writeBytes(UnsafeRawBufferPointer(start: source, count: count))
    }

    private static func of(_ bio: OpaquePointer?) -> MemoryBIO {
        guard let data = BIO_get_data(bio) else { preconditionFailure("a BIO has its buffers from the beginning") }
        return Unmanaged.fromOpaque(data).takeUnretainedValue()
    }

    // Immutable once made; OpenSSL only reads it.
    nonisolated(unsafe) private static let method: OpaquePointer = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "two buffers") else {
            preconditionFailure("no memory for a BIO method")
        }
        BIO_meth_set_create(method) { bio in
            BIO_set_init(bio, 1)
            return 1
        }
        BIO_meth_set_read(method) { bio, target, count in
            guard let target, count > 0 else { return 0 }
            bulla_bio_clear_retry(bio)
            let taken = MemoryBIO.of(bio).read(into: target, upTo: Int(count))
            if taken > 0 { return Int32(taken) }
            bulla_bio_set_retry_read(bio)
            return -1
        }
        BIO_meth_set_write(method) { bio, source, count in
            guard let source, count > 0 else { return 0 }
            MemoryBIO.of(bio).write(source, count: Int(count))
            return count
        }
        // Sessions flush after each flight; everything else they may ask of a BIO has no meaning here.
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }()
}
