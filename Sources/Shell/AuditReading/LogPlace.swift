import Foundation
import StrictCoding

/// What a log is asked for by.
package enum LogPlace: Sendable {
    /// The path of its live file: with all the segments that were rotated out of it.
    case live(String)
    /// Files and folders that were named one by one; of a folder, every segment in it.
    case named([String])

    /// The files as they stand there now, which change with every rotation.
    func paths() throws(AuditReadingFailure) -> [String] {
        switch self {
        case .live(let path):
            var paths = try Self.rotated(LogName(path))
            if FileManager.default.fileExists(atPath: path) { paths.append(path) }
            guard !paths.isEmpty else { throw .noSegments(path: path) }
            return paths
        case .named(let named):
            var paths: [String] = []
            for path in named {
                guard Self.isFolder(path) else {
                    paths.append(path)
                    continue
                }
                let own = try Self.entries(of: path).filter { $0.hasSuffix(LogName.ending) }
                guard !own.isEmpty else { throw .noSegments(path: path) }
                paths += own.map { LogName.joined(path, $0) }
            }
            return paths
        }
    }

    /// Whether every file of the log is meant, so that the last of them is its end.
    var isWhole: Bool {
        switch self {
        case .live: true
        case .named(let paths): paths.allSatisfy(Self.isFolder)
        }
    }

    /// Whether this file was named itself: another one that takes its place later is not meant.
    func names(_ path: String) -> Bool {
        switch self {
        case .live: false
        case .named(let paths): paths.contains { $0.utf8.elementsEqual(path.utf8) }
        }
    }

    /// Files of checkpoints that lie beside the segments.
    func checkpointFiles() throws(AuditReadingFailure) -> [String] {
        var files: [String] = []
        var known: Set<ByteString> = []
        for path in try paths() {
            let file = LogName(path).checkpoints
            if known.insert(ByteString(file)).inserted, FileManager.default.fileExists(atPath: file) {
                files.append(file)
            }
        }
        return files
    }

    /// The segments that were rotated out of a live file.
    static func rotated(_ name: LogName) throws(AuditReadingFailure) -> [String] {
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
