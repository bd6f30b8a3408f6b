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
    /// Whether the peer of a connection has left, or will send nothing more.
    static func hasHappened(on socket: NIOBSDSocket.Handle) -> Bool {
        var query = pollfd(fd: socket, events: peerLeft, revents: 0)
        return poll(&query, 1, 0) > 0
    }

    /// The socket of a channel, to be asked for as long as the channel is active; nil where it has none. Finding it costs
    /// as much as a signature.
    static func socket(of channel: any Channel) -> NIOBSDSocket.Handle? {
        let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable {
            (socket: NIOBSDSocket.Handle) in
            socket
        }
        return found ?? nil
    }

    #if os(Linux)
        /// `POLLRDHUP`. An error and the end of both directions are always told.
        private static let peerLeft: Int16 = 0x2000
    #else
        private static let peerLeft: Int16 = 0
    #endif
}
