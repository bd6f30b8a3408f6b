package import StrictCoding

/// The chain of a log: each line names the SHA-256 of the line before it, as it was written, without its line feed.
package enum LogChain {
    /// What the first line of the log names.
    package static func genesis(origin: ByteString) -> Digest {
        Digest(of: Array("eie-audit-genesis\n".utf8) + origin.bytes + [0x0A])
    }

    /// What the line after `line` names.
    package static func link(after line: UnsafeRawBufferPointer) -> Digest {
        Digest(of: line)
    }

    /// `sha256:` and 64 hexadecimal digits.
    package static func text(_ link: Digest) -> [UInt8] {
        Array("sha256:".utf8) + link.hex
    }

    package static func link(from text: ArraySlice<UInt8>) -> Digest? {
        guard text.starts(with: "sha256:".utf8) else { return nil }
        return Digest(hex: text.dropFirst(7))
    }
}
