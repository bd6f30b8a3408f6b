package import StrictCoding

package enum CheckpointLimits {
    /// The largest integer that every JSON parser has: `seq` counts no further.
    package static let size = 1 << 53
}

/// What a log says of itself at one moment: its origin, how many lines it has, and the root of their tree (C2SP
/// tlog-checkpoint).
package struct Checkpoint: Hashable, Sendable {
    package let origin: ByteString
    package let size: Int
    package let root: Digest
    /// Further lines, which mean nothing here but are signed too.
    package let extensions: [ByteString]

    package init(origin: ByteString, size: Int, root: Digest, extensions: [ByteString] = []) {
        precondition(
            ([origin] + extensions).allSatisfy { $0.isPlainText(limit: NoteLimits.bytes) },
            "a line of a checkpoint is not empty and has no line feed")
        precondition((0...CheckpointLimits.size).contains(size), "a log is not larger than its seq can count")
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// The checkpoint that `tree` is at.
    package init(origin: ByteString, tree: CompactRange) {
        self.init(origin: origin, size: tree.size, root: tree.root)
    }

    /// Reads the text of a note: lines, each ended by a line feed.
    package init(text: [UInt8]) throws(CheckpointError) {
        guard text.last == 0x0A else { throw .noFinalLineFeed }
        let lines = text.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count >= 3 else { throw .missingLine }
        let texts = lines.map { ByteString($0) }
        guard texts.allSatisfy({ $0.isPlainText(limit: NoteLimits.bytes) }) else { throw .emptyOrControl }
        guard let size = Self.size(lines[1]) else { throw .invalidSize }
        guard let root = Digest(base64: lines[2]) else { throw .invalidRoot }
        if size == 0, root != MerkleTree.emptyRoot { throw .invalidRoot }
        origin = texts[0]
        self.size = size
        self.root = root
        extensions = Array(texts[3...])
    }

    /// What is signed.
    package var text: [UInt8] {
        var text = origin.bytes + [0x0A] + Array(String(size).utf8) + [0x0A] + root.base64 + [0x0A]
        for line in extensions { text += line.bytes + [0x0A] }
        return text
    }

    private static func size(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.count <= 16, digits.first != 0x30 || digits.count == 1, digits.allSatisfy(\.isASCIIDigit) else {
            return nil
        }
        let size = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return size <= CheckpointLimits.size ? size : nil
    }
}

/// Why a text is not a checkpoint.
package enum CheckpointError: Error, Equatable, Sendable {
    case noFinalLineFeed
    /// Fewer than the three lines that there must be.
    case missingLine
    /// A line is empty, is no UTF-8, or holds a control character.
    case emptyOrControl
    /// Not decimal digits without a leading zero, or more than 2^53.
    case invalidSize
    /// Not the padded base64 of 32 bytes, or not the root of a tree without leaves where there are none.
    case invalidRoot
}
