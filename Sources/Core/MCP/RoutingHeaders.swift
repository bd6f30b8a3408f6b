/// The request's fields that mirror its body: every occurrence of each, in order, without surrounding whitespace.
package struct RoutingHeaders: Sendable {
    /// Values of `MCP-Protocol-Version`.
    package var protocolVersion: [ArraySlice<UInt8>]
    /// Values of `Mcp-Method`.
    package var method: [ArraySlice<UInt8>]
    /// Values of `Mcp-Name`.
    package var name: [ArraySlice<UInt8>]

    package init(
        protocolVersion: [ArraySlice<UInt8>] = [],
        method: [ArraySlice<UInt8>] = [],
        name: [ArraySlice<UInt8>] = []
    ) {
        self.protocolVersion = protocolVersion
        self.method = method
        self.name = name
    }
}

/// A field that mirrors the body, for refusals.
package enum RoutingField: Sendable, Hashable, CaseIterable {
    case protocolVersion
    case method
    case name

    /// The field's name as the specification writes it.
    package var name: StaticString {
        switch self {
        case .protocolVersion: "MCP-Protocol-Version"
        case .method: "Mcp-Method"
        case .name: "Mcp-Name"
        }
    }
}
