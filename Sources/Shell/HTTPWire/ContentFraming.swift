/// Delimits the content of one outgoing message (RFC 9112, section 6), and sees to it that a declared length is kept.
struct ContentFraming {
    enum Kind: Equatable {
        /// Nothing may follow the head: content is dropped (HEAD, 204, 304).
        case absent
        case length(left: Int)
        case chunked
        case untilClose
    }

    /// How a piece of content is to be sent.
    enum Piece { case dropped, plain, chunk }

    private(set) var kind: Kind

    /// Counts a piece of so many bytes in; nil where the message would become longer than declared.
    mutating func admit(_ size: Int) -> Piece? {
        switch kind {
        // An empty chunk would be the last one.
        case _ where size == 0: return .dropped
        case .absent: return .dropped
        case .length(let left):
            guard size <= left else { return nil }
            kind = .length(left: left - size)
            return .plain
        case .chunked: return .chunk
        case .untilClose: return .plain
        }
    }

    /// Whether the content may end here: not where it is shorter than declared.
    var mayEnd: Bool {
        switch kind {
        case .absent, .untilClose, .chunked, .length(left: 0): true
        case .length: false
        }
    }
}
