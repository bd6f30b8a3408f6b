package import HTTPWire

/// The orders server: an MCP server whose tools answer from its own data, for whatever `user_id` they are called with.
package struct DemoLegacyServer: Sendable {
    private let endpoint: LegacyEndpoint<OrderTools>

    package init(effects: DemoEffects) {
        endpoint = LegacyEndpoint(OrderTools(), effects: effects)
    }

    package var service: Service { endpoint.service }
}
