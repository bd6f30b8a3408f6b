import Foundation
import Gateway
import StrictCoding
import Testing

/// What SIGHUP does to a gateway that works.
@Suite(.timeLimit(.minutes(2))) struct ReloadTests {
    @Test func aNewRuleHoldsForTheNextRequestAndACallUnderWayGoesOn() async throws {
        try await withGateway(loops: 2) { world, gateway in
            let token = try world.token()
            let (busy, other) = (try await gateway.connect(), try await gateway.connect())
            world.server.hold()
            async let slow = busy.call(token: token, id: 77)
            await world.server.waitUntilHolding()
            let fetches = try await gateway.connectAsOperator().metrics()["bulla_issuer_fetches_total"]

            let text = world.policyText().replacingOccurrences(
                of: "get_order: {require: [orders:read]}", with: "get_order: {require: [orders:write]}")
            try world.write(text)
            guard case .installed(let digest) = await gateway.reload() else { return #expect(Bool(false)) }
            let refused = try await other.call(token: token)
            #expect(refused.text.contains("insufficient_scope") || refused.status == 403, "\(refused.text)")
            await world.server.release()
            #expect(try await slow.status == 200)

            let admin = try await gateway.connectAsOperator()
            #expect(try await admin.ask("GET", "/readyz").json()["policy"]?.text == digest)
            #expect(try await admin.metrics()[#"bulla_policy_reloads_total{result="installed"}"#] == 1)
            // The issuer's keys were known, and were not fetched again.
            #expect(try await admin.metrics()["bulla_issuer_fetches_total"] == fetches)
        }
    }

    @Test func anEventStreamGoesOn() async throws {
        try await withGateway { world, gateway in
            let stream = try await gateway.connect()
            let token = try world.token()
            world.server.hold()
            async let answer = stream.call(token: token)
            await world.server.waitUntilHolding()
            for round in 0..<3 {
                try world.write(world.policyText() + "\n# round \(round)\n")
                guard case .installed = await gateway.reload() else { return #expect(Bool(false)) }
            }
            await world.server.release()
            #expect(try await answer.status == 200)
        }
    }

    @Test func aBadPolicyNeverReplacesAGoodOne() async throws {
        try await withGateway { world, gateway in
            let admin = try await gateway.connectAsOperator()
            let before = try await admin.ask("GET", "/readyz").json()["policy"]?.text
            try world.write(world.policyText().replacingOccurrences(of: "issuers: [corp]", with: "issuers: [nobody]"))
            guard case .refused(let errors) = await gateway.reload() else { return #expect(Bool(false)) }
            #expect(errors.contains { $0.contains("policy.yaml:") && $0.contains("nobody") }, "\(errors)")
            try FileManager.default.removeItem(atPath: world.policyPath)
            guard case .refused(let why) = await gateway.reload() else { return #expect(Bool(false)) }
            #expect(why.first?.contains("cannot be read") == true, "\(why)")

            #expect(try await admin.ask("GET", "/readyz").json()["policy"]?.text == before)
            #expect(try await admin.metrics()[#"bulla_policy_reloads_total{result="refused"}"#] == 2)
            let client = try await gateway.connect()
            #expect(try await client.call(token: try world.token()).status == 200)
        }
    }

    @Test(arguments: [
        (#"admin: "127.0.0.1:0""#, #"admin: "127.0.0.1:19999""#, "gateway.listen.admin"),
        ("keys: {directory: keys}", "keys: {directory: others}", "gateway.keys.directory"),
        ("audit: {file: audit.jsonl}", "audit: {file: other.jsonl}", "gateway.audit.file"),
        ("audit: {file: audit.jsonl}", "audit: {file: audit.jsonl, mode: best_effort}", "gateway.audit.mode"),
        ("audit: {", "audit: {ingress: durable, ", "gateway.audit.ingress"),
        ("audit: {", "audit: {rotate_bytes: 1MiB, ", "gateway.audit.rotate_bytes"),
        ("audit: {", "audit: {rotate_every: 1h, ", "gateway.audit.rotate_every"),
        ("audit: {", "audit: {checkpoint_records: 10, ", "gateway.audit.checkpoint_records"),
        ("audit: {", "audit: {checkpoint_every: 1s, ", "gateway.audit.checkpoint_every"),
        ("audit: {", "audit: {checkpoints: [stdout], ", "gateway.audit.checkpoints"),
        ("limits: {", "limits: {idle_timeout: 100s, ", "gateway.limits.idle_timeout"),
    ])
    func whatTakesARestartIsRefusedAsAWhole(old: String, new: String, key: String) async throws {
        try await withGateway { world, gateway in
            let text = world.policyText()
            try #require(text.contains(old))
            try world.write(text.replacingOccurrences(of: old, with: new))
            guard case .refused(let errors) = await gateway.reload() else { return #expect(Bool(false)) }
            #expect(errors.first?.contains("`\(key)` cannot change while the gateway runs") == true, "\(errors)")
        }
    }

    @Test func aServerAndAnIssuerCanBeAdded() async throws {
        try await withGateway { world, gateway in
            let other = try TestIssuer()
            try await other.site.open()
            let text = world.policyText()
                .replacingOccurrences(
                    of: "agents:\n",
                    with: "  more: {issuer: \"\(other.site.url)\", profile: rfc9068, tenant: more}\nagents:\n"
                )
                .replacingOccurrences(of: "issuers: [corp]", with: "issuers: [corp, more]")
            try world.write(text)
            let outcome = await gateway.reload()
            guard case .installed = outcome else { return #expect(Bool(false), "\(outcome)") }
            let client = try await gateway.connect()
            let answer = try await client.call(token: try other.token(for: world.resource))
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try await client.call(token: try world.token()).status == 200)
            await other.site.close()
        }
    }

    @Test func whoAsksAGatewayThatIsGoneIsTold() async throws {
        let world = try World()
        let gateway = try await world.start()
        try await gateway.stop()
        #expect(await gateway.reload() == .stopped)
    }
}
