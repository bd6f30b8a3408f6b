import NIOCore

/// What was written and is not encrypted yet, with the promises of those who wrote it.
struct PlaintextQueue {
    /// What is encrypted in one go: many records, and few enough not to need one large buffer for all of them.
    static let batchBytes = 64 * 1024

    struct Batch {
        var pieces: [ByteBuffer] = []
        var bytes = 0
        /// To be kept when the last byte has reached the kernel.
        var promise: EventLoopPromise<Void>?

        fileprivate mutating func append(_ piece: ByteBuffer) {
            guard piece.readableBytes > 0 else { return }
            pieces.append(piece)
            bytes += piece.readableBytes
        }

        fileprivate mutating func append(_ other: EventLoopPromise<Void>?) {
            guard let other else { return }
            if let promise { promise.futureResult.cascade(to: other) } else { promise = other }
        }
    }

    private(set) var bytes = 0
    private var waiting: CircularBuffer<(piece: ByteBuffer, promise: EventLoopPromise<Void>?)> = []

    mutating func append(_ piece: ByteBuffer, promise: EventLoopPromise<Void>?) {
        bytes += piece.readableBytes
        waiting.append((piece, promise))
    }

    mutating func next() -> Batch? {
        guard !waiting.isEmpty else { return nil }
        var batch = Batch()
        while let first = waiting.first, batch.bytes < Self.batchBytes {
            let room = Self.batchBytes - batch.bytes
            if first.piece.readableBytes > room, let part = waiting[waiting.startIndex].piece.readSlice(length: room) {
                batch.append(part)
            } else {
                waiting.removeFirst()
                batch.append(first.piece)
                batch.append(first.promise)
            }
        }
        bytes -= batch.bytes
        // The storage that a burst left behind is not worth keeping on an idle connection.
        if waiting.isEmpty { waiting = [] }
        return batch
    }

    /// Forgets everything; the promises are the caller's to break.
    mutating func takePromises() -> [EventLoopPromise<Void>] {
        defer { self = PlaintextQueue() }
        return waiting.compactMap(\.promise)
    }
}
