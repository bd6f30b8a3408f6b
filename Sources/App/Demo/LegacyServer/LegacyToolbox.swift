internal import StrictCoding

/// All tools of one legacy server, with what stands behind them.
protocol LegacyToolbox: Sendable {
    associatedtype Tool: LegacyTool

    /// As `initialize` tells it.
    var name: String { get }
    var title: String { get }

    /// - Parameter arguments: of every argument that the tool declares.
    func call(_ tool: Tool, _ arguments: [ByteString: ByteString]) async -> ToolOutcome
}

/// What comes of a call.
enum ToolOutcome: Sendable {
    /// Now.
    case result(ToolResult)
    /// After so many steps of so many milliseconds, of which a client hears that asked for it.
    case afterSteps(Int, every: Int, @Sendable () async -> ToolResult)
}

/// The `result` of `tools/call`: data as text and as structure, or a failure that the model can read.
struct ToolResult: Sendable {
    let text: [UInt8]
    let isError: Bool
    /// Whether the text is a JSON object.
    let isStructured: Bool

    /// Data: the text of a JSON object.
    static func data(_ body: (inout JSONWriter) -> Void) -> ToolResult {
        var writer = JSONWriter()
        writer.object(body)
        return ToolResult(text: writer.bytes, isError: false, isStructured: true)
    }

    static func failure(_ sentence: String) -> ToolResult {
        ToolResult(text: Array(sentence.utf8), isError: true, isStructured: false)
    }

    var json: [UInt8] {
        var writer = JSONWriter(reserving: 512)
        writer.object {
            $0.name("content")
            $0.array {
                $0.object {
                    $0.member("type", "text")
                    $0.member("text", ByteString(text))
                }
            }
            if isStructured {
                $0.name("structuredContent")
                $0.raw(text)
            }
            $0.member("isError", isError)
        }
        return writer.bytes
    }
}
