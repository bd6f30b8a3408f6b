package import StrictCoding

/// One record, parsed: for showing it and for drawing conclusions from it.
package struct AuditEntry: Sendable {
    /// What a line may hold; records stay far below.
    private static let limits = JSONLimits(bytes: LineBlock.lineBytes, depth: 8, members: 20_000)

    package let event: ByteString
    private let line: JSONValue

    /// Nil for a line that is no record.
    package init?(_ bytes: [UInt8]) {
        guard let root = try? JSONDocument(parsing: bytes, limits: Self.limits).root, let event = root["event"]?.text
        else { return nil }
        self.event = event
        line = root
    }

    package subscript(_ field: StaticString) -> ByteString? { line[field]?.text }
    package var members: [(name: ByteString, value: JSONValue)] { line.members ?? [] }

    package func number(_ field: StaticString) -> Int64? { line[field]?.integer }

    package func list(_ field: StaticString) -> [ByteString] { line[field]?.elements?.compactMap(\.text) ?? [] }

    package var seq: Int64? { number("seq") }
}
