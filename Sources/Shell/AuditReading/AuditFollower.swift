import Foundation

/// Follows a log as it is written, from file to file when it is rotated.
package struct AuditFollower: ~Copyable {
    /// At a time; a busy gateway writes more between two looks only when something else is wrong.
    private static let chunkBytes = 4 << 20

    private let live: String
    private var file: OpenFile
    /// Where the next bytes stand.
    private var offset: Int64
    /// The beginning of a line whose end is not written yet.
    private var rest: [UInt8] = []

    /// The lines that were asked for of what stood there at the beginning.
    package let earlier: [[UInt8]]

    /// Everything that is written from now on, and of what stands there already the last `count` lines.
    package init(path: String, last count: Int = 0) throws(AuditReadingFailure) {
        let opened = try OpenFile(path)
        let segment = try Segment(path: path)
        try segment.requireRecords()
        opened.firstSeq = segment.first?.seq
        earlier = try Self.last(count, of: segment)
        live = path
        file = opened
        offset = segment.wholeLinesEnd
    }

    private static func last(_ count: Int, of live: Segment) throws(AuditReadingFailure) -> [[UInt8]] {
        var lines = try live.lastLines(count)
        guard lines.count < count else { return lines }
        for older in try LogFiles.log(live.path).segments.reversed() {
            // The log may have been rotated since the live file was opened.
            guard older.file.identity != live.file.identity else { continue }
            if let seq = older.first?.seq, let own = live.first?.seq, seq >= own { continue }
            lines = try older.lastLines(count - lines.count) + lines
        }
        return lines
    }

    /// The lines that were written since the last look, at most a few megabytes of them.
    package mutating func next() throws(AuditReadingFailure) -> [[UInt8]] {
        let lines = try read()
        guard lines.isEmpty, let successor = try successor() else { return lines }
        // Between the last look and the renaming more may have been written to the old file.
        let last = try read()
        guard last.isEmpty else { return last }
        file = successor
        offset = 0
        rest = []
        return try read()
    }

    private mutating func read() throws(AuditReadingFailure) -> [[UInt8]] {
        if file.length < offset {
            // The writer cut a torn line off.
            offset = min(file.length, offset - Int64(rest.count))
            rest = []
        }
        let bytes = try file.read(at: offset, Self.chunkBytes)
        offset += Int64(bytes.count)
        var lines = (rest + bytes).split(separator: LineEnds.lineFeed, omittingEmptySubsequences: false)
        let unfinished = lines.removeLast()
        rest = unfinished.count <= LineBlock.lineBytes ? Array(unfinished) : []
        if file.firstSeq == nil, let line = lines.first { file.firstSeq = RecordStamp(Array(line))?.seq }
        return lines.map { Array($0) }
    }

    /// The file after this one, if the log was rotated.
    private func successor() throws(AuditReadingFailure) -> OpenFile? {
        guard let current = try? OpenFile(live), current.identity != file.identity else { return nil }
        guard let own = file.firstSeq else { return current }
        let log: LogFiles
        do {
            log = try LogFiles.log(live)
        } catch .restless {
            return nil
        } catch {
            return current
        }
        // Several rotations may have gone by between two looks.
        guard let next = log.segments.first(where: { ($0.first?.seq ?? 0) > own }), next.path != live else {
            return current
        }
        return try OpenFile(next.path)
    }
}

/// A file that somebody else goes on writing.
private final class OpenFile {
    let identity: SegmentFile.Identity
    var firstSeq: Int?
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(AuditReadingFailure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            throw .cannotOpen(path: path, why: String(cString: strerror(errno)))
        }
        identity = SegmentFile.Identity(status)
    }

    deinit { close(descriptor) }

    var length: Int64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
    }

    func read(at offset: Int64, _ most: Int) throws(AuditReadingFailure) -> [UInt8] {
        let size = Int(min(Int64(most), max(0, length - offset)))
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            guard size > 0 else { return }
            let got = pread(descriptor, buffer.baseAddress, size, off_t(offset))
            if got < 0, errno != EINTR { failure = errno }
            count = max(0, got)
        }
        guard failure == 0 else { throw .cannotRead(path: path, why: String(cString: strerror(failure))) }
        return bytes
    }
}
