import HTTPWire
import NIOCore
import Policy
import StrictCoding

/// Opens the gateway's listeners.
struct Doors: Sendable {
    typealias MakeHandler = Listener.MakeHandler

    let policy: PolicySet
    let tls: DoorTLS
    let loops: [any EventLoop]

    /// The clients' door, one listener for each loop. Connections wait in the kernel until `beginAccepting`.
    ///
    /// - Parameter besideAnother: a gateway that is about to leave listens on the same port still.
    func clients(besideAnother: Bool, _ makeHandler: @escaping MakeHandler) async throws -> [Listener] {
        try await listen(.clients, mayShare: besideAnother) { host, port in
            try await Listener.bind(
                onEach: loops, host: host, port: port, limits: policy.limits.wire, security: tls.security(of: .clients),
                acceptsAtOnce: false, makeHandler: makeHandler)
        }
    }

    /// The servers' door, where there is a server that may use it.
    func egress(_ makeHandler: @escaping MakeHandler) async throws -> [Listener] {
        guard policy.servers.contains(where: { !$0.services.isEmpty }) else { return [] }
        return try await listen(.egress) { host, port in
            try await Listener.bind(
                onEach: loops, host: host, port: port, limits: policy.limits.wire, security: tls.security(of: .egress),
                makeHandler: makeHandler)
        }
    }

    func admin(_ service: @escaping Service) async throws -> Listener {
        try await listen(.admin) { host, port in
            try await Listener.bind(
                on: loops[0], host: host, port: port, sharesPort: false, security: tls.security(of: .admin),
                makeHandler: { _ in ServiceHandler(maxBody: 0, service: service) })
        }
    }

    /// Where instances, which run on this machine, reach egress.
    func egressBase(_ address: SocketAddress?) -> String {
        let listen = policy.listen.egress
        let host = listen.host.isUnspecified ? "127.0.0.1" : URLHost.address(listen.host).bracketed.string
        return "\(Door.egress.scheme(in: policy))://\(host):\(address?.port ?? listen.port)"
    }

    private func listen<Listening>(
        _ door: Door, mayShare: Bool = false, _ bind: (_ host: String, _ port: Int) async throws -> Listening
    ) async throws -> Listening {
        let address = door.address(in: policy)
        do {
            if !mayShare { try refuseSharing(address) }
            return try await bind(address.host.text.string, address.port)
        } catch let error as IOError {
            throw GatewayFailure.cannotListen(
                address.text, key: "gateway.listen.\(door.rawValue)", errno: error.errnoCode)
        }
    }

    /// Loops share a port (SO_REUSEPORT), and so could two gateways of one user: the kernel would spread connections over
    /// both, and each would know half of the transactions.
    private func refuseSharing(_ address: ListenAddress) throws {
        guard address.port != 0 else { return }
        try PortProbe.requireNobody(at: SocketAddress(ipAddress: address.host.text.string, port: address.port))
    }
}
