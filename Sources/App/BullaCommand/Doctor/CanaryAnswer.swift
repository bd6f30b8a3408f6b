import HTTPWire
import StrictCoding

/// What came back from a canary.
enum CanaryAnswer: Sendable, Equatable {
    /// The result of the tool, as text.
    case result(String)
    /// The tool says that it failed, or the gateway says so in the tool's place.
    case toolError(String)
    /// A JSON-RPC error, of the server or of the gateway.
    case error(String)

    var isResult: Bool { if case .result = self { true } else { false } }

    /// The answer to the request `id` in a body, which is one message or a stream of them, as its media type says.
    init?(_ body: [UInt8], type: [UInt8], id: Int64) {
        guard let message = Self.messages(in: body, type: type).first(where: { $0["id"]?.integer == id }) else {
            return nil
        }
        if let error = message["error"] {
            self = .error("\(error["code"]?.integer ?? 0): \(Self.shown(error["message"]?.text ?? ""))")
            return
        }
        guard let result = message["result"] else { return nil }
        let texts = result["content"]?.elements?.compactMap { $0["text"]?.text?.string } ?? []
        let text = Self.shown(ByteString(texts.joined(separator: " ")))
        self = result["isError"]?.bool == true ? .toolError(text) : .result(text)
    }

    static func messages(in body: [UInt8], type: [UInt8]) -> [JSONValue] {
        let texts = type.starts(with: "text/event-stream".utf8) ? events(body) : [body]
        return texts.compactMap { try? JSONDocument(parsing: $0, limits: .message).root }
    }

    /// The data of each server-sent event.
    private static func events(_ stream: [UInt8]) -> [[UInt8]] {
        var events: [[UInt8]] = []
        var data: [UInt8] = []
        for line in stream.filter({ $0 != 0x0D }).split(separator: 0x0A, omittingEmptySubsequences: false) {
            if line.starts(with: "data:".utf8) {
                data += line.dropFirst(5)
            } else if line.isEmpty, !data.isEmpty {
                events.append(data)
                data = []
            }
        }
        return events
    }

    static func shown(_ text: ByteString) -> String { TerminalText.of(text) }
}

/// Why there is no answer to a canary.
enum CanaryFailure: Error, CustomStringConvertible {
    case gatewayAbsent(String)
    /// It is there, and does not prove to be the one of the public URL.
    case gatewayUntrusted(String, TLSFault)
    /// Nobody's word can be believed, for this reason.
    case noAuthority(String)
    /// The gateway refused it, with its own code.
    case refused(status: Int, code: String, detail: String)
    case noAnswer(status: Int)
    case timeout

    var description: String {
        switch self {
        case .gatewayAbsent(let address):
            "nothing answers at \(address) (`gateway.listen.clients`); is the gateway running with this policy?"
        case .gatewayUntrusted(let address, let fault):
            "no trusted TLS connection to \(address) (`gateway.listen.clients`): \(fault.explanation); see `--ca`"
        case .noAuthority(let why):
            "the authorities cannot be used: \(why)"
        case .refused(401, let code, let detail):
            "the gateway does not accept the token: \(code): \(detail)"
        case .refused(let status, let code, let detail):
            "the gateway refuses the request: \(status) \(code): \(detail)"
        case .noAnswer(let status):
            "the server's answer (status \(status)) holds no answer to the call"
        case .timeout:
            "the call was not answered in time"
        }
    }
}
