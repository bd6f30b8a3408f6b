/// Server-sent events made one by one as the reader takes them, so that a slow reader costs no memory and a reader that
/// leaves ends the work.
enum EventStream {
    /// Comments every 15 seconds for as long as `isOpen` says so: this server has nothing to say on its own.
    static func keepingAlive(
        _ effects: DemoEffects, while isOpen: @escaping @Sendable () async -> Bool
    ) -> AsyncStream<[UInt8]> {
        let counter = Counter()
        return AsyncStream {
            let number = await counter.next()
            if number > 1 { await effects.pause(15_000) }
            guard !Task.isCancelled, await isOpen() else { return nil }
            return Array((number == 1 ? ": open\n\n" : ": still here\n\n").utf8)
        }
    }

    /// `count` messages, each `milliseconds` after the one before.
    static func messages(
        _ count: Int, every milliseconds: Int, _ effects: DemoEffects,
        _ message: @escaping @Sendable (Int) async -> [UInt8]
    ) -> AsyncStream<[UInt8]> {
        let counter = Counter()
        return AsyncStream {
            let number = await counter.next()
            guard number <= count else { return nil }
            await effects.pause(milliseconds)
            guard !Task.isCancelled else { return nil }
            return Array("event: message\ndata: ".utf8) + (await message(number)) + Array("\n\n".utf8)
        }
    }
}

/// Counts from 1.
private actor Counter {
    private var count = 0

    func next() -> Int {
        count += 1
        return count
    }
}
