import StrictCoding

/// Whole numbers in decimal digits, in the one spelling that has neither sign nor leading zero.
enum DecimalNumber {
    static func parse(_ digits: some Collection<UInt8>, atMost most: Int) -> Int? {
        guard let first = digits.first, digits.count == 1 || first != UInt8(ascii: "0"), digits.count <= 10 else {
            return nil
        }
        var value = 0
        for digit in digits {
            guard digit.isASCIIDigit else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value <= most ? value : nil
    }
}
