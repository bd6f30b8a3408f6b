import Admission
import Crypto
import HTTPCodec
import Identity
import StrictCoding
import TestSupport
import Testing

@testable import Delegation

@Suite("What a service receives")
struct OutboundFieldsTests {
    private func written(
        _ lines: [String], to service: String = "orders_api", path: String = "/orders/o-1",
        policy: TestPolicy = TestPolicy()
    ) throws -> (fields: [String], target: String) {
        let sample = try CallSample(policy)
        let errand = try sample.errand(CallSample.call(path, to: service, lines))
        let header: ByteString? = if case .fixed(let credential) = errand.need { credential.header } else { nil }
        let writer = OutboundFields(
            epoch: sample.epoch, errand: errand,
            credential: OutboundCredential(SecretBytes(Array("s3cret".utf8)), header: header), envelope: nil)
        return (try writer.fields().lines, String(decoding: errand.target, as: UTF8.self))
    }

    private static let own = [
        "Via: 1.1 bulla", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-0606060606060606-00", "X-Actor-Sub: alice",
        "X-Actor-Tenant: acme", "X-Agent-Id: agent_456", "X-Delegation-Mode: on_behalf_of",
        "X-Trace-Id: 0af7651916cd43dd8448eb211c80319c", "Authorization: Bearer s3cret",
    ]

    @Test func theHeadStartsFromNoFields() throws {
        #expect(try written([]).fields == ["Host: 127.0.0.1:9101"] + Self.own)
    }

    @Test(
        arguments: [
            (["Accept: */*"], ["Accept: */*"]), (["X-A: 1", "X-A: 2"], ["X-A: 1", "X-A: 2"]),
            (["Authorization: Bearer mine"], []), (["Txn-Token: x"], []), (["X-Txn-Token: x"], ["X-Txn-Token: x"]),
            (["Cookie: a=1", "Accept: a"], ["Accept: a"]), (["Connection: x-b", "X-B: 1", "X-C: 1"], ["X-C: 1"]),
            (["X-Actor-Sub: eve", "X_Actor_Sub: eve"], []), (["Via: 1.0 x"], []), (["traceparent: x"], []),
            (["Content-Type: text/plain"], ["Content-Type: text/plain"]),
        ] as [([String], [String])])
    func fieldsAreCopiedOrLeftBehind(lines: [String], copied: [String]) throws {
        #expect(try written(lines).fields == ["Host: 127.0.0.1:9101"] + copied + Self.own)
    }

    @Test func aFieldOfTheServicesOwnReplacesTheServers() throws {
        let lines = ["x-api-key: a", "X_API_KEY: b", "X-API-Key2: c", "Authorization: Bearer d"]
        let fields = try written(lines, to: "anything", policy: .everyMethod).fields
        #expect(fields.filter { $0.lowercased().contains("key") } == ["X-API-Key2: c", "X-Api-Key: s3cret"])
        #expect(!fields.contains { $0.hasPrefix("Authorization") })
    }

    @Test(
        arguments: [
            ("", "/base"), ("/", "/base/"), ("/a", "/base/a"), ("/a?b=c", "/base/a?b=c"), ("?b", "/base?b"),
            ("/%61%2F", nil), ("/a%20b", "/base/a%20b"),
        ] as [(String, String?)])
    func thePathOfTheServiceComesFirst(path: String, target: String?) throws {
        #expect((try? written([], to: "anything", path: path, policy: .everyMethod).target) == target)
    }

    @Test func aForeignServiceLearnsAPseudonym() throws {
        let fields = try written([], to: "geocoder").fields
        let subjects = fields.filter { $0.hasPrefix("X-Actor-Sub") }
        #expect(subjects.count == 1 && subjects[0].hasPrefix("X-Actor-Sub: p-"))
    }

    /// A token that would end its field is not sent at all.
    @Test func aSecretThatIsNoFieldValueIsRefused() throws {
        let sample = try CallSample()
        let writer = OutboundFields(
            epoch: sample.epoch, errand: try sample.errand(CallSample.call()),
            credential: OutboundCredential(SecretBytes(Array("a\r\nX-Actor-Sub: eve".utf8)), header: nil),
            envelope: nil)
        #expect(throws: WireError.self) { try writer.fields() }
    }
}
