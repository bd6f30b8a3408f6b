import Foundation
import JOSE
import StrictCoding
import Testing

/// A server's own call over real sockets: what the doors, the loops, the disk and the files have to do with it.
@Suite(.timeLimit(.minutes(2))) struct EgressTests {
    /// The request is forwarded on one loop and the call arrives on whichever the kernel picks.
    @Test func aCallIsAttributedOnEveryLoopAndOnlyWhileItsRequestLasts() async throws {
        try await withGateway(loops: 2) { world, gateway in
            let base = try "/" + presenterSecret(world) + "/orders_api"
            world.server.hold()
            let client = try await gateway.connect()
            async let answer = client.call(token: try world.token(subject: "alice"))
            await world.server.waitUntilHolding()
            let request = try #require(world.server.requests.last)
            let envelope = try #require(request.value("txn-token"))
            let handle = try #require(request.value("authorization"))
            #expect(handle.hasPrefix("Bearer eieh_"))

            for number in 0..<16 {
                let server = try await gateway.connectAsServer()
                let proof = number % 2 == 0 ? ("Txn-Token", envelope) : ("Authorization", handle)
                let told = try await server.ask("GET", base + "/orders/\(number)?full=1", fields: [proof])
                #expect(told.status == 200)
                let body = String(repeating: "x", count: 100_000)
                let posted = try await server.ask("POST", base + "/orders/\(number)", fields: [proof], body: body)
                #expect(posted.status == 200)
                await server.close()
            }
            #expect(world.service.requests.count == 32)
            for heard in world.service.requests {
                #expect(heard.path.hasPrefix("/v1/orders/"))
                #expect(try subject(of: try #require(heard.value("authorization"))) == "alice")
                #expect(heard.value("txn-token") == nil)
                #expect(!heard.bytes.contains(subsequence: "eieh_"))
            }

            await world.server.release()
            #expect(try await answer.status == 200)
            let late = try await gateway.connectAsServer()
            for proof in [("Txn-Token", envelope), ("Authorization", handle)] {
                let told = try await late.ask("GET", base + "/orders/1", fields: [proof])
                #expect(told.status == 403)
                #expect(told.text.contains("urn:eie:error:txn_closed"))
            }
            #expect(world.service.requests.count == 32)
            try await expectIntentsAndResults(world, calls: 32)
        }
    }

    @Test func nobodyButTheServerGetsIn() async throws {
        try await withGateway { world, gateway in
            let stranger = try await gateway.connectAsServer()
            let secret = try presenterSecret(world)
            let other = String(secret.reversed())
            for path in ["/", "/orders_api", "/\(other)/orders_api/orders/1", "/mcp/orders", "/metrics", "/\(secret)"] {
                let told = try await stranger.ask("GET", path)
                #expect(told.status == 403)
                #expect(told.text.contains("urn:eie:error:presenter_unknown"))
            }
            let told = try await stranger.ask("GET", "/\(secret)/orders_api/orders/1")
            #expect(told.text.contains("urn:eie:error:unattributed"))
            // And the other doors know nothing of it.
            for client in [try await gateway.connect(), try await gateway.connectAsOperator()] {
                let told = try await client.ask("GET", "/\(secret)/orders_api/orders/1")
                #expect(told.status == 404)
            }
            #expect(world.service.requests.isEmpty)
            let log = world.log.lines.joined() + String(decoding: try audit(world), as: UTF8.self)
            #expect(!log.contains(secret) && !log.contains(other))
        }
    }

    /// Each call has its intent before its result, and they tell of the same user.
    private func expectIntentsAndResults(_ world: World, calls: Int) async throws {
        try await eventually("all results are on record") {
            try world.auditRecords().count { $0["event"]?.text == "egress.result" } == calls
        }
        let records = try world.auditRecords()
        #expect(records.count { $0["event"]?.text == "egress.intent" } == calls)
        #expect(records.count { $0["event"]?.text == "egress.denied" } == 2)
        // No two calls have the same span, and each result has that of its intent.
        let spans = { (event: ByteString) in
            records.filter { $0["event"]?.text == event }.compactMap { $0["span_id"]?.text }
        }
        let intended = spans("egress.intent")
        #expect(Set(intended).count == calls && Set(spans("egress.result")) == Set(intended))
        let seen = world.service.requests.compactMap { request in
            request.value("traceparent").map { ByteString(String($0.split(separator: "-")[2])) }
        }
        #expect(Set(seen) == Set(intended))
        for record in records where record["event"]?.text == "egress.result" {
            #expect(record["actor_sub"]?.text == "alice")
            #expect(record["agent_id"]?.text == "agent_456")
            #expect(record["delegation_mode"]?.text == "restricted_user")
            #expect(record["status"]?.integer == 200)
        }
    }

    private func subject(of authorization: String) throws -> ByteString? {
        let payload = authorization.split(separator: ".")[1]
        return try JSONDocument(parsing: Base64URL.decode(Array(payload.utf8)), limits: .token).root["sub"]?.text
    }

    private func presenterSecret(_ world: World) throws -> String {
        let file = try Data(contentsOf: URL(fileURLWithPath: world.folder + "/keys/presenters.json"))
        let found = try #require(String(decoding: file, as: UTF8.self).firstMatch(of: /[A-Za-z0-9_-]{43}/))
        return String(found.output)
    }

    private func audit(_ world: World) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: world.folder + "/audit.jsonl"))
    }
}
