import Demo
import Testing

@Suite struct DemoPolicyTests {
    private let policy = DemoPolicy(
        publicURL: "http://127.0.0.1:8080", clients: "127.0.0.1:8080", egress: "127.0.0.1:9080",
        admin: "127.0.0.1:9901", issuer: "http://127.0.0.1:9000", upstream: "http://127.0.0.1:3001/mcp",
        downstreamAPI: "http://127.0.0.1:3002", program: "/opt/bu lla", directory: "/tmp/a \"b\"")

    @Test func theFirstLineNamesTheSchema() {
        #expect(policy.yaml.hasPrefix("# yaml-language-server: $schema=./bulla.schema.json\n"))
    }

    @Test func everyPlaceIsFilledIn() {
        for part in [
            "public_url: \"http://127.0.0.1:8080\"", "clients: \"127.0.0.1:8080\"", "egress: \"127.0.0.1:9080\"",
            "admin: \"127.0.0.1:9901\"", "issuer: \"http://127.0.0.1:9000\"", "upstream: \"http://127.0.0.1:3001/mcp\"",
            "url: \"http://127.0.0.1:3002/orders\"", "url: \"http://127.0.0.1:3002/billing\"",
            "url: \"http://127.0.0.1:3002/profile\"", "command: [\"/opt/bu lla\", demo-shop]",
            #"directory: "/tmp/a \"b\"/keys""#, #"file: "/tmp/a \"b\"/audit.jsonl""#,
        ] {
            #expect(policy.yaml.contains(part))
        }
    }

    @Test func everyToolOfBothServersHasARule() {
        for tool in [
            "get_order_status", "get_balance", "cancel_order", "slow_report", "order_status", "account_balance",
            "cancel", "late_refund",
        ] {
            #expect(policy.yaml.contains("      \(tool):\n        require: ["))
        }
        for tool in ["my_profile", "slow_order"] { #expect(policy.yaml.contains("      \(tool): {require: [")) }
    }

    @Test func theShopFindsEachAPIBehindItsOwnEgressAddress() {
        for (variable, service) in [
            ("ORDERS_API_URL", "orders_api"), ("BILLING_API_URL", "billing_api"), ("PROFILE_API_URL", "profile_api"),
        ] {
            #expect(policy.yaml.contains("        \(variable): \"${egress}/\(service)\"\n"))
            #expect(policy.yaml.contains("\n  \(service):\n    url: "))
        }
    }

    @Test func tokensAreForThePublicRoutes() {
        #expect(policy.resources == ["http://127.0.0.1:8080/mcp/orders", "http://127.0.0.1:8080/mcp/shop"])
    }
}
