import HTTPWire
import TLS

/// What the listeners that end TLS show and ask for. It stands as long as they do; what it shows is replaced.
final class DoorTLS: Sendable {
    private let servers: [Door: ServerTLS]

    init(_ securities: Securities) throws(TLSMaterialFault) {
        var servers: [Door: ServerTLS] = [:]
        for (door, material) in securities.doors {
            servers[door] = try ServerTLS(identity: material.identity, clients: material.clients)
        }
        self.servers = servers
    }

    func security(of door: Door) -> ListenerSecurity? { servers[door]?.security }

    func counters(of door: Door) -> TLSCounters? { servers[door]?.counters }

    /// New connections see these; those that are open go on.
    func replace(with securities: Securities) throws(TLSMaterialFault) {
        for (door, material) in securities.doors {
            try servers[door]?.replace(identity: material.identity, clients: material.clients)
        }
    }
}
