import Demo
import HTTPCodec
import HTTPWire
import StrictCoding
import Synchronization
import Testing

@Suite struct ShopServerTests {
    private let world = TestWorld()
    private let reports = Reports()

    @Test func itsToolsSayWhatTheyWant() async throws {
        let service = try shop { _, _ in nil }
        let session = try #require(
            await post(service, #"{"jsonrpc":"2.0","id":0,"method":"initialize"}"#).field("Mcp-Session-Id"))
        let request = Call.request(
            .post, "/mcp", fields: [("Content-Type", "application/json"), ("Mcp-Session-Id", session)],
            body: #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
        let tools = await service(request).json?["result"]?["tools"]?.elements ?? []
        let described = tools.map { tool in
            let required = tool["inputSchema"]?["required"]?.elements?.compactMap { $0.text?.string } ?? []
            return "\(tool["name"]?.text ?? "")(\(required.joined(separator: ", ")))"
        }
        #expect(
            described == [
                "order_status(user_id, order_id)", "my_profile()", "account_balance(user_id)",
                "cancel(user_id, order_id)", "slow_order(seconds)", "late_refund(user_id)",
            ])
    }

    @Test(arguments: [
        ("order_status", #"{"user_id":"alice","order_id":"A-1"}"#, "GET 9085 /s3cret/orders_api/alice/A-1"),
        ("order_status", #"{"user_id":"../x","order_id":"a b?c"}"#, "GET 9085 /s3cret/orders_api/..%2Fx/a%20b%3Fc"),
        ("cancel", #"{"user_id":"alice","order_id":"A-1"}"#, "POST 9085 /s3cret/orders_api/alice/A-1/cancel"),
        ("slow_order", #"{"seconds":"2&x=1"}"#, "GET 9085 /s3cret/orders_api/slow?seconds=2%26x%3D1"),
        ("account_balance", #"{"user_id":"alice"}"#, "GET 80 /accounts/alice"),
        ("my_profile", "{}", "GET 9085 /s3cret/profile_api/me"),
    ])
    func eachToolCallsItsAPIAtTheAddressOfTheEnvironment(tool: String, arguments: String, call: String) async throws {
        let service = try shop { method, target in .init(status: 200, body: Array(#"{"ok":true}"#.utf8)) }
        let result = await callTool(service, tool, arguments)
        #expect(reports.all == [call])
        #expect(result?["isError"]?.bool == false)
        #expect(result?["structuredContent"]?["ok"]?.bool == true)
    }

    @Test(
        arguments: [
            (WebClient.Answer(status: 200, body: Array("[]".utf8)), "[]", false, false),
            (.init(status: 403, body: Array(#"{"title":"txn_closed"}"#.utf8)), #"{"title":"txn_closed"}"#, true, false),
            (nil, "the API does not answer", true, false),
            (.init(status: 200, body: Array(#"{"a":1}"#.utf8)), #"{"a":1}"#, false, true),
        ] as [(WebClient.Answer?, String, Bool, Bool)])
    func whatTheAPISaysIsTheResult(answer: WebClient.Answer?, text: String, isError: Bool, isStructured: Bool)
        async throws
    {
        let service = try shop { _, _ in answer }
        let result = await callTool(service, "my_profile", "{}")
        #expect(result?["content"]?.elements?.first?["text"]?.text == ByteString(text))
        #expect(result?["isError"]?.bool == isError)
        #expect((result?["structuredContent"] != nil) == isStructured)
    }

    @Test func aRefundIsPromisedAtOnceAndLookedIntoLater() async throws {
        let service = try shop { _, _ in .init(status: 403, body: Array("txn_closed".utf8)) }
        let result = await callTool(service, "late_refund", #"{"user_id":"alice"}"#)
        #expect(result?["structuredContent"]?["refund"]?.text == "promised")
        while reports.all.count < 2 { await Task.yield() }
        #expect(reports.all == ["GET 80 /accounts/alice", "refund for alice: 403 txn_closed"])
        #expect(world.waitedMilliseconds == 4000)
    }

    @Test(
        arguments: [
            (["PORT": nil], "PORT"), (["PORT": "0"], "PORT"), (["PORT": "x"], "PORT"),
            (["ORDERS_API_URL": nil], "ORDERS_API_URL"), (["ORDERS_API_URL": "https://a/b"], "ORDERS_API_URL"),
            (["BILLING_API_URL": "http://"], "BILLING_API_URL"),
            (["PROFILE_API_URL": "http://a/?b"], "PROFILE_API_URL"),
        ] as [([String: String?], String)])
    func aMissingSettingIsToldByName(changes: [String: String?], variable: String) {
        let environment = TestProvider.changed(Self.environment, changes)
        #expect(throws: ShopSettings.Mistake.self) { try ShopSettings(environment: environment) }
        do { _ = try ShopSettings(environment: environment) } catch { #expect(error.variable == variable) }
    }

    // MARK: -

    private static let environment = [
        "PORT": "9000", "ORDERS_API_URL": "http://127.0.0.1:9085/s3cret/orders_api",
        "BILLING_API_URL": "http://billing.example/", "PROFILE_API_URL": "http://127.0.0.1:9085/s3cret/profile_api/",
    ]

    private func shop(
        _ answer: @escaping @Sendable (HTTPCodec.Method, [UInt8]) -> WebClient.Answer?
    ) throws -> Service {
        let reports = reports
        let client = WebClient { method, target, endpoint in
            let call = "\(ByteString(method.name)) \(endpoint.port) \(ByteString(target))"
            reports.add(call)
            return answer(method, target)
        }
        return DemoShopServer(
            settings: try ShopSettings(environment: Self.environment), client: client, effects: world.effects,
            report: { reports.add($0) }
        ).service
    }

    private func callTool(_ service: Service, _ tool: String, _ arguments: String) async -> JSONValue? {
        let body =
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)}}"#
        return await post(service, body).json?["result"]
    }

    private func post(_ service: Service, _ body: String) async -> ServiceResponse {
        await service(Call.request(.post, "/mcp", fields: [("Content-Type", "application/json")], body: body))
    }
}

/// Lines in the order in which they came.
private final class Reports: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) {
        lines.withLock { $0.append(line) }
    }
}
