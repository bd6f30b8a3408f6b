import Admission
import OAuthClients
import TestSupport
import Testing

/// What becomes of keys while time passes and the identity provider has its days.
@Suite(.timeLimit(.minutes(1))) struct KeyLifeTests {
    private let keySetURL = "http://127.0.0.1:9000/jwks"

    private func world() throws -> KeyWorld {
        try KeyWorld(issuers: [#"corp: {issuer: "http://127.0.0.1:9000", tenant: acme, jwks_uri: "\#(keySetURL)"}"#])
    }

    @Test(arguments: [
        (IssuerKeys.FetchOutcome.nothing("HTTP status 500"), "its keys cannot be fetched: HTTP status 500"),
        (.nothing("HTTP status 302"), "its keys cannot be fetched: HTTP status 302"),
        (.nothing("the answer is too large"), "its keys cannot be fetched: the answer is too large"),
        (.body(Array("<html>".utf8)), "its key set is unusable: key_set_not_json"),
        (.body(Array(#"{"keys":{}}"#.utf8)), "its key set is unusable: key_set_without_keys"),
        (.body(Array(#"{"keys":[]}"#.utf8)), "its key set has no key that verifies tokens"),
        (.body(Array(#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#.utf8)), "its key set has no key that verifies tokens"),
        (.body([0x20] + [UInt8](repeating: 0x20, count: 513 << 10)), "its key set is unusable: key_set_not_json"),
        (
            .body(Array("{\"keys\":[\(Array(repeating: "{}", count: 101).joined(separator: ","))]}".utf8)),
            "its key set is unusable: key_set_too_large"
        ),
    ])
    func aKeySetThatCannotBeUsedLeavesTheOldKeysAndIsExplained(
        outcome: IssuerKeys.FetchOutcome, explanation: String
    ) async throws {
        let world = try world()
        world.web.put(keySetURL, outcome)
        await world.begin()
        #expect(world.known() == nil)
        #expect(world.reported == ["corp: \(explanation)"])

        world.web.put(keySetURL, try KeyWorld.keySet("k1"))
        world.clock.advance(2)
        await world.keys.fetchKeys(of: [0])
        world.web.put(keySetURL, outcome)
        world.clock.advance(30)
        await world.keys.fetchKeys(of: [0])
        #expect(world.known() == ["k1"])
        #expect(world.reported == ["corp: \(explanation)", "corp: usable", "corp: \(explanation)"])
    }

    @Test func twoKeysWithOneIDRefuseTheWholeSet() async throws {
        let world = try world()
        world.web.put(keySetURL, try KeyWorld.keySet("same", "same"))
        await world.begin()
        #expect(world.known() == nil)
        #expect(world.reported == ["corp: its key set is unusable: key_set_ambiguous"])
    }

    @Test func keysAreUsedForAnHourWithoutTheProviderAndNoLonger() async throws {
        let world = try world()
        world.web.put(keySetURL, try KeyWorld.keySet("k1"))
        await world.begin()
        world.web.put(keySetURL, .nothing("connect_failed"))
        for minute in 1...60 {
            world.clock.advance(60)
            await world.keys.fetchKeys(of: [0])
            #expect(world.known() == ["k1"], "after \(minute) minutes")
            #expect(await world.keys.outages().isEmpty)
        }
        world.clock.advance(1)
        #expect(world.known() == nil)
        let outages = await world.keys.outages()
        #expect(outages.map(\.issuer) == ["corp"])
        #expect(outages.first?.fault?.explanation == "its keys cannot be fetched: connect_failed")
    }

    @Test func keysThatAreTooOldAreAskedForAsOftenAsMissingOnes() async throws {
        let world = try world()
        world.web.put(keySetURL, try KeyWorld.keySet("k1"))
        await world.begin()
        world.web.put(keySetURL, .nothing("connect_failed"))
        world.clock.advance(3_601)
        await world.keys.fetchKeys(of: [0])
        world.web.put(keySetURL, try KeyWorld.keySet("k2"))
        world.clock.advance(2)
        await world.keys.fetchKeys(of: [0])
        #expect(world.known() == ["k2"])
    }

    @Test func aKeyThatWasWithdrawnIsGoneAfterTheNextRefresh() async throws {
        let world = try world()
        world.web.put(keySetURL, try KeyWorld.keySet("k1", "k2"))
        await world.begin()
        #expect(world.known() == ["k1", "k2"])
        world.web.put(keySetURL, try KeyWorld.keySet("k2"))
        let steps = Shared(0)
        await world.keys.keepFresh { seconds in
            guard steps.change({ $0 += 1 }) <= 60 else { throw CancellationError() }
            world.clock.advance(seconds)
        }
        // Five minutes in steps of five seconds: one refresh, because nothing was due before.
        #expect(world.known() == ["k2"])
        #expect(world.web.asked.count == 2)
    }

    @Test func aProviderThatComesUpIsFoundWithoutBeingAskedFor() async throws {
        let world = try world()
        await world.begin()
        world.web.put(keySetURL, try KeyWorld.keySet("k1"))
        let steps = Shared(0)
        await world.keys.keepFresh { seconds in
            guard steps.change({ $0 += 1 }) <= 1 else { throw CancellationError() }
            world.clock.advance(seconds)
        }
        #expect(world.known() == ["k1"])
    }

    @Test func reportsAreMadeOnlyOnChange() async throws {
        let world = try world()
        let outcomes: [IssuerKeys.FetchOutcome] = [
            .nothing("connect_failed"), .nothing("connect_failed"), .nothing("HTTP status 503"),
            .body(Array(try KeyWorld.keySet("k1").utf8)), .body(Array(try KeyWorld.keySet("k2").utf8)),
            .nothing("connect_failed"), .nothing("connect_failed"), .body(Array(try KeyWorld.keySet("k3").utf8)),
        ]
        world.web.put(keySetURL, outcomes[0])
        await world.begin()
        for outcome in outcomes.dropFirst() {
            world.web.put(keySetURL, outcome)
            world.clock.advance(30)
            await world.keys.fetchKeys(of: [0])
        }
        #expect(
            world.reported == [
                "corp: its keys cannot be fetched: connect_failed", "corp: its keys cannot be fetched: HTTP status 503",
                "corp: usable", "corp: its keys cannot be fetched: connect_failed", "corp: usable",
            ])
        #expect(world.publications == outcomes.count)
    }

    @Test func aProviderThatBecomesAnotherLosesItsKeys() async throws {
        let world = try KeyWorld()
        world.serve(keys: try KeyWorld.keySet("k1"))
        await world.begin()
        #expect(world.known() == ["k1"])
        world.web.put(
            "http://127.0.0.1:9000/.well-known/openid-configuration", KeyWorld.metadata("http://evil.example"))
        world.clock.advance(3_600)
        await world.keys.fetchKeys(of: [0])
        #expect(world.known() == nil)
        #expect(await world.keys.mismatches().count == 1)
    }

    @Test func aClockThatIsSetBackDoesNotStopTheFetching() async throws {
        let world = try world()
        await world.begin()
        world.web.put(keySetURL, try KeyWorld.keySet("k1"))
        world.clock.advance(-86_400)
        await world.keys.fetchKeys(of: [0])
        #expect(world.known() == ["k1"])
    }

    @Test func oneProviderDownDoesNotHinderTheOther() async throws {
        let world = try KeyWorld(issuers: [
            #"a: {issuer: "http://127.0.0.1:9001", tenant: ta, jwks_uri: "http://127.0.0.1:9001/jwks"}"#,
            #"b: {issuer: "http://127.0.0.1:9002", tenant: tb, jwks_uri: "http://127.0.0.1:9002/jwks"}"#,
        ])
        world.web.put("http://127.0.0.1:9002/jwks", try KeyWorld.keySet("kb"))
        await world.begin()
        #expect(world.known(0) == nil)
        #expect(world.known(1) == ["kb"])
        #expect(await world.keys.outages().map(\.issuer) == ["a"])
    }

    /// For tokens that come from the provider by another way than a request.
    @Test func oneProvidersKeysCanBeAskedFor() async throws {
        let world = try world()
        #expect(await world.keys.keySet(of: 0, renewed: false) == nil)
        world.web.put(keySetURL, try KeyWorld.keySet("k1"))
        await world.begin()
        #expect(await world.keys.keySet(of: 0, renewed: false)?.keys.map(\.kid) == ["k1"])
        world.web.put(keySetURL, try KeyWorld.keySet("k2"))
        #expect(await world.keys.keySet(of: 0, renewed: true)?.keys.map(\.kid) == ["k1"], "not again so soon")
        world.clock.advance(30)
        #expect(await world.keys.keySet(of: 0, renewed: true)?.keys.map(\.kid) == ["k2"])
        world.clock.advance(3_601)
        #expect(await world.keys.keySet(of: 0, renewed: false) == nil)
    }
}
