import Identity
import StrictCoding

/// Trace context and baggage: what is passed on is well-formed, bounded, its own normal form, and names nobody.
///
/// The input is the values of the fields, one a line.
enum TraceFields {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        let values = ByteFeed.lines(of: input).map { $0[...] }
        for value in values {
            guard let trace = TraceContext(traceparent: value) else { continue }
            let text = trace.traceparent(SpanID(random: [3, 3, 3, 3, 3, 3, 3, 3]))
            let isSame = text.count == 55 && text.bytes[3..<35].elementsEqual(value.dropFirst(3).prefix(32))
            try promise(isSame, "another trace than \(Array(value).shown)")
            let withoutSpan = trace.traceparent(SpanID(random: [0, 0, 0, 0, 0, 0, 0, 0]))
            try promise(TraceContext(traceparent: withoutSpan.bytes) == trace, "no context: \(withoutSpan)")
            try promise(TraceContext(traceparent: text.bytes) == trace, "another context than \(text)")
        }
        try checkState(values)
        try checkBaggage(values)
    }

    private static func checkState(_ values: [ArraySlice<UInt8>]) throws(BrokenPromise) {
        let state = TraceState(values).value()
        try promise(state.count <= TraceState.mostBytes, "\(state.count) bytes of state")
        try promise(state.bytes.allSatisfy { (0x20...0x7E).contains($0) }, "an unclean state")
        let members = state.bytes.split(separator: UInt8(ascii: ","))
        try promise(members.count <= TraceState.mostMembers, "\(members.count) members")
        let keys = members.map { ByteString($0.prefix { $0 != UInt8(ascii: "=") }) }
        try promise(Set(keys).count == keys.count, "a member twice")
        try promise(
            !keys.contains { $0 == "eie" || $0.bytes.suffix(4) == Array("@eie".utf8)[...] }, "ours, from outside")
        try promise(TraceState([state.bytes[...]]).value() == state, "not its own normal form: \(state)")
    }

    private static func checkBaggage(_ values: [ArraySlice<UInt8>]) throws(BrokenPromise) {
        let baggage = Baggage.filtered(values)
        try promise(baggage.count <= Baggage.mostBytes, "\(baggage.count) bytes of baggage")
        try promise(baggage.bytes.allSatisfy { $0 == 0x09 || (0x20...0x7E).contains($0) }, "unclean baggage")
        let members = baggage.bytes.split(separator: UInt8(ascii: ","))
        try promise(members.count <= Baggage.mostMembers, "\(members.count) members")
        for member in members {
            let key = unescaped(unescaped(member.prefix { $0 != UInt8(ascii: "=") }[...])[...])
            let name = key.asciiLowercased()
            for identity in ["eie", "enduser", "user"] {
                try promise(!name.starts(with: identity.utf8), "baggage that names somebody: \(Array(member).shown)")
            }
        }
        try promise(Baggage.filtered([baggage.bytes[...]]) == baggage, "not its own normal form: \(baggage)")
    }

    /// As receivers read keys, percent-encoded or not.
    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "%"), index + 2 < text.endIndex,
                let octet = Hex.decode(text[(index + 1)...(index + 2)].asciiLowercased())
            {
                plain += octet
                index += 3
            } else {
                plain.append(text[index])
                index += 1
            }
        }
        return plain
    }
}
