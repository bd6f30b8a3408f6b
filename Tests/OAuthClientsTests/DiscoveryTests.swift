import OAuthClients
import Testing

/// Where an issuer's metadata is looked for, and what is believed of it.
@Suite(.timeLimit(.minutes(1))) struct DiscoveryTests {
    @Test(arguments: [
        (
            "http://127.0.0.1:9000",
            [
                "http://127.0.0.1:9000/.well-known/oauth-authorization-server",
                "http://127.0.0.1:9000/.well-known/openid-configuration",
            ]
        ),
        (
            "http://127.0.0.1:9000/",
            [
                "http://127.0.0.1:9000/.well-known/oauth-authorization-server",
                "http://127.0.0.1:9000/.well-known/openid-configuration",
            ]
        ),
        (
            "http://127.0.0.1:9000/realms/acme",
            [
                "http://127.0.0.1:9000/.well-known/oauth-authorization-server/realms/acme",
                "http://127.0.0.1:9000/.well-known/openid-configuration/realms/acme",
                "http://127.0.0.1:9000/realms/acme/.well-known/openid-configuration",
            ]
        ),
        (
            "http://127.0.0.1:9000/realms/acme/",
            [
                "http://127.0.0.1:9000/.well-known/oauth-authorization-server/realms/acme",
                "http://127.0.0.1:9000/.well-known/openid-configuration/realms/acme",
                "http://127.0.0.1:9000/realms/acme/.well-known/openid-configuration",
            ]
        ),
    ])
    func locationsAreTriedInTheOrderOfMCPClients(issuer: String, locations: [String]) async throws {
        let world = try KeyWorld(issuers: [#"corp: {issuer: "\#(issuer)", tenant: acme}"#])
        await world.begin()
        #expect(world.web.asked == locations)
        #expect(world.known() == nil)

        // Each location alone leads to the keys, and nothing after it is asked for.
        for (position, location) in locations.enumerated() {
            let world = try KeyWorld(issuers: [#"corp: {issuer: "\#(issuer)", tenant: acme}"#])
            world.web.put(location, KeyWorld.metadata(issuer, keysAt: "http://127.0.0.1:9000/jwks"))
            world.web.put("http://127.0.0.1:9000/jwks", try KeyWorld.keySet("k1"))
            await world.begin()
            #expect(world.web.asked == Array(locations.prefix(position + 1)) + ["http://127.0.0.1:9000/jwks"])
            #expect(world.known() == ["k1"])
        }
    }

    /// Servers of web applications answer any path with 200 and their start page.
    @Test func aPageWhereMetadataMightBeIsPassedOver() async throws {
        let world = try KeyWorld()
        world.web.put(
            "http://127.0.0.1:9000/.well-known/oauth-authorization-server", "<!doctype html><title>IdP</title>")
        world.serve(keys: try KeyWorld.keySet("k1"))
        await world.begin()
        #expect(world.known() == ["k1"])
    }

    @Test(arguments: [
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("http://localhost:9000", "http://127.0.0.1:9000"),
        ("http://127.0.0.1:9000/a", "http://127.0.0.1:9000/A"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000 "),
    ])
    func anotherIssuerByOneByteIsAMismatch(configured: String, named: String) async throws {
        let world = try KeyWorld(issuers: [#"corp: {issuer: "\#(configured)", tenant: acme}"#])
        let origin = configured.hasPrefix("http://localhost") ? "http://localhost:9000" : "http://127.0.0.1:9000"
        let path = configured.hasSuffix("/a") ? "/a" : ""
        world.web.put(
            "\(origin)/.well-known/oauth-authorization-server\(path)",
            KeyWorld.metadata(named, keysAt: "http://127.0.0.1:9000/jwks"))
        world.web.put("http://127.0.0.1:9000/jwks", try KeyWorld.keySet("k1"))
        await world.begin()
        #expect(world.known() == nil)
        let mismatches = await world.keys.mismatches()
        #expect(mismatches.map(\.issuer.name) == ["corp"])
        #expect(mismatches.first?.fault.explanation.contains("names the issuer `\(named)`") == true)
    }

    @Test(arguments: [
        ("[]", "its metadata is not a JSON object"),
        ("{\"issuer\":", "its metadata is not a JSON object"),
        (#"{"jwks_uri":"http://127.0.0.1:9000/jwks"}"#, "its metadata names no issuer"),
        (#"{"issuer":7,"jwks_uri":"http://127.0.0.1:9000/jwks"}"#, "its metadata names no issuer"),
        (#"{"issuer":"http://127.0.0.1:9000"}"#, "its metadata has no jwks_uri"),
        (
            #"{"issuer":"http://127.0.0.1:9000","jwks_uri":"file:///etc/passwd"}"#,
            "is not a URL that the gateway fetches"
        ),
        (
            #"{"issuer":"http://127.0.0.1:9000","jwks_uri":"http://169.254.169.254/jwks"}"#,
            "its jwks_uri `http://169.254.169.254/jwks` is not a URL that the gateway fetches"
        ),
        (#"{"issuer":"http://127.0.0.1:9000","issuer":"x","jwks_uri":"y"}"#, "its metadata is not a JSON object"),
    ])
    func metadataThatCannotBeUsedIsExplained(document: String, explanation: String) async throws {
        let world = try KeyWorld()
        world.web.put("http://127.0.0.1:9000/.well-known/openid-configuration", document)
        await world.begin()
        #expect(world.reported.count == 1)
        #expect(world.reported.first?.contains(explanation) == true, "\(world.reported)")
        #expect(await world.keys.outages().map(\.issuer) == ["corp"])
        #expect(await world.keys.mismatches().isEmpty)
        #expect(!world.web.asked.contains { $0.hasSuffix("/jwks") || $0.hasPrefix("file:") })
    }

    @Test func aPinnedKeySetNeedsNoMetadata() async throws {
        let issuer = #"corp: {issuer: "http://127.0.0.1:9000", tenant: acme, jwks_uri: "http://127.0.0.1:9001/keys"}"#
        let world = try KeyWorld(issuers: [issuer])
        world.web.put("http://127.0.0.1:9001/keys", try KeyWorld.keySet("k1"))
        await world.begin()
        #expect(world.web.asked == ["http://127.0.0.1:9001/keys"])
        #expect(world.known() == ["k1"])
    }

    @Test func metadataIsReadAgainWhenTheKeysAreNotWhereTheyWere() async throws {
        let world = try KeyWorld()
        world.serve(keys: try KeyWorld.keySet("k1"))
        await world.begin()
        world.web.put("http://127.0.0.1:9000/jwks", .nothing("HTTP status 404"))
        world.web.put(
            "http://127.0.0.1:9000/.well-known/openid-configuration",
            KeyWorld.metadata("http://127.0.0.1:9000", keysAt: "http://127.0.0.1:9000/new-jwks"))
        world.web.put("http://127.0.0.1:9000/new-jwks", try KeyWorld.keySet("k2"))
        world.clock.advance(30)
        await world.keys.fetchKeys(of: [0])
        #expect(world.known() == ["k1"], "the keys that were known are used on")
        world.clock.advance(30)
        await world.keys.fetchKeys(of: [0])
        #expect(world.known() == ["k2"])
    }
}
