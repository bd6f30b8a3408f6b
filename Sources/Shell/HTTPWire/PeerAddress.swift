import NIOCore

/// Whom a connection is counted against: an IPv4 address, or the /64 of an IPv6 address, which is what one subscriber
/// is given at the least.
struct PeerAddress: Hashable, Sendable {
    private enum Family: Hashable, Sendable { case v4, v6, other }

    private let family: Family
    private let prefix: UInt64

    /// All peers without an internet address count as one.
    init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            self.init(v4: UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address):
            let (high, low) = withUnsafeBytes(of: address.address.sin6_addr) {
                ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            self.init(v6: UInt64(bigEndian: high), UInt64(bigEndian: low))
        case .unixDomainSocket, nil:
            self.init(.other, 0)
        }
    }

    private init(_ family: Family, _ prefix: UInt64) {
        self.family = family
        self.prefix = prefix
    }

    private init(v4 address: UInt32) {
        self.init(.v4, UInt64(address))
    }

    private init(v6 high: UInt64, _ low: UInt64) {
        // An IPv4-mapped address is how a socket for both families sees an IPv4 peer.
        if high == 0, low >> 32 == 0xFFFF {
            self.init(v4: UInt32(truncatingIfNeeded: low))
        } else {
            self.init(.v6, high)
        }
    }
}
