import NIOCore

/// How long somebody waits for a record to be on disk: a disk that hangs would hold up what waits for nobody knows how
/// long.
///
/// Only a disk leads to an end by this. On a loop that is late the answer may be there and not be heard yet when the
/// time is over, so that whatever waits to be heard is heard first.
final class DiskPatience {
    private static let most = TimeAmount.seconds(5)

    private var timer: Scheduled<Void>?
    private var isOver = false

    /// - Parameter lost: called at most once, and not after `end`.
    init(_ loop: any EventLoop, _ lost: @escaping () -> Void) {
        let loop = loop.assumeIsolated()
        timer = loop.scheduleTask(in: Self.most) { [self] in
            loop.execute { [self] in
                guard !isOver else { return }
                isOver = true
                lost()
            }
        }
    }

    func end() {
        isOver = true
        timer?.cancel()
        timer = nil
    }
}
