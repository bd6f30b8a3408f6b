#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The value of the `Date` field (RFC 9110, section 5.6.7), formatted once a second.
struct DateStamp {
    private let secondsNow: () -> Int
    private var second = Int.min
    private var text: [UInt8] = []

    /// - Parameter secondsNow: seconds since 1970 in UTC.
    init(secondsNow: @escaping () -> Int = { time(nil) }) {
        self.secondsNow = secondsNow
    }

    /// For example `Sun, 06 Nov 1994 08:49:37 GMT`.
    mutating func value() -> [UInt8] {
        let now = secondsNow()
        if now != second {
            second = now
            text = Self.format(secondsSince1970: now)
        }
        return text
    }

    static func format(secondsSince1970 seconds: Int) -> [UInt8] {
        let days = Int((Double(seconds) / 86_400).rounded(.down))
        let time = seconds - days * 86_400
        let date = civilDate(daysSince1970: days)
        let weekday = ((days + 4) % 7 + 7) % 7
        var text = [UInt8]()
        text.reserveCapacity(29)
        text += Array("\(weekdays[weekday]), ".utf8)
        text += digits(date.day, 2) + Array(" \(months[date.month - 1]) ".utf8) + digits(date.year, 4)
        text.append(0x20)
        text += digits(time / 3_600, 2) + [0x3A] + digits(time / 60 % 60, 2) + [0x3A] + digits(time % 60, 2)
        text += Array(" GMT".utf8)
        return text
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func digits(_ number: Int, _ width: Int) -> [UInt8] {
        var rest = number
        var text = [UInt8](repeating: 0x30, count: width)
        for index in text.indices.reversed() {
            text[index] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
        return text
    }

    /// The Gregorian date, counting years from March so that the leap day comes last.
    private static func civilDate(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
