import Delegation
import Logging
import Policy
import StrictCoding
import Testing

@testable import Gateway

/// Launched servers when the policy changes.
@Suite(.timeLimit(.minutes(2))) struct HouseholdTests {
    private func ready(_ servers: [String: String]) throws -> PolicyLoad.Ready {
        let lines = servers.sorted { $0.key < $1.key }.map { name, variable in
            """
              \(name):
                path: /mcp/\(name)
                launch: {command: [sleep, "60"], port_env: PORT, env: {MARK: "\(variable)"}}
                issuers: [corp]
                scopes: [a]
                tools: {"*": {require: [a]}}
            """
        }
        let text = """
            version: 1
            gateway: {public_url: "http://127.0.0.1:8080"}
            issuers:
              corp: {issuer: "http://127.0.0.1:9000", tenant: acme}
            servers:
            \(lines.joined(separator: "\n"))
            """
        let compilation = PolicyCompiler.compile(PolicySource(name: "test.yaml", bytes: Array(text.utf8)))
        let policy = try #require(compilation.policy, "\(compilation.diagnostics.map(\.rendered))")
        return PolicyLoad.Ready(policy: policy, secrets: .none)
    }

    @Test func whatIsTheSameStaysAndWhatChangedIsReplaced() async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let commons = Commons(try ready(["any": "1"]).policy.limits) { _ in .failure(.unavailable(retryAfterSeconds: 1))
        }
        func install(_ servers: [String: String]) throws {
            let plan = try commons.plan(
                try ready(servers), egressBase: "http://127.0.0.1:9080", logger: logger)
            commons.install(plan, patience: .seconds(60))
        }
        try install(["same": "1", "changed": "1", "removed": "1"])
        let same = commons.visit("same")?.house
        let changed = commons.visit("changed")?.house
        var guest = commons.visit("removed")
        #expect(guest != nil)

        try install(["same": "1", "changed": "2", "added": "1"])
        #expect(same != nil && commons.visit("same")?.house === same)
        #expect(changed != nil && commons.visit("changed")?.house !== changed)
        #expect(commons.visit("added") != nil)
        #expect(commons.visit("removed") == nil, "nobody new gets in")
        try await eventually("who has no guest leaves") { commons.retiring == ["removed"] }
        try await Task.sleep(for: .milliseconds(500))
        #expect(commons.retiring == ["removed"], "its guest is there still")
        guest = nil
        try await eventually("the last one leaves") { commons.retiring.isEmpty }
        await commons.stop()
    }
}
