import StrictCoding

/// URLs that would lead from the gateway to the gateway: a loop, or a way around the door they stand behind.
extension GatewaySettings {
    /// Which key's address a connection to `url` would reach; nil when it leaves the gateway.
    func ownKey(reachedBy url: HTTPURL) -> String? {
        let listeners = [("clients", listen.clients), ("egress", listen.egress), ("admin", listen.admin)]
        if let (key, _) = listeners.first(where: { $0.1.isReached(by: url) }) { return "gateway.listen.\(key)" }
        return publicURL?.origin == url.origin ? "gateway.public_url" : nil
    }
}

extension Field {
    /// A URL to which the gateway connects and which is not the gateway itself.
    func foreignURL(_ gateway: GatewaySettings, help: String, _ report: inout Report) -> HTTPURL? {
        guard let url = trustedURL(&report) else { return nil }
        if let key = gateway.ownKey(reachedBy: url) {
            report.error(place, "\(quotedPath) leads back to the gateway itself (`\(key)`)", help: help)
            return nil
        }
        return url
    }
}

extension ListenAddress {
    /// Whether a connection to `url` from this machine would arrive here. Of the machine's own addresses beyond loopback
    /// a policy knows those that it names.
    fileprivate func isReached(by url: HTTPURL) -> Bool {
        guard port != 0, port == url.port else { return false }
        let isLocal = host.isLoopback || host.isUnspecified
        switch url.host {
        case .name: return url.host.isLoopback && isLocal
        // Connecting to 0.0.0.0 or :: is connecting to loopback.
        case .address(let address) where address.isUnspecified: return isLocal
        case .address(let address): return address == host || host.isUnspecified && address.isLoopback
        }
    }
}
