import Crypto
import DataPlane
import HTTPWire
import Policy
import StrictCoding
import TLS

/// All TLS of one policy: what its listeners show, and by what its upstreams, services and issuers are judged.
struct Securities: Sendable {
    /// Somebody to whom the gateway connects.
    enum Party: Hashable, Sendable {
        case server(ByteString)
        case service(ByteString)
        case issuer(ByteString)
    }

    /// Whom one believes about a party; equal for equal certificates.
    private enum Anchor: Hashable {
        case system
        case only(digest: [UInt8])
    }

    private struct Judgement {
        let anchor: Anchor
        let security: UpstreamSecurity
    }

    let doors: [Door: DoorMaterial]
    let upstreams: UpstreamSecurities
    /// Of every certificate, key and authority that the policy names.
    let digest: [UInt8]
    private let judgements: [Party: Judgement]

    /// - Parameters:
    ///   - earlier: whoever is judged as before keeps the connections that are open.
    ///   - notes: told of handshakes that fail.
    init(
        _ policy: PolicySet, _ secrets: PolicySecrets, earlier: Securities? = nil, notes: TrustNotes
    ) throws(TLSMaterialFault) {
        var contexts: [Anchor: UpstreamSecurity] = [:]
        var judgements: [Party: Judgement] = [:]
        func judge(_ party: Party, _ authority: CertificateAuthority) throws(TLSMaterialFault) -> UpstreamSecurity {
            let anchor = Self.anchor(authority, secrets)
            if let known = earlier?.judgements[party], known.anchor == anchor {
                judgements[party] = known
                return known.security
            }
            let shared: UpstreamSecurity
            if let made = contexts[anchor] { shared = made } else { shared = try Self.context(authority, secrets) }
            contexts[anchor] = shared
            let security = notes.watching(shared, party)
            judgements[party] = Judgement(anchor: anchor, security: security)
            return security
        }
        var servers: [UpstreamSecurity?] = []
        for server in policy.servers {
            guard case .upstream(let url) = server.endpoint, url.scheme == .https else {
                servers.append(nil)
                continue
            }
            servers.append(try judge(.server(server.name), server.authority))
        }
        var services: [UpstreamSecurity?] = []
        for service in policy.services {
            services.append(
                service.url.scheme == .https ? try judge(.service(service.name), service.authority) : nil)
        }
        // Always: what an issuer's metadata names may be https where the issuer is not.
        for issuer in policy.issuers { _ = try judge(.issuer(issuer.name), issuer.authority) }
        upstreams = UpstreamSecurities(servers: servers, services: services)
        var doors: [Door: DoorMaterial] = [:]
        for door in Door.allCases { doors[door] = door.settings(in: policy).map { DoorMaterial($0, secrets) } }
        self.doors = doors
        self.judgements = judgements
        digest = Self.digest(policy, secrets)
    }

    func security(of issuer: Issuer) -> UpstreamSecurity? { judgements[.issuer(issuer.name)]?.security }

    // MARK: - Parts

    private static func anchor(_ authority: CertificateAuthority, _ secrets: PolicySecrets) -> Anchor {
        switch authority {
        case .system: .system
        case .file(let reference): .only(digest: secrets.secret(reference).withBytes { SHA256.digest($0) })
        }
    }

    private static func context(
        _ authority: CertificateAuthority, _ secrets: PolicySecrets
    ) throws(TLSMaterialFault) -> UpstreamSecurity {
        switch authority {
        case .system: SystemTrust.security
        case .file(let reference): try ClientTLS(trust: .only(secrets.secret(reference))).security
        }
    }

    /// Of the material alone: whether a file changed.
    static func digest(_ policy: PolicySet, _ secrets: PolicySecrets) -> [UInt8] {
        SHA256.digest(
            policy.tlsReferences.flatMap { reference in secrets.secret(reference).withBytes { SHA256.digest($0) } })
    }
}

/// The authorities of the operating system, read when somebody is first judged by them: that takes some milliseconds,
/// and many gateways never do.
enum SystemTrust {
    private static let context = Result { () throws(TLSMaterialFault) in try ClientTLS(trust: .system) }

    static let security = UpstreamSecurity { channel, name in
        switch context {
        case .success(let tls): tls.security.secure(channel, name)
        case .failure: channel.eventLoop.makeFailedFuture(UpstreamFailure.tls(.unknownAuthority))
        }
    }
}

extension PolicySet {
    /// Certificates, keys and authorities, in the order in which the policy names them.
    var tlsReferences: [SecretReference] {
        secretMentions.filter { $0.kind == .tlsKey || $0.kind == .certificates }.map(\.reference)
    }
}
