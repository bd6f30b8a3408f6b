/// Takes a `text/event-stream` apart as it passes by (WHATWG HTML, section 9.2.6, "Interpreting an event stream").
///
/// Only what becomes a message event is kept: the data of events without a type or of type `message`, which are those
/// that MCP clients read. An event at which the stream breaks off is none.
struct EventStream: Sendable {
    /// Where in a line the next byte stands.
    private enum Position {
        /// In the name, of which this much has come. Longer names than those of interest are not kept.
        case name([UInt8])
        /// Right behind the colon, where one space means nothing.
        case separator(Field)
        case value(Field)
        /// In a comment, or in a field of no interest.
        case ignored
    }

    private enum Field {
        case data
        case event
    }

    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let longestName = 5
    private static let messageType = Array("message".utf8)

    private let mostBytes: Int
    private var position = Position.name([])
    private var endedWithCarriageReturn = false
    /// How much of a byte order mark has come; `nil` behind the place where one may stand.
    private var markBytes: Int? = 0
    private var data: [UInt8] = []
    private var hasData = false
    private var isTooLarge = false
    private var type: [UInt8] = []

    /// - Parameter mostBytes: of one event's data. A larger event is passed over.
    init(mostBytes: Int) {
        self.mostBytes = mostBytes
    }

    /// Reads on until an event is whole, and gives its data; `nil` when all of `bytes` is read. `index` moves on.
    mutating func next(_ bytes: UnsafeRawBufferPointer, from index: inout Int) -> [UInt8]? {
        while index < bytes.count {
            if markBytes != nil, skipMark(bytes[index]) {
                index += 1
                continue
            }
            let byte = bytes[index]
            if byte == Self.lineFeed, endedWithCarriageReturn {
                endedWithCarriageReturn = false
                index += 1
                continue
            }
            endedWithCarriageReturn = false
            if byte == Self.carriageReturn || byte == Self.lineFeed {
                endedWithCarriageReturn = byte == Self.carriageReturn
                index += 1
                if let event = endLine() { return event }
                continue
            }
            index = readPart(of: bytes, from: index)
        }
        return nil
    }

    /// Whether the byte belongs to a byte order mark at the beginning. What only began like one is part of a name.
    private mutating func skipMark(_ byte: UInt8) -> Bool {
        guard let seen = markBytes else { return false }
        if byte == Self.byteOrderMark[seen] {
            markBytes = seen + 1 == Self.byteOrderMark.count ? nil : seen + 1
            return true
        }
        markBytes = nil
        if seen > 0 { position = .name(Array(Self.byteOrderMark.prefix(seen))) }
        return false
    }

    /// Reads within a line: one byte of a name, or as much of a value as there is. Returns the index behind it.
    private mutating func readPart(of bytes: UnsafeRawBufferPointer, from index: Int) -> Int {
        switch position {
        case .name(let name):
            let byte = bytes[index]
            if byte == UInt8(ascii: ":") {
                position = begin(name).map { .separator($0) } ?? .ignored
            } else {
                position = name.count < Self.longestName ? .name(name + [byte]) : .ignored
            }
            return index + 1
        case .separator(let field):
            position = .value(field)
            return bytes[index] == UInt8(ascii: " ") ? index + 1 : index
        case .value(let field):
            let end = Self.endOfLine(bytes, from: index)
            add(bytes[index..<end], to: field)
            return end
        case .ignored:
            return Self.endOfLine(bytes, from: index)
        }
    }

    private static func endOfLine(_ bytes: UnsafeRawBufferPointer, from index: Int) -> Int {
        var end = index
        while end < bytes.count, bytes[end] != lineFeed, bytes[end] != carriageReturn { end += 1 }
        return end
    }

    /// A line of this field begins.
    private mutating func begin(_ name: [UInt8]) -> Field? {
        if name.elementsEqual("data".utf8) {
            if hasData { add([Self.lineFeed], to: .data) }
            hasData = true
            return .data
        }
        guard name.elementsEqual("event".utf8) else { return nil }
        type = []
        return .event
    }

    private mutating func add(_ part: some Collection<UInt8>, to field: Field) {
        switch field {
        case .data:
            guard !isTooLarge, data.count + part.count <= mostBytes else { return passOver() }
            data.append(contentsOf: part)
        case .event:
            // One byte too many is enough to be another type.
            type.append(contentsOf: part.prefix(Self.messageType.count + 1 - type.count))
        }
    }

    private mutating func passOver() {
        isTooLarge = true
        data = []
    }

    /// Gives the event that an empty line ends, if it is one.
    private mutating func endLine() -> [UInt8]? {
        defer { position = .name([]) }
        guard case .name(let name) = position else { return nil }
        guard name.isEmpty else {
            _ = begin(name)
            return nil
        }
        defer {
            data = []
            hasData = false
            isTooLarge = false
            type = []
        }
        return hasData && !isTooLarge && (type.isEmpty || type == Self.messageType) ? data : nil
    }
}
