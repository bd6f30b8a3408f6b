internal import HTTPCodec
package import HTTPWire
internal import StrictCoding

/// Stands in front of a service and shows at `/received` what that service really got: no more, no less, in order.
///
/// - `GET /received`: JSON, newest last; `?last=N` for the N newest; `?format=text` for reading.
/// - `DELETE /received`: forgets everything.
package struct DemoRecorder: Sendable {
    private let log = ReceivedLog()
    private let effects: DemoEffects
    private let recorded: Service

    package init(recording service: @escaping Service, effects: DemoEffects) {
        recorded = service
        self.effects = effects
    }

    package var service: Service {
        LoopbackGuard.around { request in
            if request.pathBytes == "/received" { return await show(request) }
            await log.add(request, at: effects.now())
            return await recorded(request)
        }
    }

    private func show(_ request: ServiceRequest) async -> ServiceResponse {
        switch request.method {
        case .get:
            guard let query = try? FormParameters(parsing: request.queryBytes), let count = Self.count(query["last"])
            else {
                return .json(Array(#"{"error":"`last` must be a number from 1 to 256"}"#.utf8), status: 400)
            }
            let requests = await log.newest(count)
            switch query["format"] {
            case nil, "json": return .json(ReceivedRequest.json(requests))
            case "text": return .text(ReceivedRequest.text(requests))
            default: return .json(Array(#"{"error":"`format` must be `json` or `text`"}"#.utf8), status: 400)
            }
        case .delete:
            await log.clear()
            return .empty(204)
        default:
            return .methodNotAllowed("GET, DELETE")
        }
    }

    private static func count(_ text: ByteString?) -> Int? {
        guard let text else { return ReceivedLog.capacity }
        guard text.bytes.allSatisfy(\.isASCIIDigit), let count = Int(text.string),
            (1...ReceivedLog.capacity).contains(count)
        else { return nil }
        return count
    }
}

/// The newest requests, oldest first.
private actor ReceivedLog {
    static let capacity = 256

    private var requests: [ReceivedRequest] = []
    private var count = 0

    func add(_ request: ServiceRequest, at time: Int64) {
        count += 1
        if requests.count == Self.capacity { requests.removeFirst() }
        requests.append(ReceivedRequest(request, number: count, time: time))
    }

    func newest(_ count: Int) -> [ReceivedRequest] {
        requests.suffix(count)
    }

    func clear() {
        requests = []
    }
}
