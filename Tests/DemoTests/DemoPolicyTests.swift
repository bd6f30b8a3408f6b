import Demo
import Testing

@Suite struct DemoPolicyTests {
    private let policy = DemoPolicy(
        publicURL: "http://127.0.0.1:8080", clients: "127.0.0.1:8080", admin: "127.0.0.1:9901",
        issuer: "http://127.0.0.1:9000",
        upstream: "http://127.0.0.1:3001/mcp", ordersAPI: "http://127.0.0.1:3002", billingAPI: "http://127.0.0.1:3003",
        directory: "/tmp/a \"b\"")

    @Test func theFirstLineNamesTheSchema() {
        #expect(policy.yaml.hasPrefix("# yaml-language-server: $schema=./bulla.schema.json\n"))
    }

    @Test func everyPlaceIsFilledIn() {
        for part in [
            "public_url: \"http://127.0.0.1:8080\"", "clients: \"127.0.0.1:8080\"", "admin: \"127.0.0.1:9901\"",
            "issuer: \"http://127.0.0.1:9000\"", "upstream: \"http://127.0.0.1:3001/mcp\"",
            "url: \"http://127.0.0.1:3002\"",
            "url: \"http://127.0.0.1:3003\"", #"directory: "/tmp/a \"b\"/keys""#, #"file: "/tmp/a \"b\"/audit.jsonl""#,
        ] {
            #expect(policy.yaml.contains(part))
        }
    }

    @Test func everyToolOfTheLegacyServerHasARule() {
        for tool in ["get_order_status", "get_balance", "cancel_order", "slow_report"] {
            #expect(policy.yaml.contains("      \(tool):\n        require: ["))
        }
    }

    @Test func tokensAreForThePublicRoute() {
        #expect(policy.resource == "http://127.0.0.1:8080/mcp/orders")
    }
}
