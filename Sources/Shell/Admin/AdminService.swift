package import HTTPWire
package import StrictCoding

/// What operators and their machines ask a running gateway: on a listener of its own, never the clients' one.
package struct AdminService: Sendable {
    /// Whether the gateway can do its work, and if not, why.
    package struct Readiness: Sendable {
        /// Each a short sentence; empty when ready.
        package let problems: [String]
        package let policyDigest: ByteString

        package init(problems: [String], policyDigest: ByteString) {
            self.problems = problems
            self.policyDigest = policyDigest
        }
    }

    private let readiness: @Sendable () async -> Readiness
    private let metrics: @Sendable () async -> [MetricFamily]
    /// The last checkpoint of the audit log, a signed note.
    private let checkpoint: @Sendable () async -> [UInt8]?

    package init(
        readiness: @escaping @Sendable () async -> Readiness, metrics: @escaping @Sendable () async -> [MetricFamily],
        checkpoint: @escaping @Sendable () async -> [UInt8]? = { nil }
    ) {
        self.readiness = readiness
        self.metrics = metrics
        self.checkpoint = checkpoint
    }

    package func answer(_ request: ServiceRequest) async -> ServiceResponse {
        guard request.method == .get || request.method == .head else {
            return text(405, "the admin listener answers GET only\n")
        }
        switch request.path {
        case "/healthz":
            return text(200, "ok\n")
        case "/readyz":
            return ready(await readiness())
        case "/metrics":
            return content(200, PrometheusText.contentType, Array(PrometheusText.render(await metrics()).utf8))
        case "/audit/checkpoint":
            guard let note = await checkpoint() else { return text(404, "there is no checkpoint yet\n") }
            return content(200, "text/plain; charset=utf-8", note)
        default:
            return text(404, "try /healthz, /readyz, /metrics or /audit/checkpoint\n")
        }
    }

    private func ready(_ readiness: Readiness) -> ServiceResponse {
        var writer = JSONWriter()
        writer.object { document in
            document.member("ready", readiness.problems.isEmpty)
            document.member("policy", readiness.policyDigest)
            document.member("problems", array: readiness.problems.map { ByteString($0) })
        }
        return content(readiness.problems.isEmpty ? 200 : 503, "application/json", writer.bytes + [0x0A])
    }

    private func text(_ status: Int, _ message: String) -> ServiceResponse {
        content(status, "text/plain; charset=utf-8", Array(message.utf8))
    }

    private func content(_ status: Int, _ type: String, _ body: [UInt8]) -> ServiceResponse {
        ServiceResponse(status: status, fields: [("content-type", type), ("cache-control", "no-store")], body: body)
    }
}
