import HTTPWire
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// The wire layer and its pools as a proxy that knows no policy: what forwarding costs before anything is decided. Any
// signal that ends a process ends it.

func say(_ message: String) {
    let line = "PlainProxy: \(message)\n"
    _ = write(STDERR_FILENO, line, line.utf8.count)
}

func stop(_ message: String) -> Never {
    say(message)
    exit(2)
}

/// One listener and one pool per loop, nothing shared.
func listen(_ arguments: ProxyArguments) async throws {
    let endpoint = Endpoint(host: arguments.upstream.host, port: arguments.upstream.port)
    // As many connections as the process may have descriptors: what is measured is not to be limited.
    var limits = WireLimits()
    limits.maxConnections = .max
    limits.connectionsPerPeer = .max
    var upstreamLimits = UpstreamLimits()
    upstreamLimits.connections = .max
    for eventLoop in MultiThreadedEventLoopGroup(numberOfThreads: arguments.loops).makeIterator() {
        let pool = try await eventLoop.submit { [upstreamLimits] in
            NIOLoopBound(UpstreamPool(eventLoop: eventLoop, limits: upstreamLimits), eventLoop: eventLoop)
        }.get()
        _ = try await Listener.bind(
            on: eventLoop, host: arguments.listen.host.string, port: arguments.listen.port, limits: limits
        ) { _ in
            ForwardingHandler(pool: pool.value, endpoint: endpoint)
        }
    }
}

do throws(ProxyArguments.Fault) {
    let arguments = try ProxyArguments(CommandLine.arguments.dropFirst())
    // Not on the main thread, which only waits for signals.
    Task.detached {
        do {
            try await listen(arguments)
            say("listens on \(arguments.listen) and forwards to \(arguments.upstream)")
        } catch {
            stop("cannot listen on \(arguments.listen): \(error)")
        }
    }
} catch {
    stop(error.description)
}
while true { pause() }
