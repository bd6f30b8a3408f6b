package import StrictCoding

/// The first record of a segment, `audit.opened`: what is needed to go on with the log, and to verify it from there.
package struct OpenedRecord: Hashable, Sendable {
    package let origin: ByteString
    /// Of the key that the writer signs checkpoints with, by its own account.
    package let vkey: ByteString
    /// `required` or `best_effort`.
    package let mode: ByteString
    /// `enqueued` or `durable`.
    package let ingress: ByteString
    package let version: ByteString
    package let policyHash: ByteString?
    /// The lines of the log before this one, whose `seq` is their number.
    package let tree: CompactRange

    /// - Parameter line: without its line feed.
    package init(_ line: [UInt8]) throws(OpenedRecordError) {
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: line, limits: Self.limits).root
        } catch {
            throw .notJSON(error)
        }
        guard root["event"]?.isText("audit.opened") == true else { throw .otherEvent }
        origin = try Self.text("origin", of: root)
        vkey = try Self.text("vkey", of: root)
        mode = try Self.text("mode", of: root)
        ingress = try Self.text("ingress", of: root)
        version = try Self.text("version", of: root)
        policyHash = root["policy_hash"]?.text
        guard NoteKeyName.isValid(origin.bytes[...]) else { throw .invalid("origin") }
        guard let size = root["size"]?.integer, root["seq"]?.integer == size else { throw .invalid("size") }
        let hashes = root["tree"]?.elements?.compactMap { $0.text.flatMap { Digest(base64: $0) } }
        guard let hashes, hashes.count == root["tree"]?.elements?.count,
            let tree = CompactRange(size: Int(size), hashes: hashes)
        else { throw .invalid("tree") }
        self.tree = tree
    }

    private static func text(_ name: StaticString, of root: JSONValue) throws(OpenedRecordError) -> ByteString {
        guard let text = root[name]?.text, text.isPlainText(limit: 2048) else { throw .invalid(name) }
        return text
    }

    /// A record has no depth to speak of, and its lists are short.
    package static let limits = JSONLimits(bytes: RecordHead.lineBytes, depth: 32, members: 20_000)
}

/// Why a line does not open a segment.
package enum OpenedRecordError: Error, Equatable, Sendable {
    case notJSON(JSONError)
    case otherEvent
    /// The member is missing, or says what it cannot.
    case invalid(StaticString)

    package static func == (left: OpenedRecordError, right: OpenedRecordError) -> Bool {
        switch (left, right) {
        case (.notJSON(let left), .notJSON(let right)): left == right
        case (.otherEvent, .otherEvent): true
        case (.invalid(let left), .invalid(let right)): left.description == right.description
        case (.notJSON, _), (.otherEvent, _), (.invalid, _): false
        }
    }
}

extension CompactRange {
    /// The hashes as the member `tree` has them.
    package var base64Hashes: [ByteString] { hashes.map { ByteString($0.base64) } }
}
