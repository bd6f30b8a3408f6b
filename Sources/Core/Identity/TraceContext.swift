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
        self.init(traceparent: Array(traceparent)[...])
    }

    /// Of its own, since what is generic is not specialised across modules.
    package init?(traceparent: ArraySlice<UInt8>) {
        guard traceparent.count == 55 else { return nil }
        let start = traceparent.startIndex
        let dash = UInt8(ascii: "-")
        let (version, trace) = (traceparent[start..<start + 2], traceparent[start + 3..<start + 35])
        let (parent, flags) = (traceparent[start + 36..<start + 52], traceparent[start + 53..<start + 55])
        guard version.elementsEqual("00".utf8), traceparent[start + 2] == dash, traceparent[start + 35] == dash,
            traceparent[start + 52] == dash, TraceContext.isIdentifier(trace), TraceContext.isIdentifier(parent),
            TraceContext.isLowercaseHex(flags), let lowest = flags.last?.hexDigitValue
        else { return nil }
        traceID = ByteString(trace)
        isSampled = lowest & 1 == 1
        isRandom = lowest & 2 == 2
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

    /// The `traceparent` for a call of ours in this trace.
    package func traceparent(_ span: SpanID) -> ByteString {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(55)
        bytes.append(contentsOf: "00-".utf8)
        bytes.append(contentsOf: traceID.bytes)
        bytes.append(UInt8(ascii: "-"))
        span.write(to: &bytes)
        bytes.append(contentsOf: "-0".utf8)
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
