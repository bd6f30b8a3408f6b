import Crypto
import Demo
import HTTPWire
import StrictCoding
import Testing

@Suite struct APICallsTests {
    private let api: TestAPI

    init() throws {
        api = try TestAPI()
    }

    @Test func aCallIsShownByWhatItsTokenSays() async throws {
        let token = try await api.delegated()
        _ = await api.get(
            "/orders/alice/A-1001", token: token,
            fields: [("X-Actor-Sub", "alice"), ("x-agent-id", "agent_456"), ("Accept", "*/*")])
        let digest = String(decoding: Hex.encode(SHA256.digest(Array(token.utf8))).prefix(16), as: UTF8.self)
        let shown = try #require(await api.lastCall())
        #expect(
            String(decoding: shown.source, as: UTF8.self) == """
                {"number":1,"time":1795478400,"api":"orders","method":"GET","path":"/orders/alice/A-1001","status":200,\
                "caller":"alice via agent_456","token":{"kind":"on_behalf_of","iss":"http://127.0.0.1:9000","sub":"alice",\
                "act":["agent_456"],"client_id":"bulla-gateway","aud":["orders-api"],"scope":["orders:read"],\
                "sha256_16":"\(digest)"},"audit_headers":[{"name":"X-Actor-Sub","value":"alice"},\
                {"name":"x-agent-id","value":"agent_456"}],"looks_like":{"envelope":false,"handle":false,"cookie":false}}
                """)
        #expect(
            await api.get("/calls?format=text").text == """
                --- 1, at 1795478400
                GET /orders/alice/A-1001 -> 200
                caller: alice via agent_456
                token: on_behalf_of, from http://127.0.0.1:9000, for orders-api, scope orders:read, sha256 \(digest)
                X-Actor-Sub: alice
                x-agent-id: agent_456
                envelope: no, handle: no, cookie: no

                """)
        #expect(!(await api.get("/calls").text.contains(token.split(separator: ".")[2])))
    }

    @Test func aRefusedCallHasNoCaller() async throws {
        _ = await api.get("/profile/me", fields: [("X-Actor-Sub", "alice")])
        let shown = try #require(await api.lastCall())
        #expect(shown["status"]?.integer == 401)
        #expect(shown["caller"] == nil)
        #expect(shown["refusal"]?.text == "there is no access token")
        #expect(await api.get("/calls?format=text").text.contains("caller: nobody, there is no access token\n"))
    }

    @Test(
        arguments: [
            ([("Txn-Token", "x")], "/profile/me", "", "yes no no"),
            ([("txn_token", "x")], "/profile/me", "", "yes no no"),
            ([("X-Other", "ENVELOPE")], "/profile/me", "", "yes no no"),
            ([], "/profile/me?t=ENVELOPE", "", "yes no no"),
            ([], "/profile/me", #"{"a":"ENVELOPE"}"#, "yes no no"),
            ([("X-Other", "eieh_0123")], "/profile/me", "", "no yes no"),
            ([], "/profile/eieh_0123", "", "no yes no"),
            ([], "/profile/me", "eeieh_x", "no yes no"),
            ([("Cookie", "a=b")], "/profile/me", "", "no no yes"),
            ([("X-Other", "eyJhbGciOiJFUzI1NiJ9.e30.x"), ("Accept", "eie")], "/profile/me", "e", "no no no"),
        ] as [([(String, String)], String, String, String)])
    func whatShouldNotHaveArrivedIsSeenAnywhere(
        fields: [(String, String)], target: String, body: String, seen: String
    ) async throws {
        let envelope = try api.reissued(type: "TXNTOKEN+jwt")
        let put = { (text: String) in text.replacing("ENVELOPE", with: envelope) }
        _ = await api.call(.post, put(target), fields: fields.map { ($0, put($1)) }, body: put(body))
        let stray = await api.lastCall()?["looks_like"]
        let words = ["envelope", "handle", "cookie"].map { stray?.member($0)?.bool == true ? "yes" : "no" }
        #expect(words.joined(separator: " ") == seen)
    }

    @Test func theListIsBoundedAndCanBeEmptied() async {
        for number in 1...300 { _ = await api.get("/profile/\(number)") }
        let shown = await api.get("/calls").json?["calls"]?.elements ?? []
        #expect(shown.count == 256)
        #expect(shown.first?["number"]?.integer == 45)
        #expect(await api.call(.delete, "/calls").status == 204)
        #expect(await api.get("/calls?format=text").text == "nothing called yet\n")
        #expect(await api.call(.post, "/calls").status == 405)
        #expect(await api.get("/calls?last=0").status == 400)
    }

    @Test func longTextsAreCutAndCannotDriveATerminal() async {
        _ = await api.get("/profile/me", fields: [("baggage", String(repeating: "x", count: 5000))])
        let baggage = await api.lastCall()?["audit_headers"]?.elements?.first?["value"]?.text
        #expect(baggage?.count == 512)
        _ = await api.get("/profile/me", fields: [("tracestate", "a\u{202E}b")])
        #expect(await api.get("/calls?format=text").text.contains("a\\u{202e}b"))
    }
}
