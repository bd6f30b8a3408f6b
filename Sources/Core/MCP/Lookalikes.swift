import StrictCoding

/// The exact spelling of the members that decide what a message does.
struct Lookalikes {
    private let exact: [ByteString]
    private let folded: Set<FoldedName>

    init(_ names: [ByteString]) {
        exact = names
        folded = Set(names.map { FoldedName($0) })
    }

    /// Throws for a member that a reader ignoring case would take for one of `names`.
    static func refuse(
        in members: [(name: ByteString, value: JSONValue)], of names: Lookalikes
    ) throws(MessageRefusal) {
        // Nearly every member is spelled exactly, which costs no folding.
        for (name, _) in members where !names.exact.contains(name) && names.folded.contains(FoldedName(name)) {
            throw MessageRefusal(.lookalikeMember(name))
        }
    }
}
