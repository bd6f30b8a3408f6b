import Crypto
import Demo
import HTTPCodec
import HTTPWire
import StrictCoding
import Testing

@Suite struct DownstreamAPITests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
    }

    // MARK: - What they answer

    @Test(arguments: [
        ("alice", "/orders/alice/A-1001", 200), ("alice", "/orders/alice/B-2001", 404),
        ("alice", "/orders/bob/B-2001", 403), ("alice", "/orders/nobody/A-1001", 403),
        ("bob", "/orders/alice/A-1001", 403), ("bob", "/orders/bob/B-2001", 200), ("bob", "/orders/b%6Fb/B-2001", 200),
        ("alice", "/orders/alice", 404), ("alice", "/orders/", 404), ("alice", "/orders/slow?seconds=6", 400),
        ("alice", "/orders/slow?seconds=2", 200), ("alice", "/orders/slow?seconds=1&seconds=2", 400),
    ])
    func ordersAreForTheUserOfTheToken(user: String, target: String, status: Int) async throws {
        let response = await api.get(target, token: try await api.delegated(user))
        #expect(response.status == status)
    }

    @Test func anOrderIsCancelledByWhoMayWrite() async throws {
        let reader = try await api.delegated()
        let refused = await api.call(.post, "/orders/alice/A-1002/cancel", token: reader)
        #expect(refused.status == 403)
        #expect(refused.field("WWW-Authenticate")?.contains("scope=\"orders:write\"") == true)
        api.provider.world.advance(1)
        let writer = try await api.delegated("alice", scope: "orders:read orders:write")
        #expect(await api.call(.post, "/orders/bob/B-2002/cancel", token: writer).status == 403)
        #expect(await api.call(.post, "/orders/alice/A-1002/cancel", token: writer)["status"] == "cancelled")
        #expect(await api.call(.post, "/orders/alice/A-1002/cancel", token: writer).status == 409)
    }

    @Test func billingKnowsOneServiceAndNoUser() async throws {
        let token = try await api.service()
        let response = await api.get("/billing/accounts/alice", token: token, fields: [("X-Actor-Sub", "alice")])
        #expect(response.text == #"{"user_id":"alice","balance_cents":125040,"currency":"EUR"}"#)
        #expect(await api.lastCall()?["caller"]?.text == "service bulla-gateway, says it is for alice")
        #expect(await api.get("/billing/accounts/nobody", token: token).status == 404)
        #expect(await api.lastCall()?["caller"]?.text == "service bulla-gateway")
    }

    @Test func aProfileNeedsNoArgument() async throws {
        let response = await api.get("/profile/me", token: try api.reissued())
        #expect(response.text == #"{"sub":"alice","name":"Alice Archer","tenant":"acme"}"#)
        let bob = await api.get("/profile/me", token: try api.reissued(["sub": TestGateway.text("bob")]))
        #expect(bob["name"] == "Bob Baker")
    }

    // MARK: - Whom they refuse

    @Test func eachTokenIsGoodAtOneAPI() async throws {
        let tokens = [
            "orders": try await api.delegated(), "billing": try await api.service(), "profile": try api.reissued(),
            "none": nil, "user": try await api.provider.tokens()["access_token"],
        ]
        for (kind, token) in tokens {
            for (name, target) in [
                ("orders", "/orders/alice/A-1001"), ("billing", "/billing/accounts/alice"), ("profile", "/profile/me"),
            ] {
                let response = await api.get(target, token: token)
                #expect(response.status == (kind == name ? 200 : 401), "\(kind) at \(name)")
                #expect((response.field("WWW-Authenticate") != nil) == (kind != name))
            }
        }
    }

    @Test(
        arguments: [
            (["iss": TestGateway.text("http://127.0.0.1:8080")], 401), (["aud": TestGateway.text("orders-api")], 401),
            (["aud": #"["x","profile-api"]"#], 200), (["exp": "1795478400"], 401), (["exp": "1795478401"], 200),
            (["sub": nil], 401), (["sub": TestGateway.text(TestGateway.publicURL)], 401), (["jti": nil], 401),
            (["scope": TestGateway.text("")], 403), (["scope": nil], 401), (["act": nil], 200),
            (["act": #"{"iss":"x"}"#], 401), (["act": "7"], 401), (["client_id": nil], 401),
            (["sub": TestGateway.text("eve")], 404),
        ] as [(TestGateway.Claims, Int)])
    func aTokenIsCheckedAsAnAPIDoes(changes: TestGateway.Claims, status: Int) async throws {
        #expect(await api.get("/profile/me", token: try api.reissued(changes)).status == status)
    }

    @Test(arguments: ["JWT", "txntoken+jwt", "at+jwt+x"])
    func anythingButAnAccessTokenIsRefused(type: String) async throws {
        #expect(await api.get("/profile/me", token: try api.reissued(type: type)).status == 401)
    }

    @Test func aStrangersSignatureIsRefused() async throws {
        let stranger = try TestGateway().reissued(now: api.provider.world.now)
        #expect(await api.get("/profile/me", token: stranger).status == 401)
        #expect(await api.lastCall()?["token"] == nil)
        #expect(await api.lastCall()?["caller"] == nil)
    }

    @Test(arguments: [
        ([("Authorization", "Basic eA==")], 400), ([("Authorization", "Bearer ")], 400),
        ([("Authorization", "Bearer x"), ("Authorization", "Bearer y")], 400), ([("Authorization", "Bearer x")], 401),
    ])
    func onlyOneBearerTokenIsACredential(fields: [(String, String)], status: Int) async {
        #expect(await api.get("/profile/me", fields: fields).status == status)
    }

    @Test func withoutTheIssuersKeysNobodyIsBelieved() async throws {
        let lonely = try #require(
            DemoDownstreamAPI(
                provider: ByteString(TestProvider.issuer), gateway: ByteString(TestGateway.publicURL),
                client: WebClient { _, _, _ in nil }, effects: api.provider.world.effects))
        let token = try api.reissued()
        let request = Call.request(.get, "/profile/me", fields: [("Authorization", "Bearer \(token)")])
        #expect(await lonely.service(request).status == 503)
    }

    @Test(arguments: [("/", 404), ("/other/x", 404), ("/order", 404), ("/profile", 401), ("/calls/x", 404)])
    func nothingElseIsServed(target: String, status: Int) async {
        #expect(await api.get(target).status == status)
    }

    @Test func onlyNamesOfThisMachineReachTheAPIs() async {
        #expect(await api.get("/calls", fields: [("Origin", "https://evil.example")]).status == 403)
    }
}
