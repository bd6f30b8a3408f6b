/// Writes the chunked transfer coding (RFC 9112, section 7.1).
package enum ChunkSerializer {
    /// Appends the size line of a chunk; `size` octets and `lineEnd` must follow. A chunk is not empty: an empty one
    /// would end the message.
    package static func appendSizeLine(_ size: Int, to output: inout [UInt8]) {
        precondition(size > 0, "an empty chunk ends the message")
        output.append(hexadecimal: size)
        output.append("\r\n")
    }

    /// What follows the octets of a chunk.
    package static let lineEnd = [UInt8](staticBytes: "\r\n")

    /// The last chunk and an empty trailer section.
    package static let lastChunk = [UInt8](staticBytes: "0\r\n\r\n")
}
