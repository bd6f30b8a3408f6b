package import StrictCoding

/// With which identity a downstream service is called. The three are incomparable: there is no fallback between them.
package enum ServiceMode: String, CaseIterable, Sendable {
    // In the order in which an envelope picks its `delegation.mode` when services differ.
    case onBehalfOf = "on_behalf_of"
    case restrictedUser = "restricted_user"
    case serviceIdentity = "service_identity"
}

/// What the envelopes of one server say under `delegation`: computed from the server's services when the policy is
/// loaded.
package struct DelegationGrant: Hashable, Sendable {
    package static let mostServices = 32
    /// Of the names with one byte between any two.
    package static let mostBytes = 512

    /// The mode of all services, or the first present in the order of `ServiceMode`; service identity when there are
    /// none.
    package let mode: ServiceMode
    /// Each service's mode in the order of `allowed`; only when they differ.
    package let modes: [ServiceMode]?
    /// Names of services, sorted by bytes.
    package let allowed: [ByteString]

    package init(_ services: [(name: ByteString, mode: ServiceMode)]) {
        let sorted = services.sorted { $0.name < $1.name }
        let present = Set(sorted.map(\.mode))
        mode = ServiceMode.allCases.first(where: present.contains) ?? .serviceIdentity
        modes = present.count > 1 ? sorted.map(\.mode) : nil
        allowed = sorted.map(\.name)
    }
}
