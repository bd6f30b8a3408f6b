/// The names of a log's files, which all stand in the folder of the live one.
///
/// ```text
/// bulla-audit.jsonl                    live: the segment that is being written
/// bulla-audit.000000001234.jsonl       rotated: the first record has seq 1234
/// bulla-audit.checkpoints
/// bulla-audit.jsonl.torn-1240-0        torn: what was cut off before seq 1240, for the first time
/// ```
package struct SegmentName: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case live
        case rotated(first: Int)
        case checkpoints
        case torn(seq: Int, number: Int)
    }

    /// The live file's name, without its folder.
    package let live: String
    private let stem: String

    package init(live: String) {
        precondition(!live.isEmpty && !live.utf8.contains(UInt8(ascii: "/")), "a segment's name has no folder")
        self.live = live
        stem = live.utf8.count > 6 && live.hasSuffix(".jsonl") ? String(live.dropLast(6)) : live
    }

    package var checkpoints: String { "\(stem).checkpoints" }

    /// The name of the segment whose first record has `seq`, once it is not written any more.
    package func rotated(first seq: Int) -> String {
        let digits = String(seq)
        return "\(stem)." + String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits + ".jsonl"
    }

    /// What is cut off the live file, where `seq` comes next. `number` makes names different that would be the same.
    package func torn(seq: Int, number: Int) -> String { "\(live).torn-\(seq)-\(number)" }

    /// What a file of this name is for the log; nil for another's.
    package func kind(of name: String) -> Kind? {
        let bytes = Array(name.utf8)
        if bytes == Array(live.utf8) { return .live }
        if bytes == Array(checkpoints.utf8) { return .checkpoints }
        if let middle = Self.middle(of: bytes, "\(stem).", ".jsonl"), middle.count >= 12,
            let first = Self.number(middle), Array(rotated(first: first).utf8) == bytes
        {
            return .rotated(first: first)
        }
        if let rest = Self.middle(of: bytes, "\(live).torn-", "") {
            let parts = rest.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            if parts.count == 2, let seq = Self.number(parts[0]), let number = Self.number(parts[1]),
                Array(torn(seq: seq, number: number).utf8) == bytes
            {
                return .torn(seq: seq, number: number)
            }
        }
        return nil
    }

    /// The segments among these names, in the order of their records: the rotated ones by their first `seq`, the live
    /// one last.
    package func segments(among names: [String]) -> [String] {
        let kinds = names.compactMap { name in kind(of: name).map { (name: name, kind: $0) } }
        let rotated = kinds.compactMap { entry -> (name: String, first: Int)? in
            if case .rotated(let first) = entry.kind { return (entry.name, first) }
            return nil
        }
        return rotated.sorted { $0.first < $1.first }.map(\.name) + kinds.filter { $0.kind == .live }.map(\.name)
    }

    private static func middle(of name: [UInt8], _ prefix: String, _ suffix: String) -> ArraySlice<UInt8>? {
        let prefix = Array(prefix.utf8)
        let suffix = Array(suffix.utf8)
        guard name.count > prefix.count + suffix.count, name.starts(with: prefix),
            name.suffix(suffix.count).elementsEqual(suffix)
        else { return nil }
        return name[prefix.count..<name.count - suffix.count]
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...16).contains(digits.count), digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
