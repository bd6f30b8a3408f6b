import Policy

/// One of the gateway's listeners.
enum Door: String, CaseIterable, Sendable {
    case clients
    case egress
    case admin

    /// Where the policy says how it ends TLS.
    var tlsKey: String {
        switch self {
        case .clients: "gateway.tls"
        case .egress: "gateway.egress_tls"
        case .admin: "gateway.admin_tls"
        }
    }

    func settings(in policy: PolicySet) -> TLSSettings? {
        switch self {
        case .clients: policy.tls.clients
        case .egress: policy.tls.egress
        case .admin: policy.tls.admin
        }
    }

    func address(in policy: PolicySet) -> ListenAddress {
        switch self {
        case .clients: policy.listen.clients
        case .egress: policy.listen.egress
        case .admin: policy.listen.admin
        }
    }

    func scheme(in policy: PolicySet) -> String { settings(in: policy) == nil ? "http" : "https" }
}
