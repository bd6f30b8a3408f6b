import StrictCoding

/// Durations (`300s 15m 12h 30d`) and sizes (`512B 32KiB 4MiB`): a decimal number and its unit, nothing between.
enum Amount {
    enum Kind {
        case seconds
        case bytes
        case count

        fileprivate var units: [(name: ByteString, factor: Int)] {
            switch self {
            case .seconds: [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)]
            case .bytes: [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
            case .count: []
            }
        }

        var noun: String {
            switch self {
            case .seconds: "a duration"
            case .bytes: "a size"
            case .count: "a whole number"
            }
        }

        var example: String {
            switch self {
            case .seconds: "write a number with its unit: `90s`, `15m`, `12h` or `30d`"
            case .bytes: "write a number with its unit: `512B`, `32KiB` or `4MiB`"
            case .count: "write decimal digits without quotes"
            }
        }
    }

    /// The value in seconds, bytes or as it is; nil when `text` is no such amount.
    static func parse(_ text: ByteString, as kind: Kind) -> Int? {
        let digits = text.bytes.prefix { $0.isASCIIDigit }
        guard let number = DecimalNumber.parse(digits, atMost: mostNumber) ?? excess(digits) else { return nil }
        let unit = ByteString(Array(text.bytes[digits.endIndex...]))
        if case .count = kind { return unit.isEmpty ? number : nil }
        guard let factor = kind.units.first(where: { unit == $0.name })?.factor else { return nil }
        return number * factor
    }

    /// Large enough for every range, small enough for every unit.
    private static let mostNumber = 1 << 31

    /// A number beyond `mostNumber` is still a number: it is out of range, not out of grammar.
    private static func excess(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.count > 9 && digits.first != UInt8(ascii: "0") ? mostNumber : nil
    }

    /// `value` in the largest unit that leaves no rest, as an author would write it.
    static func text(_ value: Int, as kind: Kind) -> String {
        guard let unit = kind.units.last(where: { value != 0 && value.isMultiple(of: $0.factor) }) ?? kind.units.first
        else {
            return "\(value)"
        }
        return "\(value / unit.factor)\(unit.name)"
    }
}
