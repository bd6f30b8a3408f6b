import Testing

@testable import Audit

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"),
            (1, "1970-01-01T00:00:00.000001Z"),
            (999_999, "1970-01-01T00:00:00.999999Z"),
            (86_399_999_999, "1970-01-01T23:59:59.999999Z"),
            (86_400_000_000, "1970-01-02T00:00:00.000000Z"),
            (68_169_599_000_000, "1972-02-28T23:59:59.000000Z"),
            (68_169_600_000_000, "1972-02-29T00:00:00.000000Z"),
            (68_256_000_000_000, "1972-03-01T00:00:00.000000Z"),
            (951_782_399_000_000, "2000-02-28T23:59:59.000000Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (951_868_800_000_000, "2000-03-01T00:00:00.000000Z"),
            (1_709_164_800_000_000, "2024-02-29T00:00:00.000000Z"),
            (1_735_689_599_999_999, "2024-12-31T23:59:59.999999Z"),
            (1_740_787_200_000_000, "2025-03-01T00:00:00.000000Z"),
            (1_795_478_400_123_456, "2026-11-24T00:00:00.123456Z"),
            (4_107_542_399_000_000, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)])
    func momentsAreWrittenAsRFC3339HasThem(microseconds: Int64, text: String) {
        #expect(Timestamp.text(microseconds: microseconds) == text)
    }

    /// Every day of eight hundred years, by counting them.
    @Test func noDayIsLeftOutOrTwice() {
        var (year, month, day) = (1970, 1, 1)
        for count in 0..<292_194 {
            let text = Timestamp.text(microseconds: Int64(count) * 86_400_000_000)
            let digits = text.utf8.prefix(10).split(separator: 0x2D).map { $0.reduce(0) { $0 * 10 + Int($1 - 0x30) } }
            guard digits == [year, month, day] else {
                Issue.record("day \(count) is \(text)")
                return
            }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            day += 1
            if day > days[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
    }
}
