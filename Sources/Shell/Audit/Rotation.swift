import Foundation

/// Ends a segment and begins the next: the live file gets its number as its name, and an empty one takes its place.
///
/// Each step that failed is tried again; until all are done the records go where they went before, which is the log in
/// any case.
struct Rotation {
    private let paths: LogPaths
    private let calls: FileCalls
    private let bytes: Int
    private let seconds: Int
    /// Of the segment being written: the `seq` of its first record, and when that was made.
    private(set) var first: Int
    private var born: Int64
    private var isRenamed = false
    private var next: OpenFile?
    private var nextTry = ContinuousClock.now

    private static let pause = Duration.seconds(1)

    init(_ paths: LogPaths, _ settings: AuditLogSettings, first: Int, born: Int64, calls: FileCalls) {
        self.paths = paths
        self.calls = calls
        bytes = settings.rotateBytes
        seconds = settings.rotateSeconds
        self.first = first
        self.born = born
    }

    /// Where the segment being written is to be found.
    var place: String { isRenamed ? paths.rotated(first: first) : paths.live }

    /// - Parameter size: how many records the log has. A segment has one beside that which opens it, at least.
    func isDue(length: off_t, size: Int, now: Int64) -> Bool {
        guard size > first + 1, ContinuousClock.now >= nextTry else { return false }
        return isRenamed || length >= bytes || now - born >= Int64(seconds) * 1_000_000
    }

    /// - Parameter size: how many records the log has, all of them synced.
    /// - Returns: why it could not, as an `errno`.
    mutating func rotate(_ segment: SegmentFile, size: Int, now: Int64) -> Int32? {
        if let failure = prepare() {
            nextTry = .now + Self.pause
            return failure
        }
        guard let next else { return EIO }
        segment.move(to: next)
        (self.next, isRenamed, first, born) = (nil, false, size, now)
        return nil
    }

    private mutating func prepare() -> Int32? {
        if !isRenamed {
            let name = paths.rotated(first: first)
            // Renaming would replace it without a word.
            guard access(name, F_OK) != 0 else { return EEXIST }
            guard calls.rename(paths.live, name) == 0 else { return errno }
            isRenamed = true
        }
        if next == nil {
            let descriptor = calls.create(paths.live)
            guard descriptor >= 0 else { return errno }
            next = OpenFile(owning: descriptor)
        }
        guard calls.syncFolder(paths.folder) == 0 else { return errno }
        return nil
    }
}
