import Crypto
import Demo
import HTTPCodec
import HTTPWire
import StrictCoding
import Synchronization

/// A world for the demo services in which time is an integer, randomness counts, and nobody waits.
final class TestWorld: Sendable {
    private let clock = Mutex<Int64>(1_795_478_400)
    private let counter = Mutex<UInt64>(0)
    private let waited = Mutex<Int>(0)

    var now: Int64 { clock.withLock { $0 } }
    /// The sum of all pauses, in milliseconds.
    var waitedMilliseconds: Int { waited.withLock { $0 } }

    func advance(_ seconds: Int64) {
        clock.withLock { $0 += seconds }
    }

    var effects: DemoEffects {
        DemoEffects(
            now: { self.now },
            random: { count in
                let number = self.counter.withLock {
                    $0 += 1; return $0
                }
                return Array(SHA256.digest(Array("random \(number)".utf8)).prefix(count))
            },
            pause: { milliseconds in self.waited.withLock { $0 += milliseconds } })
    }
}

/// Requests and answers in the short form that tables want.
struct Call {
    static func request(
        _ method: HTTPCodec.Method, _ target: String, fields: [(String, String)] = [], body: String = ""
    ) -> ServiceRequest {
        var block = FieldBlock()
        for (name, value) in [("Host", "127.0.0.1:9000")] + fields {
            try! block.append(name: Array(name.utf8), value: Array(value.utf8))
        }
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return ServiceRequest(
            method: method, path: String(halves[0]), query: halves.count == 2 ? Array(halves[1].utf8) : nil,
            fields: block,
            body: Array(body.utf8))
    }

    static func form(_ pairs: [String: String]) -> String {
        let sorted = pairs.sorted { $0.key < $1.key }
        let encoded = FormParameters.encoded(sorted.map { (ByteString($0.key), ByteString($0.value)) })
        return String(decoding: encoded, as: UTF8.self)
    }
}

extension ServiceResponse {
    var text: String {
        switch content {
        case .whole(let body): String(decoding: body, as: UTF8.self)
        case .stream: "<stream>"
        }
    }

    var json: JSONValue? {
        try? JSONDocument(parsing: Array(text.utf8), limits: .document).root
    }

    /// All pieces of a stream, at most `limit`.
    func pieces(limit: Int) async -> [String] {
        guard case .stream(let stream) = content else { return [] }
        var pieces: [String] = []
        for await piece in stream {
            pieces.append(String(decoding: piece, as: UTF8.self))
            if pieces.count == limit { break }
        }
        return pieces
    }

    func field(_ name: String) -> String? {
        fields.first { $0.0.lowercased() == name.lowercased() }?.1
    }

    /// "200", or the status with the OAuth error, as "400 invalid_grant".
    var outcome: String {
        if let error = json?["error"]?.text { return "\(status) \(error)" }
        return "\(status)"
    }
}
