package import StrictCoding

/// Which downstream services an envelope may be swapped for, and how (`tctx.delegation`).
package struct Delegation: Sendable, Hashable {
    /// One allowed service.
    package struct Grant: Sendable, Hashable {
        package let service: ByteString
        package let mode: DelegationMode

        package init(service: ByteString, mode: DelegationMode) {
            self.service = service
            self.mode = mode
        }
    }

    /// In the order of the services' bytes; no service twice.
    package let grants: [Grant]
    /// The first of `DelegationMode.allCases` that a grant has; `service_identity` when nothing is allowed.
    package let mode: DelegationMode

    package init(_ grants: [Grant]) {
        self.grants = grants.sorted { $0.service < $1.service }
        mode = DelegationMode.allCases.first { mode in grants.contains { $0.mode == mode } } ?? .serviceIdentity
    }

    /// Whether `tctx.delegation.modes` is needed to say what each service's mode is.
    package var isMixed: Bool { grants.contains { $0.mode != mode } }

    /// The mode in which the envelope may be swapped for a service; nil when it may not.
    package func mode(for service: ByteString) -> DelegationMode? {
        grants.first { $0.service == service }?.mode
    }
}
