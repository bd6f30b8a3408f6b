internal import HTTPCodec
internal import HTTPWire
internal import StrictCoding

/// A request as a service received it.
struct ReceivedRequest: Sendable {
    /// What is kept of a body; 256 requests at the listener's limit would be a gigabyte.
    static let bodyLimit = 64 * 1024

    /// Counts from 1 and does not start over.
    let number: Int
    let time: Int64
    let method: ByteString
    let target: ByteString
    /// In order, names as received.
    let fields: [(name: ByteString, value: ByteString)]
    let body: ByteString
    let bodyCount: Int

    init(_ request: ServiceRequest, number: Int, time: Int64) {
        self.number = number
        self.time = time
        method = ByteString(request.method.name)
        target = ByteString(request.path.utf8 + (request.query.map { "?".utf8 + $0 } ?? []))
        fields = (0..<request.fields.count).map {
            (ByteString(request.fields.name(at: $0)), ByteString(request.fields.value(at: $0)))
        }
        body = ByteString(request.body.prefix(Self.bodyLimit))
        bodyCount = request.body.count
    }

    /// `{"received":[{"number","time","method","target","fields":[{"name","value"}],"body","body_bytes"}]}`
    static func json(_ requests: [ReceivedRequest]) -> [UInt8] {
        var writer = JSONWriter(reserving: 4096)
        writer.object {
            $0.name("received")
            $0.array { for request in requests { request.describe(to: &$0) } }
        }
        return writer.bytes
    }

    private func describe(to writer: inout JSONWriter) {
        writer.object {
            $0.member("number", number)
            $0.member("time", time)
            $0.member("method", method)
            $0.member("target", target)
            $0.member("fields", fields: fields)
            $0.member("body", body)
            $0.member("body_bytes", bodyCount)
        }
    }

    /// The requests as they look on the wire, a line with number and time before each.
    static func text(_ requests: [ReceivedRequest]) -> String {
        requests.isEmpty ? "nothing received yet\n" : requests.map(\.text).joined(separator: "\n")
    }

    private var text: String {
        let lines = fields.map { "\($0.name): \($0.value)" }
        let cut = bodyCount > body.count ? "\n(\(bodyCount - body.count) bytes more)" : ""
        let content = ["--- \(number), at \(time)", "\(method) \(target)"] + lines + ["", "\(body)\(cut)"]
        return content.map(VisibleText.of).joined(separator: "\n") + "\n"
    }
}

extension JSONWriter {
    /// `[{"name","value"}]`, in their order.
    mutating func member(_ name: StaticString, fields: [(name: ByteString, value: ByteString)]) {
        self.name(name)
        array {
            for field in fields {
                $0.object {
                    $0.member("name", field.name)
                    $0.member("value", field.value)
                }
            }
        }
    }
}
