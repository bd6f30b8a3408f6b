extension [UInt8] {
    /// Appends a number in decimal, without leading zeros.
    package mutating func append(decimal number: UInt64) {
        var rest = number
        let start = count
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }
}
