import Foundation
import StrictCoding

/// The files of one log, in the order in which they were written, with the notes that were made over them.
package struct LogFiles: Sendable {
    /// Empty files (a live one to which nothing was written yet) are left out.
    package let segments: [Segment]
    /// Files of checkpoints that lie beside the segments.
    package let checkpointFiles: [String]
    /// Whether the last of the segments is one that was rotated, and what came after it was not given.
    package let goesOn: Bool

    /// A log by the path of its live file: with all the segments that were rotated out of it.
    package static func log(_ live: String) throws(AuditReadingFailure) -> LogFiles {
        let name = LogName(live)
        var paths = try rotated(name)
        if FileManager.default.fileExists(atPath: live) { paths.append(live) }
        guard !paths.isEmpty else { throw .noSegments(path: live) }
        return try LogFiles(paths, areAll: true)
    }

    /// Files and folders that were named one by one; of a folder, every segment in it.
    package static func named(_ paths: [String]) throws(AuditReadingFailure) -> LogFiles {
        var files: [String] = []
        for path in paths {
            guard isFolder(path) else {
                files.append(path)
                continue
            }
            let own = try entries(of: path).filter { $0.hasSuffix(LogName.ending) }.map { LogName.joined(path, $0) }
            guard !own.isEmpty else { throw .noSegments(path: path) }
            files += own
        }
        return try LogFiles(files, areAll: paths.allSatisfy(isFolder))
    }

    private init(_ paths: [String], areAll: Bool = false) throws(AuditReadingFailure) {
        var segments: [Segment] = []
        // A file may be named twice, by several names too.
        var seen: Set<SegmentFile.Identity> = []
        for path in paths {
            let segment = try Segment(path: path)
            try segment.requireRecords()
            if seen.insert(segment.file.identity).inserted, !segment.isEmpty { segments.append(segment) }
        }
        self.segments = Self.ordered(segments)
        goesOn = !areAll && Self.goesOn(after: self.segments, given: seen)
        var notes: [String] = []
        var named: Set<ByteString> = []
        for path in paths {
            let file = LogName(path).checkpoints
            if named.insert(ByteString(file)).inserted, FileManager.default.fileExists(atPath: file) {
                notes.append(file)
            }
        }
        checkpointFiles = notes
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
        let others = ((try? rotated(name)) ?? []) + [name.live]
        let later = others.contains { path in
            guard let other = try? Segment(path: path), !given.contains(other.file.identity) else { return false }
            return other.first.map { $0.seq > seq } ?? false
        }
        guard name.firstSeq != nil, !later else { return later }
        // Of a whole folder, and of files given with their live one, the last is the end.
        return !given.contains { identity in (try? SegmentFile(path: name.live))?.identity == identity }
    }

    private static func rotated(_ name: LogName) throws(AuditReadingFailure) -> [String] {
        try entries(of: name.folder.isEmpty ? "." : name.folder)
            .map { name.folder + $0 }
            .filter { LogName($0).firstSeq != nil && LogName($0).stem == name.stem }
            .sorted()
    }

    private static func entries(of folder: String) throws(AuditReadingFailure) -> [String] {
        guard let stream = opendir(folder) else {
            // There is no log in a folder that is not there.
            guard errno != ENOENT, errno != ENOTDIR else { return [] }
            throw .cannotRead(path: folder, why: String(cString: strerror(errno)))
        }
        closedir(stream)
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

/// What the name of a log's file says: `<folder>/<name>.jsonl`, or `<name>.<seq>.jsonl` once it is rotated.
package struct LogName: Hashable, Sendable {
    static let ending = ".jsonl"

    /// With its slash, or empty.
    package let folder: String
    /// The whole path without number and ending.
    package let stem: String
    /// Of a rotated file: the number of its first record.
    package let firstSeq: Int?

    package init(_ path: String) {
        folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        var stem = Substring(path)
        if stem.hasSuffix(Self.ending) { stem = stem.dropLast(Self.ending.count) }
        var number: Int?
        if path.hasSuffix(Self.ending), let dot = stem.lastIndex(of: ".") {
            let digits = stem[stem.index(after: dot)...].utf8
            if digits.count >= 12, digits.allSatisfy({ (0x30...0x39).contains($0) }), digits.count <= 18,
                let value = Int(String(decoding: digits, as: UTF8.self))
            {
                number = value
                stem = stem[..<dot]
            }
        }
        self.stem = String(stem)
        firstSeq = number
    }

    package var checkpoints: String { stem + ".checkpoints" }
    package var live: String { stem + Self.ending }

    static func joined(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }
}
