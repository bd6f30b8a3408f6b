import NIOCore

extension Endpoint {
    /// Which addresses the host may have. Names are other people's: whoever owns one decides, at any moment, what it
    /// resolves to.
    package enum Reach: Hashable, Sendable {
        /// Wherever the host leads: for what the operator named as part of the installation.
        case any
        /// The public internet only.
        case global
        /// And networks of one's own. Link-local addresses, where clouds keep their instances' credentials, never.
        case globalOrPrivate

        func allows(_ address: SocketAddress) -> Bool {
            switch (self, AddressScope(address)) {
            case (.any, _), (.global, .global), (.globalOrPrivate, .global), (.globalOrPrivate, .local): true
            case (.global, .local), (_, .forbidden): false
            }
        }
    }
}
