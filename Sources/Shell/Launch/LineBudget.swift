/// How much of an instance's output is taken in each second: lines beyond the bound are counted and dropped, bytes
/// beyond it are left where they are, so that a server that writes without end waits instead of keeping us busy.
struct LineBudget {
    static let lines = 200
    static let bytes = 4 << 20
    private static let window: Int64 = 1_000

    private var windowEnd: Int64
    private var linesLeft = lines
    private var bytesLeft = bytes
    private var dropped = 0

    init(now: Int64) {
        windowEnd = now + Self.window
    }

    /// Whether more may be read now.
    var allowsReading: Bool { bytesLeft > 0 }

    /// When there is something to do although nothing is read.
    var deadline: Int64? { dropped > 0 || !allowsReading ? windowEnd : nil }

    mutating func read(_ count: Int) {
        bytesLeft -= count
    }

    /// Whether a line is to be shown.
    mutating func takeLine() -> Bool {
        if linesLeft > 0 {
            linesLeft -= 1
            return true
        }
        dropped += 1
        return false
    }

    /// Begins another second when this one is over.
    ///
    /// - Returns: how many lines were dropped in it.
    mutating func turn(now: Int64) -> Int {
        guard now >= windowEnd else { return 0 }
        defer { self = LineBudget(now: now) }
        return dropped
    }

    /// How many lines were dropped and not told yet.
    mutating func settle() -> Int {
        defer { dropped = 0 }
        return dropped
    }
}
