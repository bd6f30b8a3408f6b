import StrictCoding
import Testing

@testable import MCP

@Suite("Watching for the answer")
struct AnswerWatchTests {
    /// A stream in which `¦` marks the moment when the answer to `id` has been seen whole; without one it never is.
    struct Stream: Sendable, CustomTestStringConvertible {
        let id: String
        let bytes: [UInt8]
        let moment: Int?
        let testDescription: String

        init(_ name: String, id: String = "7", _ marked: String) {
            self.init(name, id: id, Array(marked.utf8))
        }

        init(_ name: String, id: String = "7", _ marked: [UInt8]) {
            testDescription = name
            self.id = id
            let mark = Array("¦".utf8)
            moment = marked.indices.first { marked[$0...].starts(with: mark) }
            var bytes = marked
            if let moment { bytes.removeSubrange(moment..<moment + mark.count) }
            self.bytes = bytes
        }
    }

    static let result = #"{"jsonrpc":"2.0","id":7,"result":{}}"#

    static let lines: [Stream] = [
        Stream("LF", "data: \(result)\n\n¦data: x\n\n"),
        Stream("CR", "data: \(result)\r\r¦data: x\r\r"),
        Stream("CRLF", "data: \(result)\r\n\r¦\ndata: x\r\n\r\n"),
        Stream("CR, then LF", "data: \(result)\r\n\n¦"),
        Stream("LF, then CR", "data: \(result)\n\r¦"),
        Stream("no space", "data:\(result)\n\n¦"),
        Stream("two spaces", "data:  \(result)\n\n¦"),
        Stream("byte order mark", "\u{FEFF}data: \(result)\n\n¦"),
        Stream("two byte order marks", "\u{FEFF}\u{FEFF}data: \(result)\n\n"),
        Stream("half a byte order mark", [0xEF, 0xBB] + Array("data: \(result)\n\ndata: \(result)\n\n¦".utf8)),
        Stream("byte order mark later", "\n\u{FEFF}data: \(result)\n\n"),
        Stream("message event", "event: message\nid: 1\ndata: \(result)\nretry: 10\n\n¦"),
        Stream("empty event type", "event\ndata: \(result)\n\n¦"),
        Stream("other event type", "event: ping\ndata: \(result)\n\n"),
        Stream("longer event type", "event: messages\ndata: \(result)\n\n"),
        Stream("the last event type counts", "event: ping\nevent: message\ndata: \(result)\n\n¦"),
        Stream("the type ends with its event", "event: ping\ndata: 1\n\ndata: \(result)\n\n¦"),
        Stream("comments", ": hello\n:\n:data: x\ndata: \(result)\n: bye\n\n¦"),
        Stream("data in several lines", "data: {\"id\":7,\ndata: \"result\":\ndata\ndata: {}}\n\n¦"),
        Stream("lines do not run together", "data: {\"id\":7,\"result\":\"a\ndata: b\"}\n\n"),
        Stream("other fields are not data", "dat: \(result)\ndatax: \(result)\nDATA: \(result)\n data: \(result)\n\n"),
        Stream("an event that has not ended", "data: \(result)\n"),
        Stream("nothing", ""),
        Stream("empty lines", "\n\n\r\n\r\r"),
        Stream("a primer before", "id: 0\ndata:\n\ndata: \(result)\n\n¦"),
        Stream("after other events", "data: {}\n\ndata: []\n\ndata: 1\n\ndata: \(result)\n\n¦"),
    ]

    static func event(_ json: String, _ moment: String = "¦") -> String { "data: \(json)\n\n\(moment)" }

    static let messages: [Stream] = [
        Stream("result", event(result)),
        Stream("error", event(#"{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"m"}}"#)),
        Stream("white space", event(#" { "id" : 7 , "result" : null } "#)),
        Stream("escaped names", event(#"{"\u0069d":7,"resul\u0074":1}"#)),
        Stream("another id", event(#"{"id":8,"result":{}}"#, "")),
        Stream("a string for a number", event(#"{"id":"7","result":{}}"#, "")),
        Stream("a number for a string", id: #""7""#, event(#"{"id":7,"result":{}}"#, "")),
        Stream("a string", id: #""a7""#, event(#"{"id":"a7","result":{}}"#)),
        Stream("a string in other escapes", id: #""a\u0037""#, event(#"{"id":"\u00617","result":{}}"#)),
        Stream("NFC is not NFD", id: "\"caf\u{E9}\"", event("{\"id\":\"cafe\u{301}\",\"result\":{}}", "")),
        Stream("a number as a double", event(#"{"id":7.0,"result":{}}"#)),
        Stream("a number with exponent", event(#"{"id":70e-1,"result":{}}"#)),
        Stream("a number with a fraction", event(#"{"id":7.5,"result":{}}"#, "")),
        Stream("minus", id: "-7", event(#"{"id":7,"result":{}}"#, "")),
        Stream("zero", id: "0", event(#"{"id":-0,"result":{}}"#)),
        Stream("the largest", id: "9007199254740992", event(#"{"id":9007199254740992,"result":{}}"#)),
        Stream("beyond", id: "9007199254740992", event(#"{"id":9007199254740993,"result":{}}"#, "")),
        Stream("the smallest of 64 bits", event(#"{"id":-9223372036854775808,"result":{}}"#, "")),
        Stream("no double", event(#"{"id":1e999,"result":{}}"#, "")),
        Stream("no id", event(#"{"result":{}}"#, "")),
        Stream("a null id", event(#"{"id":null,"result":{}}"#, "")),
        Stream("a notification", event(#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"id":7}}"#, "")),
        Stream("the server's request", event(#"{"jsonrpc":"2.0","id":7,"method":"sampling/createMessage"}"#, "")),
        Stream("a request with a result", event(#"{"id":7,"method":"ping","result":{}}"#, "")),
        Stream("neither result nor error", event(#"{"id":7}"#, "")),
        Stream("inside something else", event(#"{"params":{"id":7,"result":{}}}"#, "")),
        Stream("batch", event("[\(result)]")),
        Stream("in the middle of a batch", event(#"[{"method":"m"},\#(result),3]"#)),
        Stream("a batch in a batch", event("[[\(result)]]", "")),
        Stream("batch without it", event(#"[{"id":8,"result":1},{"id":7,"method":"m"}]"#, "")),
        Stream("no JSON", event("{\"id\":7,\"result\":{}", "")),
        Stream("two texts", event("\(result)\(result)", "")),
        Stream("duplicate names", event(#"{"id":7,"id":7,"result":{}}"#, "")),
        Stream("ill-formed UTF-8", Array("data: {\"id\":7,\"result\":\"".utf8) + [0xFF] + Array("\"}\n\n".utf8)),
        Stream("good after bad", event("{", "") + event(#"{"id":8,"result":1}"#, "") + event(result)),
        Stream("an id that is none", id: "null", event(#"{"id":null,"result":{}}"#, "")),
        Stream("an id that is no JSON", id: "7 7", event(result, "")),
    ]

    /// The index behind the last byte of the piece with which the answer was seen, when the stream comes in pieces.
    private func end(of stream: Stream, pieces: [Range<Int>], limits: JSONLimits = .message) -> Int? {
        var watch = AnswerWatch(requestID: Array(stream.id.utf8), isEventStream: true, limits: limits)
        var end: Int?
        for piece in pieces {
            let isAnswered = watch.received(Array(stream.bytes[piece]))
            if end != nil { #expect(isAnswered, "once given, an answer stays given") }
            if isAnswered, end == nil { end = piece.upperBound }
        }
        return end
    }

    @Test(arguments: lines + messages)
    func theAnswerIsGivenWithTheEndOfItsEvent(_ stream: Stream) {
        let bytewise = stream.bytes.indices.map { $0..<$0 + 1 }
        #expect(end(of: stream, pieces: bytewise) == stream.moment)
    }

    @Test(arguments: lines + messages)
    func howAStreamIsSplitChangesNothing(_ stream: Stream) {
        let count = stream.bytes.count
        for cut in 0...count {
            let pieces = [0..<cut, cut..<cut, cut..<count]
            let expected = stream.moment.map { moment in pieces.first { $0.upperBound >= moment }!.upperBound }
            #expect(end(of: stream, pieces: pieces) == expected, "cut at \(cut)")
        }
    }

    @Test func otherBodiesAreAnswersWhenTheyEnd() {
        var watch = AnswerWatch(requestID: Array("7".utf8), isEventStream: false)
        #expect(watch.received(Array(Self.result.utf8)) == false)
        #expect(watch.received(Array("data: \(Self.result)\n\n".utf8)) == false)
        #expect(watch.received([]) == false)
    }

    // MARK: - Bounds

    private static let short = JSONLimits(bytes: 60, depth: 4, members: 10)

    @Test(arguments: [
        // 60 bytes of data are read, in however many lines.
        Stream("as long as may be", event(#"{"id":7,"result":"\#(String(repeating: "a", count: 40))"}"#)),
        Stream("one byte longer", event(#"{"id":7,"result":"\#(String(repeating: "a", count: 41))"}"#, "")),
        Stream("one line longer", event("\(result)\n\(String(repeating: "data\n", count: 25))", "")),
        Stream("too deep", event(#"{"id":7,"result":[[[[]]]]}"#, "")),
        Stream("too many values", event(#"{"id":7,"result":[1,2,3,4,5,6,7,8]}"#, "")),
        Stream("the next one is read", event(#"{"a":"\#(String(repeating: "a", count: 900))"}"#, "") + event(result)),
        Stream("long comments are nothing", ": \(String(repeating: "a", count: 900))\n" + event(result)),
        Stream(
            "long names are nothing",
            "\(String(repeating: "a", count: 900))\nevent: message\(String(repeating: "a", count: 900))\nevent:\n"
                + event(result)),
    ])
    func anEventThatIsTooLargeIsPassedOver(_ stream: Stream) {
        let bytewise = stream.bytes.indices.map { $0..<$0 + 1 }
        #expect(end(of: stream, pieces: bytewise, limits: Self.short) == stream.moment)
        let whole = [0..<stream.bytes.count]
        #expect((end(of: stream, pieces: whole, limits: Self.short) == nil) == (stream.moment == nil))
    }

    @Test func aMessageOfTheLargestSizeIsSeenAndALargerOneIsNot() {
        for (filling, isSeen) in [(JSONLimits.message.bytes - 20, true), (JSONLimits.message.bytes - 19, false)] {
            let text = String(repeating: "a", count: filling)
            var watch = AnswerWatch(requestID: Array("7".utf8), isEventStream: true)
            #expect(watch.received(Array(#"data:{"id":7,"result":"\#(text)"}"#.utf8)) == false)
            #expect(watch.received(Array("\n\n".utf8)) == isSeen)
        }
    }
}
