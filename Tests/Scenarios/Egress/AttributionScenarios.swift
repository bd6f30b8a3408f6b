import Admission
import Identity
import StrictCoding
import TestSupport
import Testing

/// The three ways in which a server's call finds the request to which it belongs.
@Suite struct AttributionScenarios {
    // MARK: - By the forwarded envelope

    @Test func aServerThatForwardsTheEnvelopeCallsForItsUser() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        let call = Call.outbound("GET", "/orders/o-1?fields=all").showing(engagement)
            .with("User-Agent", "httpx/1").with("Accept", "application/json")
        #expect(try stage.outcome(calling: call) == .answered())

        let request = try #require(stage.services.requests.first)
        #expect(request.line == "GET /v1/orders/o-1?fields=all HTTP/1.1")
        #expect(
            request.fields == [
                "Host: 127.0.0.1:9101",
                "User-Agent: httpx/1",
                "Accept: application/json",
                "Via: 1.1 bulla",
                "traceparent: 00-01010101010101010101010101010101-0202020202020202-00",
                "X-Actor-Sub: alice",
                "X-Actor-Tenant: acme",
                "X-Agent-Id: agent_456",
                "X-Delegation-Mode: on_behalf_of",
                "X-Trace-Id: 01010101010101010101010101010101",
                "Authorization: Bearer token-for-alice-1",
            ])
        #expect(stage.audit.written.last?.contains(#""attribution":"envelope""#) == true)
    }

    @Test func theTokenThatIsExchangedIsTheOneWithWhichTheUserCame() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        _ = try stage.outcome(calling: .outbound().showing(engagement))
        let grant = try #require(stage.egress.exchanges.first)
        #expect(grant.principal.subject == "alice" && grant.mode == .onBehalfOf)
        #expect(grant.scopes == ["orders:read", "orders:write"])
        let opened = grant.subjectToken?.open(transaction: grant.transaction, key: stage.epoch.secrets.tokenSeal)
        #expect(opened?.withBytes { String(decoding: $0, as: UTF8.self) } == engagement.token)
        #expect(grant.subjectToken?.open(transaction: "another", key: stage.epoch.secrets.tokenSeal) == nil)
    }

    // MARK: - By a handle

    @Test func aServerThatPassesItsAuthorizationOnCallsForItsUser() throws {
        let stage = try Stage(.withHandles)
        let engagement = try stage.engage()
        #expect(engagement.handle.hasPrefix("eieh_") && engagement.handle.utf8.count == Handle.textBytes)
        #expect(try stage.outcome(calling: .outbound().bearing(engagement.handle)) == .answered())
        #expect(stage.services.requests[0].values("Authorization") == ["Bearer token-for-alice-1"])
        #expect(stage.audit.written.last?.contains(#""attribution":"handle""#) == true)
    }

    @Test(arguments: ["bearer", "BEARER", "Bearer "]) func aHandleIsFoundWhateverTheSchemesCase(scheme: String) throws {
        let stage = try Stage(.withHandles)
        let handle = try stage.engage().handle
        #expect(try stage.outcome(calling: .outbound().with("Authorization", "\(scheme) \(handle)")).status == 200)
    }

    @Test func envelopeAndHandleOfOneRequestAgree() throws {
        let stage = try Stage(.withHandles)
        let engagement = try stage.engage()
        let call = Call.outbound().showing(engagement).bearing(engagement.handle)
        #expect(try stage.outcome(calling: call) == .answered())
        #expect(stage.audit.written.last?.contains(#""attribution":"envelope""#) == true)
    }

    /// What else a server believes to be its credential says nothing here, and goes nowhere.
    @Test(arguments: ["Bearer its-own-token", "Basic dTpw", "Negotiate", "Bearer", "bearer eyJ.a.b"])
    func anotherCredentialIsNoProofAndIsLeftBehind(authorization: String) throws {
        let stage = try Stage(.withHandles)
        let engagement = try stage.engage()
        let call = Call.outbound().with("Authorization", authorization)
        #expect(try stage.outcome(calling: call) == .denied(403, "unattributed"))
        #expect(try stage.outcome(calling: call.showing(engagement)) == .answered())
        #expect(stage.services.requests[0].values("Authorization") == ["Bearer token-for-alice-1"])
    }

    @Test func everyRequestHasAHandleOfItsOwnThatTheUserNeverSees() throws {
        let stage = try Stage(.withHandles)
        let first = try stage.engage()
        let second = try stage.engage()
        #expect(first.handle != second.handle)
        try stage.answer(first, ScriptedServer.json("{}", fields: "X-Echo: \(first.handle)\r\n"))
        #expect(try !first.client.takeText().contains("eieh_"))
    }

    // MARK: - By the instance

    /// Alice's instance and Bob's, each with a secret of its own.
    static func launched() throws -> Stage {
        let stage = try Stage(.launching)
        for (subject, port) in [("alice", 4_001), ("bob", 4_002)] {
            let principal = Principal(
                issuer: ByteString(TestPolicy.issuer), tenant: "acme", subject: ByteString(subject), kind: .user,
                clientID: "webapp", agentID: "agent_456")
            let instance = ByteString("instance of \(subject)")
            stage.egress.instances[principal] = (instance, port)
            stage.egress.register(secret(of: subject), .instance(instance, server: "orders"))
        }
        return stage
    }

    static func secret(of subject: String) -> String {
        ScriptedEgress.secret(of: ByteString("instance of \(subject)"))
    }

    @Test func anInstanceOfALaunchedServerCallsForItsPrincipalWithoutAnyProof() throws {
        let stage = try Self.launched()
        _ = try stage.engage()
        #expect(stage.server.endpoints.map(\.port) == [4_001])
        _ = try stage.engage { $0.with("sub", "bob") }
        #expect(stage.server.endpoints.map(\.port) == [4_001, 4_002] && stage.egress.leased == 2)
        #expect(try stage.outcome(calling: .outbound(secret: Self.secret(of: "alice"))) == .answered())
        #expect(stage.audit.written.last?.contains(#""attribution":"instance""#) == true)
        _ = try stage.outcome(calling: .outbound(secret: Self.secret(of: "bob")))
        #expect(stage.services.requests.map(\.bearer) == ["token-for-alice-1", "token-for-bob-2"])
    }

    @Test func anInstanceMayNotShowAnothersEnvelope() throws {
        let stage = try Self.launched()
        let alice = try stage.engage()
        let bob = try stage.engage { $0.with("sub", "bob") }
        let call = Call.outbound(secret: Self.secret(of: "alice"))
        #expect(try stage.outcome(calling: call.showing(alice)) == .answered())
        #expect(
            try stage.outcome(calling: call.showing(bob)) == .denied(403, "envelope_invalid", "wrong_presenter"))
    }

    @Test func theSecretOfAServerIsNotThatOfItsInstances() throws {
        let stage = try Self.launched()
        let alice = try stage.engage()
        #expect(
            try stage.outcome(calling: .outbound().showing(alice))
                == .denied(403, "envelope_invalid", "wrong_presenter"))
        #expect(try stage.outcome(calling: .outbound()) == .denied(403, "unattributed"))
    }

    @Test func anInstanceBetweenRequestsCallsForNobody() throws {
        let stage = try Self.launched()
        let secret = Self.secret(of: "alice")
        #expect(try stage.outcome(calling: .outbound(secret: secret)) == .denied(403, "unattributed"))
        try stage.answer(stage.engage())
        #expect(stage.egress.leased == 0)
        #expect(try stage.outcome(calling: .outbound(secret: secret)).status == 200)
        stage.pass(.seconds(3))
        #expect(try stage.outcome(calling: .outbound(secret: secret)) == .denied(403, "txn_closed"))
    }
}
