import Testing

@Suite(.timeLimit(.minutes(2))) struct LoopTests {
    /// The kernel spreads connections over the sockets of one port; each loop verifies a token once.
    @Test func allLoopsServeAndEachRemembersItsTokens() async throws {
        try await withGateway(loops: 2) { world, gateway in
            let admin = try await gateway.connectAsOperator()
            try await eventually("the keys are known") { try await admin.ask("GET", "/readyz").status == 200 }
            let token = try world.token()
            for _ in 0..<40 {
                let client = try await gateway.connect()
                for id in 1...2 { #expect(try await client.call(token: token, id: id).status == 200) }
                await client.close()
            }
            let metrics = try await admin.metrics()
            #expect(metrics["bulla_token_cache_misses_total"] == 2, "once on each loop")
            #expect(metrics["bulla_token_cache_hits_total"] == 78)
            #expect(metrics["bulla_token_cache_entries"] == 2)
            #expect(metrics[#"bulla_ingress_accepted_total{server="orders-mcp"}"#] == 80)
            #expect(metrics["bulla_connections_accepted_total"] == 40)
            #expect(metrics["bulla_ingress_active"] == 0)
            #expect(metrics["bulla_upstream_first_byte_seconds_count"] == 80)
            #expect(metrics["bulla_upstream_connections_opened_total"] == 2, "each loop keeps its own")
        }
    }

    @Test func aRestartOfTheServerIsNotNoticed() async throws {
        try await withGateway { world, gateway in
            let (client, token) = (try await gateway.connect(), try world.token())
            for id in 1...5 {
                #expect(try await client.call(token: token, id: id).status == 200)
                await world.server.site.close()
                try await world.server.site.open()
            }
            #expect(world.server.requests.count == 5, "and nothing was sent twice")
            let admin = try await gateway.connectAsOperator()
            #expect(try await admin.metrics()["bulla_upstream_connections_opened_total"] == 5)
        }
    }

    @Test func twoUsersOnOneConnectionStayTwo() async throws {
        try await withGateway { world, gateway in
            let client = try await gateway.connect()
            let jwks = try await client.ask("GET", "/.well-known/jwks.json").body
            let names = ["alice", "bob", "cafe\u{301}", "caf\u{E9}"]
            let tokens = try names.map { try world.token(subject: $0) }
            for round in 0..<12 { #expect(try await client.call(token: tokens[round % 4], id: round).status == 200) }
            let subjects = try world.server.requests.map { request in
                try Envelopes.verify(try #require(request.value("txn-token")), jwks: jwks).principal.subject.bytes
            }
            #expect(subjects == (0..<12).map { Array(names[$0 % 4].utf8) })
        }
    }
}
