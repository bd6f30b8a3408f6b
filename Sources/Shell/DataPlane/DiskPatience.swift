import NIOCore

/// How long somebody waits for a record to be on disk: a disk that hangs would hold up what waits for nobody knows how
/// long.
///
/// Only a disk leads to an end by this. On a loop that is late the answer may be there and not be heard yet when the
/// time is over, so that whatever waits to be heard is heard first.
final class DiskPatience: DeadlineBearer {
    private static let most = TimeAmount.seconds(5)

    private let deadlines: Deadlines
    private var lost: (() -> Void)?

    /// - Parameter lost: called at most once, and not after `end`.
    init(_ deadlines: Deadlines, _ lost: @escaping () -> Void) {
        self.deadlines = deadlines
        self.lost = lost
        deadlines.enter(self, in: Self.most)
    }

    func deadlinePassed() {
        deadlines.loop.assumeIsolated().execute { [self] in lost.take()?() }
    }

    func end() {
        guard lost != nil else { return }
        lost = nil
        deadlines.strike(self)
    }
}
