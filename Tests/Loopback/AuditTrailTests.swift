import Foundation
import StrictCoding
import Testing

/// What is on disk after what was decided.
@Suite(.timeLimit(.minutes(2))) struct AuditTrailTests {
    /// One request and the records that it leaves.
    private struct Row: Equatable, CustomStringConvertible {
        let event: String
        let reason: String?
        let status: Int?
        let actor: String?

        init(_ event: String, _ reason: String? = nil, _ status: Int? = nil, actor: String? = nil) {
            (self.event, self.reason, self.status, self.actor) = (event, reason, status, actor)
        }

        init(_ record: JSONValue) {
            self.init(
                record["event"]?.text?.string ?? "", record["reason"]?.text?.string,
                record["status"]?.integer.map { Int($0) },
                actor: record["actor_sub"]?.text?.string)
        }

        var description: String { "\(event) \(reason ?? "-") \(status ?? 0) \(actor ?? "nobody")" }
    }

    @Test func everyDecisionLeavesItsRecord() async throws {
        try await withGateway { world, gateway in
            let client = try await gateway.connect()
            let token = try world.token()
            #expect(try await client.call(token: token).status == 200)
            #expect(try await client.call("cancel_order", token: token).status == 403)
            #expect(try await client.call("drop_orders", token: token).status == 200)
            #expect(try await client.call(token: nil).status == 401)
            #expect(try await client.call(token: try world.token(changes: ["aud": "\"https://other\""])).status == 401)
            #expect(try await client.call(token: try world.token(changes: ["exp": "1000"])).status == 401)
            #expect(try await client.ask("GET", "/nowhere").status == 404)
            await world.server.site.close()
            #expect(try await client.call(token: token).text.contains("upstream_unreachable"))
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            #expect(try await client.answer().status == 400)
            // Public documents are nobody's decision.
            let other = try await gateway.connect()
            #expect(try await other.ask("GET", "/.well-known/jwks.json").status == 200)
            try await gateway.stop()

            let records = try world.auditRecords()
            #expect(
                records.map { Row($0) } == [
                    Row("ingress.accepted", actor: "alice"),
                    Row("ingress.denied", "insufficient_scope", 403, actor: "alice"),
                    Row("ingress.denied", "unknown_tool", 200, actor: "alice"),
                    Row("ingress.denied", "credential_missing", 401),
                    Row("ingress.denied", "wrong_audience", 401),
                    Row("ingress.denied", "token_expired", 401),
                    Row("ingress.denied", "path_not_served", 404),
                    Row("ingress.accepted", actor: "alice"),
                    Row("ingress.failed", "upstream_unreachable", 200, actor: "alice"),
                    Row("ingress.denied", "duplicate_host", 400),
                ])
            for record in records {
                #expect(record["v"]?.integer == 1)
                #expect(record["policy_hash"]?.text?.hasPrefix("sha256:") == true)
                for name in ["actor_sub", "agent_id", "delegation_mode"] {
                    #expect(record.member(ByteString(name)) != nil)
                }
            }
            let times = records.compactMap { $0["ts"]?.text }
            #expect(times == times.sorted())
            // The record and the envelope that the server received are one story.
            let envelope = try #require(world.server.requests.first?.value("txn-token"))
            #expect(try Envelopes.claim("jti", of: envelope) == records[0]["jti"]?.text)
            #expect(try Envelopes.claim("txn", of: envelope) == records[0]["txn"]?.text)
        }
    }

    /// What a proof begins with: how the log was opened, under which policy, and a checkpoint for whoever asks.
    @Test(arguments: ["enqueued", "durable"]) func theLogSaysHowItIsKept(ingress: String) async throws {
        try await withGateway(audit: ", ingress: \(ingress), checkpoint_records: 3") { world, gateway in
            let admin = try await gateway.connectAsOperator()
            let client = try await gateway.connect()
            #expect(try await client.call(token: try world.token()).status == 200)
            try await eventually("there is a checkpoint") {
                try await admin.ask("GET", "/audit/checkpoint").status == 200
            }
            #expect(try await admin.metrics()["bulla_audit_checkpoint_size"] ?? 0 >= 3)
            try await gateway.stop()
            let log = try world.auditLog()
            #expect(
                log.map { $0["event"]?.text } == [
                    "audit.opened", "config.loaded", "ingress.accepted", "audit.stopped",
                ])
            #expect(log[0]["ingress"]?.text?.string == ingress)
            #expect(log[0]["origin"]?.text?.string.contains("/audit/") == true)
            #expect(log[1]["reload"]?.kind == .bool)
            #expect(log[1]["policy_hash"]?.text == log[2]["policy_hash"]?.text)
        }
    }

    @Test func whileTheLogCannotBeWrittenNothingIsForwarded() async throws {
        let world = try World()
        try await world.issuer.site.open()
        try await world.server.site.open()
        let path = world.folder + "/audit.jsonl"
        let gateway = try await world.start()
        let (client, admin) = (try await gateway.connect(), try await gateway.connectAsOperator())
        let token = try world.token()
        #expect(try await client.call(token: token).status == 200)
        try await eventually("it is on record") { try world.auditRecords().count == 1 }
        // Somebody else writes to the file, more than can be set aside.
        var status = stat()
        try #require(stat(path, &status) == 0 && truncate(path, status.st_size + 300 << 20) == 0)
        try await eventually("the failure is noticed") {
            try await client.call(token: token).text.contains("audit_unavailable")
        }
        let forwarded = world.server.requests.count
        for _ in 0..<10 { #expect(try await client.call(token: token).text.contains("audit_unavailable")) }
        #expect(world.server.requests.count == forwarded)
        let unready = try await admin.ask("GET", "/readyz")
        #expect(unready.status == 503)
        #expect(unready.text.contains("the audit log cannot be written"))
        #expect(try await admin.metrics()["bulla_audit_healthy"] == 0)

        try #require(truncate(path, status.st_size) == 0)
        try await eventually("writing goes on") {
            try await !client.call(token: token).text.contains("audit_unavailable")
        }
        #expect(try await admin.ask("GET", "/readyz").status == 200)
        try await gateway.stop()
        let accepted = try world.auditRecords().filter { $0["event"]?.text == "ingress.accepted" }
        #expect(accepted.count == world.server.requests.count, "no request without its record")
        await world.issuer.site.close()
        await world.server.site.close()
    }
}
