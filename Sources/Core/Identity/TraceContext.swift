package import StrictCoding

/// Where a request stands in a distributed trace (W3C Trace Context, version 00).
package struct TraceContext: Hashable, Sendable {
    /// 32 lower-case hexadecimal digits, not all zero.
    package let traceID: ByteString
    /// Whether the caller may have recorded its part of the trace.
    package let isSampled: Bool
    /// Whether the trace id is random as Level 2 of the specification defines it.
    private let isRandom: Bool

    /// Continues the trace of a `traceparent`; nil unless it is exactly a version-00 value: 55 characters, lower case,
    /// no zero ids. A later version is refused too, since what it means by the rest is not known here: a new trace
    /// begins.
    package init?(traceparent: some Collection<UInt8>) {
        let bytes = Array(traceparent)
        guard bytes.count == 55, bytes[0] == UInt8(ascii: "0"), bytes[1] == UInt8(ascii: "0") else { return nil }
        guard [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }) else { return nil }
        guard TraceContext.isIdentifier(bytes[3..<35]), TraceContext.isIdentifier(bytes[36..<52]) else { return nil }
        guard TraceContext.isLowercaseHex(bytes[53..<55]), let flags = Hex.decode(bytes[53..<55])?.first else {
            return nil
        }
        traceID = ByteString(bytes[3..<35])
        isSampled = flags & 1 == 1
        isRandom = flags & 2 == 2
    }

    /// Begins a trace; `random` holds 16 fresh bytes.
    package init(random: [UInt8]) {
        precondition(random.count == 16, "a trace id has 16 bytes")
        // All zeros means "no trace", so chance must not produce it.
        traceID = ByteString(Hex.encode(random.contains { $0 != 0 } ? random : [UInt8](repeating: 1, count: 16)))
        isSampled = false
        isRandom = true
    }

    /// Goes on with a trace of which the id is known, as an envelope names it.
    package init(continuing traceID: ByteString) {
        precondition(TraceContext.isTraceID(traceID), "an envelope names a trace by its id")
        self.traceID = traceID
        isSampled = false
        isRandom = false
    }

    /// The `traceparent` for a call of ours in this trace; `spanID` holds 8 fresh bytes.
    package func traceparent(spanID: [UInt8]) -> ByteString {
        precondition(spanID.count == 8, "a span id has 8 bytes")
        let span = spanID.contains { $0 != 0 } ? spanID : [0, 0, 0, 0, 0, 0, 0, 1]
        var bytes = Array("00-".utf8)
        bytes.append(contentsOf: traceID.bytes)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(contentsOf: Hex.encode(span))
        bytes.append(contentsOf: [UInt8(ascii: "-"), UInt8(ascii: "0")])
        bytes.append(UInt8(ascii: "0") + (isSampled ? 1 : 0) + (isRandom ? 2 : 0))
        return ByteString(bytes)
    }

    /// Whether `text` is what `traceID` promises.
    static func isTraceID(_ text: ByteString) -> Bool { text.count == 32 && isIdentifier(text.bytes[...]) }

    private static func isIdentifier(_ digits: ArraySlice<UInt8>) -> Bool {
        isLowercaseHex(digits) && digits.contains { $0 != UInt8(ascii: "0") }
    }

    private static func isLowercaseHex(_ digits: ArraySlice<UInt8>) -> Bool {
        digits.allSatisfy { $0.isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
    }
}
