import StrictCoding

/// Appends JSON text whose names and punctuation are literals of the source, and whose values are escaped as
/// `JSONWriter` does it.
struct ClaimsEncoder {
    private(set) var bytes: [UInt8] = []

    init(reserving capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    mutating func literal(_ json: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount))
    }

    /// What was written before.
    mutating func written(_ json: [UInt8]) {
        bytes.append(contentsOf: json)
    }

    /// `json`, then a string.
    mutating func text(_ json: StaticString, _ value: ByteString) {
        literal(json)
        string(value.bytes)
    }

    /// `json`, then a string of several parts with `separator` between them.
    mutating func text(_ json: StaticString, joining parts: [ByteString], by separator: UInt8) {
        literal(json)
        string(Array(parts.map(\.bytes).joined(separator: CollectionOfOne(separator))))
    }

    /// `json`, then a word of a closed vocabulary, which needs no escape.
    mutating func word(_ json: StaticString, _ word: String) {
        literal(json)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: word.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    /// `json`, then an array of strings.
    mutating func texts(_ json: StaticString, _ values: [ByteString]) {
        literal(json)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            string(value.bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// `json`, then a number that is not negative, as times are.
    mutating func integer(_ json: StaticString, _ value: Int64) {
        literal(json)
        bytes.append(decimal: UInt64(max(0, value)))
    }

    private mutating func string(_ text: [UInt8]) {
        bytes.append(jsonString: text.span)
    }
}
