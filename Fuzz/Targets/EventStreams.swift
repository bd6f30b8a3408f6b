import MCP
import StrictCoding

/// Event streams: the answer is seen at the same octet however the stream is cut, and exactly where a plain reading of
/// the whole by the standard has it.
enum EventStreams {
    static func run(_ input: [UInt8]) throws(BrokenPromise) {
        for id in ["7", "\"a\""] {
            let requestID = Array(id.utf8)
            let octets = firstSight(of: requestID, in: input.indices.map { input[$0..<$0 + 1] })
            try promise((octets != nil) == plainReading(input, requestID), "a plain reading differs")
            var feed = ByteFeed(choosingBy: input)
            for _ in 0..<2 {
                let pieces = feed.pieces(of: input)
                let seen = firstSight(of: requestID, in: pieces)
                try promise((seen == nil) == (octets == nil), "cut otherwise, the answer is (not) there")
            }
            if let octets {
                try promise(firstSight(of: requestID, in: [input[..<octets]]) != nil, "whole, it is not there")
                try promise(firstSight(of: requestID, in: [input[..<(octets - 1)]]) == nil, "whole, it is there before")
            }
            var watch = AnswerWatch(requestID: requestID, isEventStream: false)
            try promise(!watch.received(input), "an answer in what is no stream")
        }
    }

    /// How many octets had come when the answer was seen.
    private static func firstSight(of id: [UInt8], in pieces: [ArraySlice<UInt8>]) -> Int? {
        var watch = AnswerWatch(requestID: id, isEventStream: true)
        return pieces.first { watch.received(Array($0)) }?.endIndex
    }

    /// WHATWG HTML, section 9.2.6, line by line over the whole.
    private static func plainReading(_ input: [UInt8], _ id: [UInt8]) -> Bool {
        var data: [[UInt8]] = []
        var type: [UInt8] = []
        for line in lines(input) {
            if line.isEmpty {
                let isMessage = type.isEmpty || type == Array("message".utf8)
                if isMessage, !data.isEmpty, isAnswer(Array(data.joined(separator: [0x0A])), id) { return true }
                (data, type) = ([], [])
                continue
            }
            let colon = line.firstIndex(of: UInt8(ascii: ":"))
            let name = line[..<(colon ?? line.endIndex)]
            var value = colon.map { line[($0 + 1)...] } ?? []
            if value.first == 0x20 { value = value.dropFirst() }
            if name.elementsEqual("data".utf8) { data.append(Array(value)) }
            if name.elementsEqual("event".utf8) { type = Array(value) }
        }
        return false
    }

    /// The lines that are whole, whichever way they end, without a byte order mark.
    private static func lines(_ input: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = input.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var at = start
        while at < input.count {
            guard input[at] == 0x0A || input[at] == 0x0D else {
                at += 1
                continue
            }
            lines.append(input[start..<at])
            if input[at] == 0x0D, at + 1 < input.count, input[at + 1] == 0x0A { at += 1 }
            at += 1
            start = at
        }
        return lines
    }

    private static func isAnswer(_ event: [UInt8], _ id: [UInt8]) -> Bool {
        guard let root = (try? JSONDocument(parsing: event, limits: .message))?.root else { return false }
        return (root.elements ?? [root]).contains { message in
            guard message["method"] == nil, message["result"] != nil || message["error"] != nil,
                let answered = message["id"]
            else { return false }
            return id == Array("7".utf8) ? answered.number == 7 : answered.text == "a"
        }
    }
}
