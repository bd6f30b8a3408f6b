import StrictCoding

/// One step of libyaml through a document.
struct YAMLEvent {
    enum Kind {
        case streamStart
        case documentStart(hasDirectives: Bool)
        case documentEnd
        case streamEnd
        case alias
        case scalar(ByteString, isPlain: Bool)
        case listStart
        case listEnd
        case mappingStart
        case mappingEnd
    }

    let kind: Kind
    let place: Place
    /// The author gave the node an anchor (`&name`).
    var hasAnchor = false
    /// The author gave the node a tag (`!!int`, `!`, `!name`).
    var hasTag = false
}

/// Why reading cannot go on.
struct YAMLFault: Error {
    let place: Place
    let message: String
}
