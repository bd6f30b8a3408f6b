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
