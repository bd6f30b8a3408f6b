import StrictCoding

/// Writes the beginning of a line: what `RecordHead` reads, up to `ts`.
package enum LineEncoding {
    /// Appends `{"v":1,"seq":7,"prev":"sha256:…","ts":"…"`; a comma and further members are to follow.
    ///
    /// - Parameter microseconds: since 1970, not before that and before the year 10000.
    package static func appendHead(seq: Int, prev: Digest, microseconds: Int64, to line: inout [UInt8]) {
        append("{\"v\":1,\"seq\":", to: &line)
        append(number: seq, to: &line)
        append(",\"prev\":\"sha256:", to: &line)
        prev.appendHex(to: &line)
        append("\",\"ts\":\"", to: &line)
        append(timestamp: microseconds, to: &line)
        line.append(UInt8(ascii: "\""))
    }

    /// RFC 3339 in UTC with microseconds: `2026-11-23T12:00:00.123456Z`.
    package static func append(timestamp microseconds: Int64, to line: inout [UInt8]) {
        precondition((0..<253_402_300_800_000_000).contains(microseconds), "a timestamp has a year of four digits")
        let seconds = Int(microseconds / 1_000_000)
        let (year, month, day) = CivilDate.of(days: seconds / 86_400)
        let second = seconds % 86_400
        append(year, width: 4, then: "-", to: &line)
        append(month, width: 2, then: "-", to: &line)
        append(day, width: 2, then: "T", to: &line)
        append(second / 3_600, width: 2, then: ":", to: &line)
        append(second / 60 % 60, width: 2, then: ":", to: &line)
        append(second % 60, width: 2, then: ".", to: &line)
        append(Int(microseconds % 1_000_000), width: 6, then: "Z", to: &line)
    }

    private static func append(_ literal: StaticString, to line: inout [UInt8]) {
        line.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    private static func append(number: Int, to line: inout [UInt8]) {
        precondition((0...CheckpointLimits.size).contains(number), "seq counts from 0 to 2^53")
        line.append(decimal: UInt64(number))
    }

    private static func append(_ number: Int, width: Int, then mark: Unicode.Scalar, to line: inout [UInt8]) {
        append(number, width: width, to: &line)
        line.append(UInt8(ascii: mark))
    }

    private static func append(_ number: Int, width: Int, to line: inout [UInt8]) {
        let start = line.count
        for _ in 0..<width { line.append(0x30) }
        var rest = number
        var index = start + width
        while rest > 0, index > start {
            index -= 1
            line[index] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
    }
}
