internal import HTTPWire
internal import StrictCoding

/// The newest entries, oldest first, and the page that shows them:
///
/// - `GET`: JSON, newest last; `?last=N` for the N newest; `?format=text` for reading.
/// - `DELETE`: forgets everything.
actor ShownLog<Entry: Sendable> {
    private let capacity: Int
    private let json: @Sendable ([Entry]) -> [UInt8]
    private let text: @Sendable ([Entry]) -> String
    private var entries: [Entry] = []
    private var count = 0

    init(
        capacity: Int = 256, json: @escaping @Sendable ([Entry]) -> [UInt8],
        text: @escaping @Sendable ([Entry]) -> String
    ) {
        self.capacity = capacity
        self.json = json
        self.text = text
    }

    /// Adds the entry that is made with its number, which counts from 1 and does not start over.
    func add(_ entry: @Sendable (_ number: Int) -> Entry) {
        count += 1
        if entries.count == capacity { entries.removeFirst() }
        entries.append(entry(count))
    }

    func page(_ request: ServiceRequest) -> ServiceResponse {
        switch request.method {
        case .get:
            return show(request)
        case .delete:
            entries = []
            return .empty(204)
        default:
            return .methodNotAllowed("GET, DELETE")
        }
    }

    private func show(_ request: ServiceRequest) -> ServiceResponse {
        guard let query = try? FormParameters(parsing: request.queryBytes), let last = number(query["last"]) else {
            return .json(Array(#"{"error":"`last` must be a number from 1 to \#(capacity)"}"#.utf8), status: 400)
        }
        let shown = Array(entries.suffix(last))
        switch query["format"] {
        case nil, "json": return .json(json(shown))
        case "text": return .text(text(shown))
        default: return .json(Array(#"{"error":"`format` must be `json` or `text`"}"#.utf8), status: 400)
        }
    }

    private func number(_ text: ByteString?) -> Int? {
        guard let text else { return capacity }
        guard text.bytes.allSatisfy(\.isASCIIDigit), let number = Int(text.string), (1...capacity).contains(number)
        else { return nil }
        return number
    }
}
