import HTTPCodec

/// What a parser found in some octets, with content in one piece however it came.
struct WireTrail<Head: Sendable & Equatable>: Equatable {
    enum Step: Equatable {
        case head(Head)
        case content([UInt8])
        case end
    }

    private(set) var steps: [Step] = []
    var refusal: WireError?

    var heads: [Head] {
        steps.compactMap { step in
            guard case .head(let head) = step else { return nil }
            return head
        }
    }

    /// All content, of all messages.
    var content: [UInt8] {
        steps.reduce(into: []) { all, step in
            if case .content(let bytes) = step { all += bytes }
        }
    }

    mutating func note(_ step: Step) {
        if case .content(let more) = step, case .content(let before)? = steps.last {
            steps[steps.count - 1] = .content(before + more)
        } else {
            steps.append(step)
        }
    }

    /// Feeds octets to a parser as a connection does, each piece in memory of its own, so that the sanitizer sees a
    /// read beyond it.
    ///
    /// - Parameter next: one step of the parser; `false` when it needs more octets.
    mutating func feed(
        _ piece: ArraySlice<UInt8>,
        _ next: (UnsafeRawBufferPointer, inout WireTrail) throws(WireError) -> (consumed: Int, isEvent: Bool)
    ) throws(BrokenPromise) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: piece)
        var start = 0
        var steps = 0
        while refusal == nil {
            // No octet is looked at by more than a few calls: a head, its content, its end.
            steps += 1
            try promise(steps <= 3 * piece.count + 4, "\(piece.count) octets took more than \(steps) steps")
            let unread = UnsafeRawBufferPointer(rebasing: memory[start...])
            let step: (consumed: Int, isEvent: Bool)
            do { step = try next(unread, &self) } catch {
                refusal = error
                return
            }
            try promise((0...unread.count).contains(step.consumed), "\(step.consumed) of \(unread.count) consumed")
            start += step.consumed
            if step.isEvent { continue }
            try promise(start == piece.count, "\(piece.count - start) octets were left without an event")
            return
        }
    }
}
