import NIOCore

/// How far an address reaches, after the registries of special-purpose addresses (RFC 6890, as IANA keeps them).
///
/// Where the registries are lenient (anycast of protocols, ORCHIDs), this is not: no API has such an address.
enum AddressScope: Int, Comparable, Sendable {
    /// Anybody's host.
    case global
    /// Of this machine, of a private network, or of no network at all.
    case local
    /// Nobody's service: link-local, unspecified, multicast, broadcast, and where clouds hand out credentials.
    case forbidden

    init(_ address: SocketAddress) {
        switch address {
        case .v4(let address): self.init(v4: withUnsafeBytes(of: address.address.sin_addr) { Array($0) })
        case .v6(let address): self.init(v6: withUnsafeBytes(of: address.address.sin6_addr) { Array($0) })
        case .unixDomainSocket: self = .forbidden
        }
    }

    /// - Parameter bytes: four, in network order.
    init(v4 bytes: [UInt8]) {
        self = AddressBlock.special4.first { $0.contains(bytes) }?.scope ?? .global
    }

    /// - Parameter bytes: sixteen, in network order.
    init(v6 bytes: [UInt8]) {
        guard let block = AddressBlock.special6.first(where: { $0.contains(bytes) }) else {
            // All else is reserved, and not routed today.
            self = AddressBlock.globalUnicast.contains(bytes) ? .global : .local
            return
        }
        // Whoever translates it connects to the address within.
        let inner = block.embedded.map { AddressScope(v4: Array(bytes[$0..<$0 + 4])) }
        self = max(block.scope, inner ?? .global)
    }

    static func < (left: AddressScope, right: AddressScope) -> Bool { left.rawValue < right.rawValue }
}
