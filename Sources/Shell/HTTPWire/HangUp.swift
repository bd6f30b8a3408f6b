import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Asks the kernel what the loop may not have heard yet.
enum HangUp {
    /// Whether the peer of a connection has left, or will send nothing more. False where there is no socket to ask.
    static func hasHappened(on channel: any Channel) -> Bool {
        let asked = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { socket in
            var query = pollfd(fd: socket, events: peerLeft, revents: 0)
            return poll(&query, 1, 0) > 0
        }
        return (asked ?? nil) ?? false
    }

    #if os(Linux)
        /// `POLLRDHUP`. An error and the end of both directions are always told.
        private static let peerLeft: Int16 = 0x2000
    #else
        private static let peerLeft: Int16 = 0
    #endif
}
