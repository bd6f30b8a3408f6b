package import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds out whether anybody listens at an address, those included who would share the port with us.
package enum PortProbe {
    /// Binds and closes, and never listens in between: a connection that came meanwhile would be reset.
    ///
    /// - Throws: `IOError`, as binding a listener would; `EADDRINUSE` where somebody listens there.
    package static func requireNobody(at address: SocketAddress) throws {
        let descriptor = socket(address.protocol.rawValue, Self.stream, 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        defer { close(descriptor) }
        // What remains of connections that are over keeps nobody away.
        var yes: Int32 = 1
        guard setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw IOError(errnoCode: errno, reason: "setsockopt")
        }
        if address.protocol == .inet6 {
            // As NIO's listeners have it: they take the port for both families.
            var no: Int32 = 0
            guard
                setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &no, socklen_t(MemoryLayout<Int32>.size)) == 0
            else { throw IOError(errnoCode: errno, reason: "setsockopt") }
        }
        try address.withSockAddr { pointer, length in
            guard bind(descriptor, pointer, socklen_t(length)) == 0 else {
                throw IOError(errnoCode: errno, reason: "bind")
            }
        }
    }

    #if canImport(Glibc)
        private static let stream = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    #else
        private static let stream = SOCK_STREAM
    #endif
}
