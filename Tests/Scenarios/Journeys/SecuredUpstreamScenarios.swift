import Delegation
import NIOCore
import StrictCoding
import TestSupport
import Testing

@testable import DataPlane
@testable import HTTPWire

/// Upstreams with https URLs: spoken to through the security that was installed for them, or not at all.
@Suite struct SecuredUpstreamScenarios {
    private static var secured: TestPolicy {
        var policy = TestPolicy()
        policy.upstream = "upstream: https://orders.example/mcp"
        return policy
    }

    private static let security = SecuredUpstreams.refusing

    @Test func anEndpointCarriesItsSecurity() throws {
        let stage = try Stage(Self.secured)
        stage.worker.install(stage.epoch, securities: UpstreamSecurities(servers: [Self.security], services: []))
        #expect(try stage.client().send(.modern().bearing(stage.token())).status == 200)
        let endpoint = try #require(stage.server.endpoints.first)
        #expect(endpoint == Endpoint(host: "orders.example", port: 443, security: Self.security))
        #expect(stage.server.requests.first?.values("host") == ["orders.example"])
    }

    @Test func withoutSecurityNothingIsSentInTheClear() throws {
        let stage = try Stage(Self.secured)
        let outcome = try stage.outcome(of: .modern().bearing(stage.token()))
        var expected = Outcome.failed(502, "upstream_untrusted")
        expected.reached = false
        #expect(outcome == expected)
        #expect(stage.server.connections == 0)
    }

    @Test func aRequestKeepsTheSecurityItBeganWith() throws {
        let stage = try Stage(Self.secured)
        stage.worker.install(stage.epoch, securities: UpstreamSecurities(servers: [Self.security], services: []))
        let client = try stage.client()
        let call = try Call.modern().bearing(stage.token())
        try client.send(bytes: Array(call.bytes.dropLast()))
        try stage.install(TestPolicy())
        try client.send(bytes: [call.bytes[call.bytes.count - 1]])
        #expect(Answer(try client.take()).status == 200)
        #expect(stage.server.endpoints.map(\.security) == [Self.security])
    }

    @Test func aPlainUpstreamNeedsNone() throws {
        let footing = Footing(epoch: try Stage().epoch, securities: .none)
        let service = try footing.endpoint(ofService: 0)
        #expect(service.security == nil && service.port == 9_101)
    }

    @Test func anHTTPSServiceWithoutSecurityIsRefused() throws {
        var policy = TestPolicy()
        policy.services = [
            "mail: {url: \"https://mail.example\", mode: service_identity, credential: {bearer: \"env:MAIL_KEY\"}, allow: [{methods: [GET], paths: [\"/**\"], require: [orders:read]}]}"
        ]
        policy.allowed.append("mail")
        let epoch = try Stage(policy).epoch
        let position = try #require(epoch.policy.services.firstIndex { $0.name == "mail" })
        #expect(throws: DownstreamFault.untrusted) {
            _ = try Footing(epoch: epoch, securities: .none).endpoint(ofService: position)
        }
        let securities = UpstreamSecurities(
            servers: [], services: (0...position).map { $0 == position ? Self.security : nil })
        let endpoint = try Footing(epoch: epoch, securities: securities).endpoint(ofService: position)
        #expect(endpoint == Endpoint(host: "mail.example", port: 443, reach: .global, security: Self.security))
    }
}
