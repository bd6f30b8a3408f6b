package import StrictCoding

/// The trace context of `params._meta` (SEP-414): unprefixed members that OpenTelemetry fills in.
package struct TraceMetadata: Sendable {
    /// One member: where its value stands in the body, and the text when the value is a string.
    package struct Member: Sendable {
        package let range: Range<Int>
        package let text: ByteString?
    }

    package let traceparent: Member?
    package let tracestate: Member?
    package let baggage: Member?

    /// True when there is nothing to replace.
    package var isEmpty: Bool { traceparent == nil && tracestate == nil && baggage == nil }

    static let none = TraceMetadata(traceparent: nil, tracestate: nil, baggage: nil)

    init(traceparent: Member?, tracestate: Member?, baggage: Member?) {
        self.traceparent = traceparent
        self.tracestate = tracestate
        self.baggage = baggage
    }

    /// Reads the members of a `_meta` object.
    init(of meta: JSONValue) {
        func member(_ value: JSONValue?) -> Member? {
            value.map { Member(range: $0.range, text: $0.text) }
        }
        self.init(
            traceparent: member(meta["traceparent"]),
            tracestate: member(meta["tracestate"]),
            baggage: member(meta["baggage"]))
    }
}

extension Message {
    /// The body with the values of the trace members that it has replaced by these texts; every other byte is as
    /// received. Members that the message lacks are not added: the request's header fields carry the context anyway.
    package func body(traceparent: ByteString, tracestate: ByteString, baggage: ByteString) -> [UInt8] {
        guard !trace.isEmpty else { return document.bytes }
        let replacements = [(trace.traceparent, traceparent), (trace.tracestate, tracestate), (trace.baggage, baggage)]
            .compactMap { member, text in member.map { (range: $0.range, text: text) } }
            .sorted { $0.range.lowerBound < $1.range.lowerBound }
        var body: [UInt8] = []
        body.reserveCapacity(document.bytes.count + 256)
        var copied = 0
        for replacement in replacements {
            body.append(contentsOf: document.bytes[copied..<replacement.range.lowerBound])
            var writer = JSONWriter()
            writer.string(replacement.text)
            body.append(contentsOf: writer.bytes)
            copied = replacement.range.upperBound
        }
        body.append(contentsOf: document.bytes[copied...])
        return body
    }
}
