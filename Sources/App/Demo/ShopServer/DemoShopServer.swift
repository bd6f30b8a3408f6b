package import HTTPWire
internal import StrictCoding

/// The shop: an MCP server that calls APIs at the addresses in its environment, and has no notion of who is calling.
package struct DemoShopServer: Sendable {
    private let endpoint: LegacyEndpoint<ShopTools>

    /// - Parameter report: takes a line about what was done in the background.
    package init(
        settings: ShopSettings, client: WebClient, effects: DemoEffects, report: @escaping @Sendable (String) -> Void
    ) {
        endpoint = LegacyEndpoint(
            ShopTools(settings: settings, client: client, effects: effects, report: report), effects: effects)
    }

    package var service: Service { endpoint.service }
}

/// What the shop reads from its environment.
package struct ShopSettings: Sendable {
    /// A variable that is missing or holds something else than it should.
    package struct Mistake: Error, Equatable, CustomStringConvertible {
        package let variable: String
        package let wanted: String

        package var description: String { "the environment variable \(variable) must hold \(wanted)" }
    }

    package let port: Int
    package let orders: WebURL
    package let billing: WebURL
    package let profile: WebURL

    package init(environment: [String: String]) throws(Mistake) {
        guard let port = environment["PORT"].flatMap({ Int($0) }), (1...65_535).contains(port) else {
            throw Mistake(variable: "PORT", wanted: "a port number")
        }
        self.port = port
        orders = try Self.url("ORDERS_API_URL", environment)
        billing = try Self.url("BILLING_API_URL", environment)
        profile = try Self.url("PROFILE_API_URL", environment)
    }

    private static func url(_ variable: String, _ environment: [String: String]) throws(Mistake) -> WebURL {
        guard let url = environment[variable].flatMap({ WebURL(ByteString($0)) }) else {
            throw Mistake(variable: variable, wanted: "an http URL")
        }
        return url
    }
}
