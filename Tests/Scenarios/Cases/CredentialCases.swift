import Foundation
import TestSupport
import Testing

/// Threat cases 18 to 20: where a credential may stand, and what of a client's fields reaches the server.
@Suite struct CredentialCases {
    private func outcome(_ call: (_ token: String) -> Call) throws -> Outcome {
        let stage = try Stage()
        return try stage.outcome(of: call(stage.token()))
    }

    // MARK: - Case 18

    @Test(arguments: ["Bearer", "bearer", "BEARER", "bEaReR"])
    func case18_theSchemeIsComparedWithoutCase(scheme: String) throws {
        #expect(try outcome { .modern().with("Authorization", "\(scheme) \($0)") } == .accepted())
    }

    @Test(arguments: ["Bearer", "Bearer ", "Bearer  TOKEN", "Bearer TOKEN x", "Bearer \"TOKEN\"", "Bearer TOKEN\u{7F}"])
    func case18_aMalformedCredentialIsABadRequest(value: String) throws {
        let outcome = try outcome { .modern().with("Authorization", value.replacingOccurrences(of: "TOKEN", with: $0)) }
        #expect(outcome.status == 400 && !outcome.reached)
    }

    @Test(arguments: ["Basic YTpi", "DPoP TOKEN", "TOKEN", "Bearer\tTOKEN", "Digest x"])
    func case18_anotherSchemeIsUnauthorized(value: String) throws {
        #expect(
            try outcome { .modern().with("Authorization", value.replacingOccurrences(of: "TOKEN", with: $0)) }
                == .refused(401, "credential_scheme_not_supported"))
    }

    @Test(arguments: ["Authorization", "authorization", "AUTHORIZATION"])
    func case18_twoCredentialsAreABadRequest(name: String) throws {
        #expect(
            try outcome { .modern().bearing($0).with(name, "Bearer other") } == .refused(400, "credential_repeated"))
        #expect(
            try outcome { .modern().with(name, "Bearer \($0), Bearer other") } == .refused(400, "credential_repeated"))
        #expect(try outcome { .modern().with(name, "Bearer \($0),other") } == .refused(400, "credential_repeated"))
    }

    @Test(arguments: [
        "access_token", "ACCESS_TOKEN", "access%5Ftoken", "%61ccess_token", "x=1&access_token", "x;access_token",
    ])
    func case18_aTokenInTheQueryIsNoCredential(name: String) throws {
        #expect(try outcome { .modern().at("/mcp/orders?\(name)=\($0)") } == .refused(401, "credential_in_query"))
        #expect(
            try outcome { .modern().at("/mcp/orders?\(name)=x").bearing($0) } == .refused(400, "credential_in_query"))
    }

    @Test func case18_aTokenInBodyOrCookieIsNoCredential() throws {
        #expect(
            try outcome { .modern(arguments: .object([("access_token", .string($0))])) }
                == .refused(401, "credential_missing"))
        #expect(try outcome { .modern().with("Cookie", "access_token=\($0)") } == .refused(401, "credential_missing"))
    }

    // MARK: - Case 19

    static let impostors = [
        "Txn-Token", "txn_token", "TXN-TOKEN", "txn.token", "Txn-Token-2", "X-Actor-Sub", "X_Actor_Sub", "X.Actor.Sub",
        "x-actor-tenant", "X-Agent-Id", "X_AGENT_ID", "X-Delegation-Mode", "X-Trace-Id", "X-EIE-Anything",
        "EIE-Envelope",
        "Workload-Identity-Token", "Workload_Proof_Token", "X-Forwarded-User", "X-Forwarded-Email",
        "X-Forwarded-Access-Token",
        "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-Ip", "X-Auth-Request-User", "X-Remote-User",
        "Remote-User", "X-User-Id", "X-Goog-IAP-JWT-Assertion", "Cf-Access-Jwt-Assertion", "X-Pomerium-Jwt-Assertion",
        "X-Amzn-Oidc-Data", "X-MS-CLIENT-PRINCIPAL", "Client-Cert", "X-SSL-Client-Cert", "Proxy-Authorization",
        "Cookie",
        "DPoP", "X-Original-URL", "X-HTTP-Method-Override", "Origin-Trial", "X-Custom",
    ]

    /// What the server receives is the same whatever else the client sends: ours, once, and no look-alike.
    @Test(arguments: impostors) func case19_theServerSeesExactlyOurFields(name: String) throws {
        let stage = try Stage()
        let token = try stage.token()
        for call in [
            Call.modern().bearing(token).with(name, "mallory"),
            .modern().bearing(token).with(name, "mallory").with(name, "mallory too"),
        ] {
            #expect(try stage.outcome(of: call) == .accepted())
        }
        for request in stage.server.requests {
            #expect(request.names == Self.sentNames)
            #expect(!request.fields.contains { $0.contains("mallory") })
            #expect(try stage.claims(in: request).principal.subject == "alice")
        }
        #expect(stage.server.requests.count == 2)
    }

    static let sentNames = [
        "Host", "Content-Type", "Accept", "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Via", "X-Forwarded-Host",
        "X-Forwarded-Proto", "traceparent", "Txn-Token", "X-Actor-Sub", "X-Actor-Tenant", "X-Agent-Id",
        "X-Delegation-Mode",
        "X-Trace-Id", "Content-Length",
    ]

    @Test func case19_aNameWithASpaceIsNoRequest() throws {
        let outcome = try outcome { .modern().bearing($0).with("TXN-TOKEN ", "mallory") }
        #expect(outcome == .refused(400, "malformed_field_name", whom: .nowhere))
    }

    @Test func case19_trailersAreDropped() throws {
        let stage = try Stage()
        let body = Call.legacy().body
        let call = Call.raw(
            """
            POST /mcp/orders HTTP/1.1
            Host: gw.example
            Authorization: Bearer \(try stage.token())
            Content-Type: application/json
            Transfer-Encoding: chunked

            \(String(body.utf8.count, radix: 16))
            \(body)
            0
            Txn-Token: mallory
            X-Actor-Sub: mallory


            """)
        #expect(try stage.outcome(of: call) == .accepted())
        let heard = String(decoding: stage.server.heard, as: UTF8.self)
        #expect(!heard.contains("mallory"))
        #expect(stage.server.requests[0].values("Txn-Token").count == 1)
        #expect(stage.server.requests[0].body == body)
    }

    @Test(arguments: ["dev.bulla/envelope", "DEV_BULLA/envelope", "txn-token", "Txn_Token", "x-actor-sub", "dev.bulla"])
    func case19_metadataThatLooksLikeOursIsRefused(key: String) throws {
        #expect(
            try outcome { .modern(meta: [(key, .string("mallory"))]).bearing($0) }
                == .refused(400, "reserved_metadata", body: "-32600", whom: .alice))
    }

    @Test(arguments: ["X-Identity", "x_identity", "X.Identity"])
    func case19_aRenamedEnvelopeHeaderIsGuardedAlike(name: String) throws {
        var policy = TestPolicy()
        policy.gateway = ["envelope: {header: X-Identity}"]
        let stage = try Stage(policy)
        #expect(try stage.outcome(of: .modern().bearing(stage.token()).with(name, "mallory")) == .accepted())
        #expect(stage.server.requests[0].names.filter { $0.lowercased().hasSuffix("identity") } == ["X-Identity"])
    }

    // MARK: - Case 20

    @Test(arguments: [
        "x-actor-sub, txn-token", "Txn_Token", "authorization", "host", "content-length", "mcp-session-id", "Mcp-Name",
        "X-Forwarded-For", "keep-alive, mcp-method",
    ])
    func case20_aConnectionMayNotNominateWhatServersRelyOn(options: String) throws {
        #expect(
            try outcome { .modern().bearing($0).with("Connection", options) }
                == .refused(400, "connection_nominates_protected", whom: .nowhere))
    }

    @Test func case20_anOrdinaryNominationRemovesThatFieldOnly() throws {
        let stage = try Stage()
        let call = try Call.modern().bearing(stage.token()).with("Connection", "user-agent")
            .with("User-Agent", "x").with("Accept-Language", "de")
        #expect(try stage.outcome(of: call) == .accepted())
        #expect(stage.server.requests[0].values("User-Agent") == [])
        #expect(stage.server.requests[0].values("Accept-Language") == ["de"])
    }
}
