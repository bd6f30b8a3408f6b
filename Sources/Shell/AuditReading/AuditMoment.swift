import AuditProof

/// A moment that a record can have: from 1970 on and before the year 10000, to the microsecond.
package struct AuditMoment: Hashable, Comparable, Sendable {
    private static let last: Int64 = 253_402_300_799_999_999

    /// Since 1970.
    package let microseconds: Int64

    /// The nearest one that a record can have.
    package init(microseconds: Int64) {
        self.microseconds = min(max(0, microseconds), Self.last)
    }

    /// Exactly as records write it, `2026-11-23T12:00:00.123456Z`.
    package init?(record text: some Collection<UInt8>) {
        var reader = DigitReader(Array(text))
        guard let date = reader.date(), reader.take("T"), let time = reader.time(), reader.take(":"),
            let second = reader.number(2), second < 60, reader.take("."), let fraction = reader.number(6),
            reader.take("Z"), reader.isAtEnd
        else { return nil }
        self.init(microseconds: (date + time + second) * 1_000_000 + fraction)
    }

    /// What people write: a date, `2026-11-23`; or date and time to the minute, second or below, in UTC (`Z`, or
    /// nothing) or with an offset, `2026-11-23T13:00:00+01:00`.
    package init?(_ text: some Collection<UInt8>) {
        var reader = DigitReader(Array(text))
        guard let date = reader.date() else { return nil }
        guard !reader.isAtEnd else {
            self.init(microseconds: date * 1_000_000)
            return
        }
        guard reader.take("T") || reader.take("t") || reader.take(" "), let time = reader.time() else { return nil }
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
        let microseconds = (date + time + second - offset) * 1_000_000 + fraction
        // With an offset it may lie outside all that records have.
        guard (0...Self.last).contains(microseconds) else { return nil }
        self.init(microseconds: microseconds)
    }

    package static func < (left: AuditMoment, right: AuditMoment) -> Bool { left.microseconds < right.microseconds }

    /// As records write it.
    package var text: String {
        var bytes: [UInt8] = []
        LineEncoding.append(timestamp: microseconds, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Reads fixed numbers of digits, and what they mean in dates.
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

    /// `2026-11-23` as seconds since 1970, and not before.
    mutating func date() -> Int64? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            (1...12).contains(month), year >= 1970, (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        return CivilDate.days(year: year, month: month, day: day) * 86_400
    }

    /// `12:00` as seconds.
    mutating func time() -> Int64? {
        guard let hour = number(2), take(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
        return hour * 3_600 + minute * 60
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

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private mutating func digit() -> Int64? {
        guard index < text.count, (0x30...0x39).contains(text[index]) else { return nil }
        index += 1
        return Int64(text[index - 1] - 0x30)
    }
}
