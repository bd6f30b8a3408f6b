package import Admission
import Delegation
package import HTTPWire
package import Policy
import StrictCoding

/// How connections to the upstreams of one policy are secured, by position in its `PolicySet`; `nil` for those that
/// speak plain HTTP.
package struct UpstreamSecurities: Sendable {
    package static let none = UpstreamSecurities(servers: [], services: [])

    private let servers: [UpstreamSecurity?]
    private let services: [UpstreamSecurity?]

    /// - Parameters:
    ///   - servers: in the order of `PolicySet.servers`.
    ///   - services: in the order of `PolicySet.services`.
    package init(servers: [UpstreamSecurity?], services: [UpstreamSecurity?]) {
        self.servers = servers
        self.services = services
    }

    func server(_ index: Int) -> UpstreamSecurity? { servers.indices.contains(index) ? servers[index] : nil }
    func service(_ index: Int) -> UpstreamSecurity? { services.indices.contains(index) ? services[index] : nil }
}

/// What a request stands on from its first byte to its last, whatever is installed meanwhile: positions of servers and
/// services mean the same in both halves.
package struct Footing: Sendable {
    package let epoch: Epoch
    package let securities: UpstreamSecurities
    let egress: EgressPlan
    /// Where the requests to each server that runs already go, by its position; `nil` for a launched one.
    private let servers: [Result<Endpoint, UpstreamFault>?]
    /// Where the calls of each service go, by its position.
    private let services: [Result<Endpoint, DownstreamFault>]

    package init(epoch: Epoch, securities: UpstreamSecurities) {
        self.epoch = epoch
        self.securities = securities
        egress = EgressPlan(epoch)
        servers = epoch.policy.servers.enumerated().map { index, server in
            guard case .upstream(let url) = server.endpoint else { return nil }
            return Endpoint(url, reach: .any, security: securities.server(index)).map { .success($0) }
                ?? .failure(.untrusted)
        }
        services = epoch.policy.services.enumerated().map { index, service in
            let url = service.url
            // A loopback address in the policy, or `localhost`, is meant as it is written; other names may lead
            // anywhere.
            let reach: Endpoint.Reach =
                url.host.isLoopback ? .any : service.allowPrivate ? .globalOrPrivate : .global
            return Endpoint(url, reach: reach, security: securities.service(index)).map { .success($0) }
                ?? .failure(.untrusted)
        }
    }

    /// Where the requests to a server that runs already go.
    ///
    /// - Throws: `untrusted` for an https URL whose connections nobody secures: it is never spoken to in the clear.
    func endpoint(ofServer index: Int) throws(UpstreamFault) -> Endpoint {
        guard let endpoint = servers[index] else { preconditionFailure("a launched server's endpoint is its instance") }
        return try endpoint.get()
    }

    /// Where the calls of a service go.
    ///
    /// - Throws: `untrusted` for an https URL whose connections nobody secures.
    func endpoint(ofService index: Int) throws(DownstreamFault) -> Endpoint {
        try services[index].get()
    }
}

extension Endpoint {
    /// Where a URL of the policy leads; `nil` for an https URL whose connections nobody secures: it is never spoken to in
    /// the clear.
    ///
    /// - Parameter security: for https; a plain URL is spoken to without it.
    package init?(_ url: HTTPURL, reach: Reach, security: UpstreamSecurity?) {
        switch url.scheme {
        case .http: self.init(host: url.host.text, port: url.port, reach: reach)
        case .https:
            guard let security else { return nil }
            self.init(host: url.host.text, port: url.port, reach: reach, security: security)
        }
    }
}
