import StrictCoding

/// The id of a JSON-RPC message, as the two sides compare it: of one type and one value, however it is spelled.
struct MessageID: Sendable, Equatable {
    private enum Value: Equatable {
        case text(ByteString)
        case integer(Int64)
    }

    private let value: Value

    /// `nil` for what identifies nothing: another type, or a number with a fraction or beyond the integers that every
    /// reader keeps apart.
    init?(_ json: JSONValue) {
        if let text = json.text {
            value = .text(text)
        } else if let integer = json.integer {
            value = .integer(integer)
        } else if let number = json.number, number.magnitude < 0x1p53, let integer = Int64(exactly: number) {
            // 1.0 and 1e0 are 1: a server may have read the id as a double and write it as one.
            value = .integer(integer)
        } else {
            return nil
        }
    }

    /// - Parameter raw: the id as it stands in a message.
    init?(raw: [UInt8]) {
        let limits = JSONLimits(bytes: MessageLimits.idBytes, depth: 1, members: 1)
        guard let document = try? JSONDocument(parsing: raw, limits: limits) else { return nil }
        self.init(document.root)
    }
}
