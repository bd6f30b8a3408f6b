package import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Turns names into addresses.
package struct AddressLookup: Sendable {
    /// All addresses of the host, in the order in which they are to be tried; none where it has none. Nobody waits for
    /// the answer after `deadline`.
    package typealias Find =
        @Sendable (_ host: String, _ port: Int, _ eventLoop: any EventLoop, _ deadline: NIODeadline) ->
        EventLoopFuture<[SocketAddress]>

    package let find: Find

    package init(_ find: @escaping Find) {
        self.find = find
    }

    /// The operating system's, which blocks: on threads of its own.
    package static let system = AddressLookup { host, port, eventLoop, deadline in
        NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) {
            // While a name server hangs, lookups that nobody waits for any more must not hold up those to come.
            guard NIODeadline.now() < deadline else { throw UpstreamFailure.connectTimeout }
            return try addresses(of: host, port: port)
        }
    }

    private static func addresses(of host: String, port: Int) throws -> [SocketAddress] {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &list) == 0 else { throw UpstreamFailure.connectFailed }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = address(entry) { found.append(address) }
            next = entry.ai_next
        }
        return found
    }

    private static func address(_ entry: addrinfo) -> SocketAddress? {
        guard let bytes = entry.ai_addr.map(UnsafeRawPointer.init) else { return nil }
        switch entry.ai_family {
        case AF_INET: return SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: return SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self))
        default: return nil
        }
    }
}
