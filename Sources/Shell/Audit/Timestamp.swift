import AuditProof

/// RFC 3339 in UTC with microseconds, without a formatter: `2026-11-23T03:58:44.123456Z`.
package enum Timestamp {
    package static func text(microseconds: Int64) -> String {
        var bytes: [UInt8] = []
        LineEncoding.append(timestamp: microseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The inverse, for text that `RecordHead` has looked at.
    static func microseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count == 27 else { return nil }
        func number(_ range: Range<Int>) -> Int64 { range.reduce(0) { $0 * 10 + Int64(text[$1]) - 0x30 } }
        let days = CivilDate.days(year: number(0..<4), month: number(5..<7), day: number(8..<10))
        let seconds = days * 86_400 + number(11..<13) * 3_600 + number(14..<16) * 60 + number(17..<19)
        let microseconds = seconds * 1_000_000 + number(20..<26)
        return microseconds >= 0 ? microseconds : nil
    }
}
