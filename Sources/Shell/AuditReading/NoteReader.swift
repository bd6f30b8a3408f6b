import AuditProof
import StrictCoding

/// Finds notes in a file: one after the other, with or without the empty line between them, or in the lines
/// `{"audit_checkpoint":{…,"note":"…"}}` of a log that was captured.
struct NoteReader {
    struct Found {
        /// Counted from 1.
        let line: Int
        let bytes: [UInt8]
    }

    /// What stands between notes is kept too, as a note that is none; but not in a captured log.
    private(set) var notes: [Found] = []
    /// Whether a note at the end was not written to its end.
    private(set) var isTorn = false

    private static let dash = Array("— ".utf8)
    private static let captured = Array(#"{"audit_checkpoint":"#.utf8)
    private static let limits = JSONLimits(bytes: 1 << 20, depth: 4, members: 100)

    private var others: [Found] = []
    private var block: [UInt8] = []
    private var blockLine = 0
    private var hasEmptyLine = false
    private var isSigned = false

    init(_ bytes: [UInt8]) {
        var isCapture = false
        var number = 0
        var start = 0
        while start < bytes.count, let end = bytes[start...].firstIndex(of: LineEnds.lineFeed) {
            number += 1
            let isCRLF = end > start && bytes[end - 1] == 0x0D
            let line = bytes[start..<(isCRLF ? end - 1 : end)]
            start = end + 1
            if line.last == UInt8(ascii: "}"), let at = Self.firstBrace(in: line) {
                isCapture = true
                endBlock()
                if let note = Self.note(in: line[at...]) { notes.append(Found(line: number, bytes: note)) }
            } else {
                take(line, number)
            }
        }
        // Of what has no line feed yet, only the beginning of a signature would belong to the note before it.
        let rest = bytes[start...]
        if isSigned, rest.isEmpty || !zip(rest, Self.dash).allSatisfy(==) { endBlock() }
        isTorn = !isCapture && (start < bytes.count || !block.isEmpty)
        if !isCapture, !others.isEmpty { notes = (notes + others).sorted { $0.line < $1.line } }
    }

    /// Whether a last line without its line feed is whole all the same.
    static func endsWhole(_ bytes: [UInt8]) -> Bool {
        let line = bytes[(bytes.lastIndex(of: LineEnds.lineFeed).map { $0 + 1 } ?? 0)...]
        guard line.starts(with: dash) else { return line.last == UInt8(ascii: "}") }
        // Shorter signatures than Ed25519's are not whole.
        return line.split(separator: UInt8(ascii: " ")).last.flatMap { Base64.decode($0) }.map { $0.count >= 68 }
            ?? false
    }

    private mutating func take(_ line: ArraySlice<UInt8>, _ number: Int) {
        guard !line.isEmpty else {
            if isSigned || hasEmptyLine { return endBlock() }
            guard !block.isEmpty else { return }
            hasEmptyLine = true
            block.append(LineEnds.lineFeed)
            return
        }
        let isSignature = hasEmptyLine && line.starts(with: Self.dash)
        if isSigned, !isSignature { endBlock() }
        if block.isEmpty { blockLine = number }
        block += line
        block.append(LineEnds.lineFeed)
        isSigned = isSignature
    }

    private mutating func endBlock() {
        if !block.isEmpty {
            let found = Found(line: blockLine, bytes: block)
            if isSigned { notes.append(found) } else { others.append(found) }
        }
        block = []
        hasEmptyLine = false
        isSigned = false
    }

    /// Of the object in a line: collectors put a time before it.
    private static func firstBrace(in line: ArraySlice<UInt8>) -> Int? {
        line.firstIndex(of: UInt8(ascii: "{"))
    }

    private static func note(in line: ArraySlice<UInt8>) -> [UInt8]? {
        guard line.starts(with: captured) else { return nil }
        let root = try? JSONDocument(parsing: Array(line), limits: limits).root
        return root?["audit_checkpoint"]?["note"]?.text?.bytes
    }
}
