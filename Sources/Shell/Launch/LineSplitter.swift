/// Cuts a stream of bytes into lines. Of a long line only the beginning is kept, with enough beyond what is shown for
/// a secret at the seam to be recognised.
struct LineSplitter {
    static let heldBytes = 8 << 10

    struct Line: Equatable {
        var bytes: [UInt8]
        /// Whether it went on.
        var isCut: Bool
    }

    private var line = Line(bytes: [], isCut: false)

    /// The lines that end in these bytes.
    mutating func lines(in bytes: some Collection<UInt8>) -> [Line] {
        var lines: [Line] = []
        for piece in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if piece.offset > 0 { lines.append(end()) }
            let room = Self.heldBytes - line.bytes.count
            line.bytes.append(contentsOf: piece.element.prefix(room))
            if piece.element.count > room { line.isCut = true }
        }
        return lines
    }

    /// What stands behind the last line's end.
    mutating func rest() -> Line? {
        line.bytes.isEmpty ? nil : end()
    }

    private mutating func end() -> Line {
        defer { line = Line(bytes: [], isCut: false) }
        if line.bytes.last == UInt8(ascii: "\r") { line.bytes.removeLast() }
        return line
    }
}
