/// How much of a message the codec is willing to hold or to wade through. All sizes are bytes.
///
/// The length of the content is not bounded here: `BodyFraming.length` shows a declared length before any content is
/// read, and whoever consumes the content counts it.
package struct CodecLimits: Hashable, Sendable {
    /// A request or response head, from its first byte to the empty line that ends it; beyond it 431.
    package var headBytes: Int
    /// Fields in a head, and again in a trailer section; beyond it 431.
    package var headerFields: Int
    /// A request target; beyond it 414 (RFC 9112, section 3, asks for 8000 octets of request line at least).
    package var targetBytes: Int
    /// A method name: the longest registered one has 17 letters; beyond it 501.
    package var methodBytes: Int
    /// A chunk's size line with its extensions.
    package var chunkLineBytes: Int
    /// All chunk extensions of one message: they carry nothing we use, so a sender must not make us read many.
    package var chunkExtensionBytes: Int
    /// A trailer section, which is validated and dropped; beyond it 431.
    package var trailerBytes: Int
    /// Interim (1xx) responses before a final one.
    package var interimResponses: Int

    package init(
        headBytes: Int = 32 * 1024,
        headerFields: Int = 100,
        targetBytes: Int = 8 * 1024,
        methodBytes: Int = 24,
        chunkLineBytes: Int = 512,
        chunkExtensionBytes: Int = 4 * 1024,
        trailerBytes: Int = 8 * 1024,
        interimResponses: Int = 8
    ) {
        // Field offsets are 32 bits wide.
        precondition(headBytes > 0 && headBytes <= 16 * 1024 * 1024, "a head is at most 16 MiB")
        self.headBytes = headBytes
        self.headerFields = headerFields
        self.targetBytes = targetBytes
        self.methodBytes = methodBytes
        self.chunkLineBytes = chunkLineBytes
        self.chunkExtensionBytes = chunkExtensionBytes
        self.trailerBytes = trailerBytes
        self.interimResponses = interimResponses
    }
}
