import StrictCoding

/// Tells a log in which something was changed from a file that never was one.
extension Segment {
    private static let lookedAt: Int64 = 256 << 10
    private static let packed: [[UInt8]] = [
        [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD], [0xFD, 0x37, 0x7A, 0x58, 0x5A], Array("BZh".utf8), Array("PK".utf8),
    ]
    private static let beginning = Array(#"{"v":1,"seq":"#.utf8)

    /// Throws where neither its last line nor any of its first ones is a record.
    func requireRecords() throws(AuditReadingFailure) {
        guard first == nil, last == nil, !isEmpty else { return }
        let bytes = try file.bytes(0..<Self.lookedAt)
        let lines = bytes.split(separator: LineEnds.lineFeed, omittingEmptySubsequences: false)
        if lines.contains(where: { RecordStamp(Array($0)) != nil }) { return }
        // A first record of which only the beginning was written.
        let head = lines[0].prefix(Self.beginning.count)
        if wholeLinesEnd == 0, head.elementsEqual(Self.beginning.prefix(head.count)) { return }
        throw .noLog(path: path, why: Self.kind(of: bytes, path))
    }

    private static func kind(of bytes: [UInt8], _ path: String) -> String {
        if packed.contains(where: { bytes.starts(with: $0) }) { return "it is compressed; unpack it first" }
        let notes = NoteFile(path: path, bytes: bytes)
        if path.hasSuffix(".checkpoints") || notes.entries.contains(where: { $0.checkpoint != nil }) {
            return "it holds checkpoints; give it with --checkpoint, and the log's files as they are"
        }
        let line = bytes.prefix { $0 != LineEnds.lineFeed }
        if let entry = AuditEntry(Array(line)), entry.seq == nil, entry["ts"] != nil {
            return "it was written before records were chained; keep it, and look at it with other tools"
        }
        return "its lines are not records; give the files that the gateway wrote, as they are"
    }
}
