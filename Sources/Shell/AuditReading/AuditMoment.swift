/// A moment as records write it: RFC 3339 in UTC with microseconds.
package struct AuditMoment: Hashable, Comparable, Sendable {
    /// Since 1970.
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Exactly as records write it, `2026-11-23T12:00:00.123456Z`.
    package init?(record text: some Collection<UInt8>) {
        guard text.count == 27 else { return nil }
        self.init(text)
    }

    /// What people write: a date, `2026-11-23`; or date and time to the minute, second or below, in UTC (`Z`, or
    /// nothing) or with an offset, `2026-11-23T13:00:00+01:00`.
    package init?(_ text: some Collection<UInt8>) {
        var reader = DigitReader(Array(text))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), (1...12).contains(month), year >= 1970,
            (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        let date = Self.days(year, month, day) * 86_400
        guard !reader.isAtEnd else {
            self.init(microseconds: date * 1_000_000)
            return
        }
        guard reader.take("T") || reader.take("t") || reader.take(" "), let hour = reader.number(2), reader.take(":"),
            let minute = reader.number(2), hour < 24, minute < 60
        else { return nil }
        var second: Int64 = 0
        var fraction: Int64 = 0
        if reader.take(":") {
            // A leap second is read as the second before it.
            guard let number = reader.number(2), number <= 60 else { return nil }
            second = min(number, 59)
            if reader.take(".") {
                guard let read = reader.fraction(6) else { return nil }
                fraction = read
            }
        }
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        let seconds = date + hour * 3_600 + minute * 60 + second - offset
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    package static func < (left: AuditMoment, right: AuditMoment) -> Bool { left.microseconds < right.microseconds }

    /// As records write it.
    package var text: String {
        let seconds = microseconds / 1_000_000
        let (year, month, day) = Self.civil(seconds / 86_400)
        let second = seconds % 86_400
        return Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2) + "T"
            + Self.padded(second / 3_600, 2) + ":" + Self.padded(second / 60 % 60, 2) + ":"
            + Self.padded(second % 60, 2) + "." + Self.padded(microseconds % 1_000_000, 6) + "Z"
    }

    // MARK: - The Gregorian calendar, by years that begin in March so that leap days come last

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * march + 2) / 5 + 1)
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// Reads fixed numbers of digits.
private struct DigitReader {
    private let text: [UInt8]
    private var index = 0

    init(_ text: [UInt8]) {
        self.text = text
    }

    var isAtEnd: Bool { index == text.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < text.count, text[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func number(_ digits: Int) -> Int64? {
        guard text.count - index >= digits else { return nil }
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// One to nine digits after a point, as a number of so many digits.
    mutating func fraction(_ digits: Int) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while let digit = digit() {
            if count < digits { value = value * 10 + digit }
            count += 1
        }
        guard (1...9).contains(count) else { return nil }
        for _ in min(count, digits)..<digits { value *= 10 }
        return value
    }

    /// Seconds east of Greenwich.
    mutating func offset() -> Int64? {
        if isAtEnd || take("Z") || take("z") { return 0 }
        let isEast = take("+")
        guard isEast || take("-"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60
        else { return nil }
        return (isEast ? 1 : -1) * (hours * 3_600 + minutes * 60)
    }

    private mutating func digit() -> Int64? {
        guard index < text.count, (0x30...0x39).contains(text[index]) else { return nil }
        index += 1
        return Int64(text[index - 1] - 0x30)
    }
}
