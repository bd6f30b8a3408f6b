/// RFC 3339 in UTC with microseconds, without a formatter: `2026-11-23T03:58:44.123456Z`.
package enum Timestamp {
    package static func text(microseconds: Int64) -> String {
        let seconds = Int(microseconds / 1_000_000)
        let day = seconds / 86_400
        let (year, month, dayOfMonth) = civil(daysSince1970: day)
        let second = seconds % 86_400
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(dayOfMonth, 2) + "T"
            + padded(second / 3_600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2) + "."
            + padded(Int(microseconds % 1_000_000), 6) + "Z"
    }

    /// The Gregorian date of a day count from 1970-01-01 on, by years that begin in March so that leap days come last.
    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
