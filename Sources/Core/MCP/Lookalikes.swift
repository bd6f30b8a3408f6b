import StrictCoding

/// The exact spelling of the members that decide what a message does.
struct Lookalikes {
    private let exact: [StaticString]
    private let folded: Set<FoldedName>

    init(_ names: [StaticString]) {
        exact = names
        folded = Set(names.map { FoldedName(ByteString("\($0)")) })
    }

    /// Throws for a member of the object that a reader ignoring case would take for one of `names`.
    static func refuse(in object: JSONValue, of names: Lookalikes) throws(MessageRefusal) {
        for member in object.names {
            // Nearly every member is spelled exactly, which costs neither a copy nor folding.
            if names.exact.contains(where: { member.isText($0) }) { continue }
            guard let name = member.text, names.folded.contains(FoldedName(name)) else { continue }
            throw MessageRefusal(.lookalikeMember(name))
        }
    }
}
