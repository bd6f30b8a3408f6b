/// The last line that follows the one before it. Whether it is as it was written, the next one says.
struct AcceptedLine: Sendable {
    let seq: Int
    let prev: Digest
    let link: Digest
    /// Counted from 1.
    let number: Int
    /// In the chunk, as long as that is there.
    let range: Range<Int>
    /// Once it was kept.
    var bytes: [UInt8]?

    /// Copies the line, once.
    mutating func keep(from chunk: UnsafeRawBufferPointer) {
        if bytes == nil { bytes = Array(chunk[range]) }
    }
}

/// What is wrong with the last accepted line, or with those up to it, if they are what was written.
struct PendingFinding: Sendable {
    /// The next line links to it: whoever changed it made everything after it anew.
    let whenLinked: LogFinding
    /// Nothing follows.
    let whenLast: LogFinding
}

/// The links of the last records, by `seq`: what tells a copy of a record from another that claims its place.
struct RecentLinks: Sendable {
    private static let count = 1024
    private var links: [Digest] = []
    private var first = 0

    mutating func add(_ link: Digest, seq: Int) {
        if links.isEmpty { first = seq }
        if links.count < Self.count {
            links.append(link)
        } else {
            links[(seq - first) % Self.count] = link
        }
        end = seq + 1
    }

    private var end = 0

    func link(of seq: Int) -> Digest? {
        guard seq >= first, seq < end, seq >= end - Self.count else { return nil }
        return links[(seq - first) % Self.count]
    }
}
