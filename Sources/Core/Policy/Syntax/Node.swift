import StrictCoding

/// One value of the document with its place. Scalars are text; what a text means is decided by the key that holds it.
struct Node: Sendable {
    enum Content: Sendable {
        /// `isPlain` is false for quoted and block scalars, which are text even where they look like numbers.
        case scalar(ByteString, isPlain: Bool)
        case list([Node])
        case mapping([Entry])
        /// Something that was refused already (an alias, say): whoever meets it keeps quiet.
        case refused
    }

    struct Entry: Sendable {
        let key: ByteString
        let keyPlace: Place
        let value: Node
    }

    let place: Place
    let content: Content
}
