/// Why a text is not JSON as this gateway reads it, and where.
package struct JSONError: Error, Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case tooLarge
        case tooDeep
        case tooManyValues
        /// Two members of one object have the same name after unescaping; parsers disagree on which of them counts.
        case duplicateName
        case invalidUTF8
        case byteOrderMark
        case loneSurrogate
        case invalidNumber
        case invalidEscape
        case controlCharacter
        case trailingBytes
        case unexpectedEnd
        case unexpectedByte
    }

    package let kind: Kind
    /// The byte offset at which the text stopped being acceptable; for a duplicate name, where its second occurrence
    /// begins.
    package let offset: Int

    package init(_ kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

/// How much JSON is read before giving up.
package struct JSONLimits: Equatable, Sendable {
    /// Bytes of the whole text.
    package var bytes: Int
    /// Containers inside one another; `[]` has depth 1.
    package var depth: Int
    /// Values in the whole text, containers and member values alike.
    package var members: Int

    package init(bytes: Int, depth: Int, members: Int) {
        self.bytes = bytes
        self.depth = depth
        self.members = members
    }

    /// A JOSE header: a handful of short members.
    package static let header = JSONLimits(bytes: 4 << 10, depth: 8, members: 64)
    /// The payload of a token of 8 KiB: group lists make many values, actor chains some depth.
    package static let token = JSONLimits(bytes: 8 << 10, depth: 16, members: 1024)
    /// One MCP message. Tool arguments may hold long lists of numbers; more values than this would hold up the other
    /// connections of an event loop for tens of milliseconds.
    package static let message = JSONLimits(bytes: 4 << 20, depth: 64, members: 50_000)
    /// A document of an authorization server: metadata or a key set.
    package static let document = JSONLimits(bytes: 512 << 10, depth: 32, members: 20_000)
}
