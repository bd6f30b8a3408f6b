import StrictCoding

/// Which field names may carry the envelope.
enum EnvelopeHeader {
    static let mostBytes = 64

    /// Fields with another meaning, on the way or for the server; a name that ends with a hyphen stands for all that
    /// begin with it.
    private static let taken = [
        "accept", "accept-", "authorization", "baggage", "cache-control", "connection", "content-", "cookie", "date",
        "dpop",
        "expect", "forwarded", "host", "keep-alive", "last-event-id", "mcp-", "origin", "proxy-", "range", "sec-",
        "set-cookie", "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent", "via",
        "workload-", "x-actor-", "x-agent-", "x-delegation-", "x-forwarded-", "x-trace-id",
    ]

    /// Why `name` cannot be the envelope's field, as half a sentence; nil when it can.
    static func fault(in name: ByteString) -> String? {
        guard name.count <= mostBytes else { return "it is longer than \(mostBytes) bytes" }
        // Servers fold other token characters (`_`, `.`) into each other, so that a client could send a look-alike.
        guard name.bytes.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }) else {
            return "a field name here has letters, digits and hyphens only"
        }
        return isTaken(name.bytes.asciiLowercased()) ? "that field has another meaning" : nil
    }

    /// Whether a name in lower case has another meaning.
    static func isTaken(_ folded: [UInt8]) -> Bool {
        matches(taken, folded)
    }

    /// Whether one of `names`, or what one of them that ends with a hyphen begins, is `folded`.
    static func matches(_ names: [String], _ folded: [UInt8]) -> Bool {
        names.contains { name in
            name.hasSuffix("-") ? folded.starts(with: name.utf8) : folded.elementsEqual(name.utf8)
        }
    }
}
