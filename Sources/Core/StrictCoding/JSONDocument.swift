/// A whole JSON text (RFC 8259) that was read once, strictly, into a flat tape.
///
/// Stricter than the RFC asks: no byte order mark, no ill-formed UTF-8, no lone surrogate escape, no duplicate member
/// name (compared after unescaping, at every depth), and never more than the limits allow. Numbers keep their text;
/// they are converted when asked for.
package struct JSONDocument: Sendable {
    let storage: JSONStorage

    package init(parsing bytes: [UInt8], limits: JSONLimits) throws(JSONError) {
        guard bytes.count <= min(limits.bytes, Int(Int32.max)) else { throw JSONError(.tooLarge, offset: limits.bytes) }
        var parser = JSONParser(limits: limits, expecting: bytes.count)
        try parser.parse(bytes.span)
        storage = JSONStorage(bytes: bytes, tape: parser.tape)
    }

    /// The text as it was received.
    package var bytes: [UInt8] { storage.bytes }

    package var root: JSONValue { JSONValue(storage: storage, index: 0) }
}

/// The text and its tape, shared by every value of the document.
final class JSONStorage: Sendable {
    let bytes: [UInt8]
    let tape: [JSONNode]

    init(bytes: [UInt8], tape: [JSONNode]) {
        self.bytes = bytes
        self.tape = tape
    }
}

/// One entry of the tape. A container is followed by its content; in an object each name (a string entry) stands before
/// its value.
struct JSONNode: Sendable {
    /// What begins here. Names of members are `string` too.
    var kind: JSONValue.Kind
    /// Whether a string holds a backslash and must be unescaped.
    var isEscaped = false
    /// The bytes of the value, quotes and brackets included.
    var start: Int32
    var end: Int32
    /// The tape index after this value and all its content. While a container is open: the index of the container
    /// around it, or -1.
    var next: Int32
}
