package import Admission
import Crypto
import HTTPCodec
import Identity
import Policy
import StrictCoding

/// What outbound calls need of one epoch and none of them changes, looked up and written out once.
package final class EgressPlan: Sendable {
    package let epoch: Epoch
    /// Where envelopes travel.
    let header: ByteString
    private let servers: [ByteString: ServerPlan]
    private let services: [ByteString: ServicePlan]

    package init(_ epoch: Epoch) {
        self.epoch = epoch
        let policy = epoch.policy
        header = policy.envelope.header
        let plans = policy.services.enumerated().map { ServicePlan($1, at: $0, epoch: epoch) }
        services = Dictionary(plans.map { ($0.service.name, $0) }) { first, _ in first }
        servers = Dictionary(policy.servers.map { ($0.name, ServerPlan($0, services: plans, epoch: epoch)) }) {
            first, _ in first
        }
    }

    func server(_ name: ByteString) -> ServerPlan? { servers[name] }
    func service(_ name: ByteString) -> ServicePlan? { services[name] }
}

/// An MCP server as one that calls services.
final class ServerPlan: Sendable {
    /// Of the envelopes that it may show.
    let audience: ByteString
    /// That it knows.
    let scopes: [ByteString]
    /// Those that it may call, by their names.
    let services: [ByteString: ServicePlan]

    init(_ server: Server, services: [ServicePlan], epoch: Epoch) {
        audience = EnvelopeClaims.audience(issuer: epoch.policy.publicURL.origin, id: server.name)
        scopes = server.scopes
        self.services = Dictionary(server.services.map { (services[$0].service.name, services[$0]) }) { first, _ in
            first
        }
    }
}

/// A service as the one that is called.
final class ServicePlan: Sendable {
    /// Position in `PolicySet.services`.
    let index: Int
    let service: DownstreamService
    let mode: DelegationMode
    /// The path of its URL, without a slash at the end.
    let basePath: [UInt8]
    let origin: [UInt8]
    let authority: ByteString
    /// `services.V.allow[N]`.
    let rules: [ByteString]
    /// The credential of a service that is sent the same one with every call.
    let fixed: OutboundCredential?
    /// What is asked for in the gateway's own name, the same for every call.
    let own: CredentialRequest?

    init(_ service: DownstreamService, at index: Int, epoch: Epoch) {
        self.index = index
        self.service = service
        mode = DelegationMode(service.mode)
        var path = service.url.path.bytes
        if path.last == UInt8(ascii: "/") { path.removeLast() }
        basePath = path
        origin = service.url.origin.bytes
        authority = service.url.authority
        rules = service.allow.indices.map { ByteString("services.\(service.name).allow[\($0)]") }
        switch service.credential {
        case .bearer(let secret):
            fixed = OutboundCredential(epoch.policySecrets.secret(secret), header: nil)
            own = nil
        case .header(let name, let secret):
            fixed = OutboundCredential(epoch.policySecrets.secret(secret), header: name)
            own = nil
        case .clientCredentials(let settings):
            fixed = nil
            let policy = epoch.policy
            let key = CredentialKey.clientCredentials(
                settings, client: policy.clients[settings.client], policyDigest: policy.digest)
            own = CredentialRequest(
                key: key, grant: .clientCredentials(settings), tenant: nil, notAfter: nil, policyDigest: policy.digest)
        case .exchange, .reissue:
            fixed = nil
            own = nil
        }
    }
}
