package import StrictCoding

/// A pattern of `services.V.allow.paths` on normalised paths: `*` stands for one segment that is not empty, a final
/// `**` for whatever follows, nothing included.
package struct PathPattern: Sendable, Hashable {
    private enum Segment: Hashable {
        case literal(ByteString)
        case any
    }

    /// As written.
    package let text: ByteString
    private let segments: [Segment]
    private let isOpen: Bool

    /// - Parameter text: begins with a slash; `nil` where it does not, or `*` is only part of a segment, or `**` is not
    ///   the last one.
    package init?(_ text: ByteString) {
        guard text.bytes.first == UInt8(ascii: "/") else { return nil }
        let star = UInt8(ascii: "*")
        var parts = Self.split(text)
        let isOpen = parts.last?.elementsEqual([star, star]) ?? false
        if isOpen { parts.removeLast() }
        var segments: [Segment] = []
        for part in parts {
            if part.elementsEqual([star]) {
                segments.append(.any)
            } else {
                guard !part.contains(star) else { return nil }
                segments.append(.literal(ByteString(Array(part))))
            }
        }
        self.text = text
        self.segments = segments
        self.isOpen = isOpen
    }

    package func matches(_ path: ByteString) -> Bool {
        // `*`, the target of OPTIONS for a whole server, is no path.
        guard path.bytes.first == UInt8(ascii: "/") else { return false }
        let parts = Self.split(path)
        guard isOpen ? parts.count >= segments.count : parts.count == segments.count else { return false }
        return zip(segments, parts).allSatisfy { segment, part in
            switch segment {
            case .literal(let text): part.elementsEqual(text.bytes)
            case .any: !part.isEmpty
            }
        }
    }

    private static func split(_ path: ByteString) -> [ArraySlice<UInt8>] {
        path.bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    }
}
