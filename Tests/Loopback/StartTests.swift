import HTTPWire
import StrictCoding
import Testing

@Suite(.timeLimit(.minutes(2))) struct StartTests {
    /// From nothing, keys to be made included, to the first answer for a user. Best of several, since other tests run
    /// meanwhile.
    @Test func theFirstAuthenticatedAnswerComesWithin300Milliseconds() async throws {
        var best = Duration.seconds(60)
        for attempt in 0..<10 where attempt < 3 || best >= .milliseconds(300) {
            let world = try World()
            try await world.issuer.site.open()
            try await world.server.site.open()
            let token = try world.token()
            let began = ContinuousClock.now
            let gateway = try await world.start(loops: 2)
            let client = try await gateway.connect()
            let answer = try await client.call(token: token)
            best = min(best, ContinuousClock.now - began)
            #expect(answer.status == 200)
            await client.close()
            try await gateway.stop()
            await world.issuer.site.close()
            await world.server.site.close()
        }
        #expect(best < .milliseconds(300), "\(best)")
    }

    @Test func whileTheIssuerIsAwayItsRoutesAnswer503AndRecoverWithoutARestart() async throws {
        try await withGateway(issuerIsUp: false) { world, gateway in
            let (client, admin) = (try await gateway.connect(), try await gateway.connectAsOperator())
            let refused = try await client.call(token: try world.token())
            #expect(refused.status == 503)
            #expect(refused.value("retry-after") == "5")
            #expect(refused.text.contains("issuer_unavailable"))
            #expect(world.server.requests.isEmpty)
            let unready = try await admin.ask("GET", "/readyz")
            #expect(unready.status == 503)
            #expect(unready.text.contains("issuer corp: its metadata cannot be fetched"), "\(unready.text)")
            #expect(try await admin.ask("GET", "/healthz").status == 200)
            #expect(try await admin.metrics()[#"bulla_issuer_ready{issuer="corp"}"#] == 0)

            try await world.issuer.site.open()
            let token = try world.token()
            try await eventually("the issuer is found") { try await client.call(token: token).status == 200 }
            let ready = try await admin.ask("GET", "/readyz")
            #expect(ready.status == 200)
            #expect(try ready.json()["problems"]?.elements?.isEmpty == true)
            #expect(try await admin.metrics()[#"bulla_issuer_ready{issuer="corp"}"#] == 1)
            let about = world.log.lines.filter { $0.contains("issuer") }
            #expect(about.count == 2, "one line for each change: \(about)")
        }
    }

    @Test func withoutTheIssuerATokenOfAnybodyIsStillNoWayIn() async throws {
        try await withGateway(issuerIsUp: false) { world, gateway in
            let client = try await gateway.connect()
            #expect(try await client.call(token: nil).status == 401)
            #expect(try await client.call(token: "not.a.token").status == 401)
            #expect(world.server.requests.isEmpty)
        }
    }

    @Test func anIssuerThatIsAnotherEndsTheStartWithWhatToWrite() async throws {
        let world = try World()
        world.issuer.claim(toBe: world.issuer.site.url + "/")
        try await world.issuer.site.open()
        let failure = await #expect(throws: (any Error).self) {
            let gateway = try await world.start()
            try await gateway.waitForEnd()
        }
        #expect(
            failure.map { "\($0)" } == """
                issuer `corp`: its metadata names the issuer `\(world.issuer.site.url)/`; \
                write exactly that in the policy, a slash at the end included, if it is the right one
                """)
        await world.issuer.site.close()
    }

    @Test func aPortThatIsTakenIsNamed() async throws {
        let world = try World()
        let other = try Site { _ in ServiceResponse(status: 200) }
        try await other.open()
        let address = "127.0.0.1:\(other.port)"
        let failure = await #expect(throws: (any Error).self) { _ = try await world.start(adminAddress: address) }
        #expect(
            failure.map { "\($0)" } == "cannot listen on `\(address)` (`gateway.listen.admin`): Address already in use")
        await other.close()
    }

    @Test func aSecondStartInTheSameFolderSignsWithTheSameKey() async throws {
        let world = try World()
        var documents: [String] = []
        for _ in 0..<2 {
            let gateway = try await world.start()
            let client = try await gateway.connect()
            documents.append(try await client.ask("GET", "/.well-known/jwks.json").text)
            await client.close()
            try await gateway.stop()
        }
        #expect(documents[0] == documents[1])
    }

    @Test func twoGatewaysMayNotWriteOneAuditLog() async throws {
        try await withGateway(issuerIsUp: false) { world, _ in
            let failure = await #expect(throws: (any Error).self) { _ = try await world.start() }
            #expect(failure.map { "\($0)" }?.contains("is in use by another gateway") == true)
        }
    }
}
