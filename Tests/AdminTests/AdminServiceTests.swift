import HTTPCodec
import HTTPWire
import StrictCoding
import Testing

@testable import Admin

@Suite struct AdminServiceTests {
    private func answer(
        _ path: String, method: HTTPCodec.Method = .get, problems: [String] = []
    ) async -> ServiceResponse {
        let service = AdminService(
            readiness: { .init(problems: problems, policyDigest: "sha256:abc") },
            metrics: { [MetricFamily("bulla_up", .gauge, "Whether it is up.", 1)] })
        return await service.answer(ServiceRequest(method: method, path: path))
    }

    @Test(arguments: [HTTPCodec.Method.get, .head]) func healthIsOneWord(method: HTTPCodec.Method) async {
        let response = await answer("/healthz", method: method, problems: ["anything"])
        #expect(response.status == 200)
        #expect(response.text == "ok\n", "a gateway that is not ready is alive")
    }

    @Test(arguments: [
        ([], 200, #"{"ready":true,"policy":"sha256:abc","problems":[]}"#),
        (
            ["issuer corp: its keys are being fetched", "the \"audit\"\nlog"], 503,
            #"{"ready":false,"policy":"sha256:abc","problems":["issuer corp: its keys are being fetched","the \"audit\"\u000alog"]}"#
        ),
    ])
    func readinessSaysWhatIsMissing(problems: [String], status: Int, body: String) async {
        let response = await answer("/readyz", problems: problems)
        #expect(response.status == status)
        #expect(response.text == body + "\n")
        #expect(response.value("content-type") == "application/json")
    }

    @Test func metricsAreInTheTextFormat() async {
        let response = await answer("/metrics")
        #expect(response.status == 200)
        #expect(response.value("content-type") == "text/plain; version=0.0.4; charset=utf-8")
        #expect(response.text == "# HELP bulla_up Whether it is up.\n# TYPE bulla_up gauge\nbulla_up 1\n")
    }

    @Test func theCheckpointIsTheNoteAsItWasSigned() async {
        let note = "gw/audit/1\n3\nAAAA\n\n— gw/audit/1 BBBB\n"
        for (known, status, body) in [(nil, 404, "there is no checkpoint yet\n"), (note, 200, note)] {
            let service = AdminService(
                readiness: { .init(problems: [], policyDigest: "") }, metrics: { [] },
                checkpoint: { known.map { Array($0.utf8) } })
            let response = await service.answer(ServiceRequest(method: .get, path: "/audit/checkpoint"))
            #expect((response.status, response.text) == (status, body))
            #expect(response.value("content-type") == "text/plain; charset=utf-8")
        }
    }

    @Test(arguments: ["/", "/healthz/", "/Healthz", "/metrics/x", "/mcp/orders", "/.well-known/jwks.json"])
    func otherPathsAreNotThere(path: String) async {
        let response = await answer(path)
        #expect(response.status == 404)
        #expect(response.text == "try /healthz, /readyz, /metrics or /audit/checkpoint\n")
    }

    @Test(arguments: [HTTPCodec.Method.post, .put, .delete, .options, .patch, .other(Array("BREW".utf8))])
    func onlyReadingIsAllowed(method: HTTPCodec.Method) async {
        for path in ["/healthz", "/readyz", "/metrics", "/nothing"] {
            #expect(await answer(path, method: method).status == 405)
        }
    }

    @Test func nothingIsKeptByCaches() async {
        for path in ["/healthz", "/readyz", "/metrics", "/nothing"] {
            #expect(await answer(path).value("cache-control") == "no-store")
        }
    }
}

private extension ServiceResponse {
    var text: String {
        guard case .whole(let bytes) = content else { return "a stream" }
        return String(decoding: bytes, as: UTF8.self)
    }

    func value(_ name: String) -> String? { fields.first { $0.0 == name }?.1 }
}
