/// The files of one log, in the order in which they were written, as they stood at one moment.
///
/// A gateway may go on writing: what it appends later is not seen, and no rotation takes a file out of sight.
package struct LogFiles: Sendable {
    /// Empty files (a live one to which nothing was written yet) are left out.
    package let segments: [Segment]
    /// Whether the last of the segments is one that was rotated, and what came after it was not given.
    package let goesOn: Bool

    /// A rotation comes with every so many megabytes; opening takes milliseconds.
    private static let mostLooks = 64

    /// A log by the path of its live file: with all the segments that were rotated out of it.
    package static func log(_ live: String) throws(AuditReadingFailure) -> LogFiles { try LogFiles(.live(live)) }

    /// Files and folders that were named one by one; of a folder, every segment in it.
    package static func named(_ paths: [String]) throws(AuditReadingFailure) -> LogFiles {
        try LogFiles(.named(paths))
    }

    package init(_ place: LogPlace) throws(AuditReadingFailure) { try self.init(place) {} }

    /// - Parameter afterOpening: called before it is looked whether the log was rotated.
    init(_ place: LogPlace, afterOpening: () -> Void) throws(AuditReadingFailure) {
        for _ in 0..<Self.mostLooks {
            let paths = try place.paths()
            let opened = Result { () throws(AuditReadingFailure) in try Self.open(paths) }
            afterOpening()
            // The names first: a rotation that they do not show yet has changed the live file by then.
            guard try place.paths() == paths else { continue }
            let segments = try opened.get()
            guard segments.allSatisfy({ place.names($0.path) || $0.file.isAt($0.path) }) else { continue }
            self.init(segments, isWhole: place.isWhole)
            return
        }
        throw .restless
    }

    /// The live files are opened first: a rotated one is not written any more when there is another live one.
    private static func open(_ paths: [String]) throws(AuditReadingFailure) -> [Segment] {
        var segments: [(index: Int, segment: Segment)] = []
        let isLive = paths.map { LogName($0).firstSeq == nil }
        for index in paths.indices.filter({ isLive[$0] }) + paths.indices.filter({ !isLive[$0] }) {
            let segment = try Segment(path: paths[index])
            try segment.requireRecords()
            segments.append((index, segment))
        }
        return segments.sorted { $0.index < $1.index }.map(\.segment)
    }

    private init(_ opened: [Segment], isWhole: Bool) {
        var segments: [Segment] = []
        // A file may be named twice, by several names too.
        var seen: Set<SegmentFile.Identity> = []
        for segment in opened where seen.insert(segment.file.identity).inserted && !segment.isEmpty {
            segments.append(segment)
        }
        self.segments = Self.ordered(segments)
        goesOn = !isWhole && Self.goesOn(after: self.segments, given: seen)
    }

    /// By what their first records say; a file whose first line cannot be read, by its name.
    private static func ordered(_ segments: [Segment]) -> [Segment] {
        let keyed = segments.enumerated().map { index, segment in
            (segment, segment.first?.seq ?? LogName(segment.path).firstSeq ?? .max, index)
        }
        return keyed.sorted { ($0.1, $0.2) < ($1.1, $1.2) }.map(\.0)
    }

    /// By the name of the last one, or by what lies beside it.
    private static func goesOn(after segments: [Segment], given: Set<SegmentFile.Identity>) -> Bool {
        guard let last = segments.last else { return false }
        let name = LogName(last.path)
        let seq = last.last?.seq ?? 0
        let others = ((try? LogPlace.rotated(name)) ?? []) + [name.live]
        let later = others.contains { path in
            guard let other = try? Segment(path: path), !given.contains(other.file.identity) else { return false }
            return other.first.map { $0.seq > seq } ?? false
        }
        guard name.firstSeq != nil, !later else { return later }
        // Of a whole folder, and of files given with their live one, the last is the end.
        return !given.contains { identity in (try? SegmentFile(path: name.live))?.identity == identity }
    }
}
