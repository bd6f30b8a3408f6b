package import HTTPWire
import NIOCore
import Synchronization

/// The TLS of one listener, on all loops. It outlives reloads: what it shows and asks for is replaced, and connections
/// that are open go on as they began.
package final class ServerTLS: Sendable {
    /// From accepting a connection to the end of its handshake.
    private static let handshakeTimeout = TimeAmount.seconds(10)

    private struct State {
        var context: ServerContext
        var counters = TLSCounters()
    }

    private let state: Mutex<State>

    package init(identity: TLSIdentity, clients: ClientCertificatePolicy) throws(TLSMaterialFault) {
        state = Mutex(State(context: try ServerContext(identity: identity, clients: clients)))
    }

    /// New connections get this, and sessions from before are not resumed. What cannot be used changes nothing, and
    /// neither does what is in use already.
    package func replace(identity: TLSIdentity, clients: ClientCertificatePolicy) throws(TLSMaterialFault) {
        let digest = ServerContext.digest(identity, clients)
        if state.withLock({ $0.context.digest == digest }) { return }
        let context = try ServerContext(identity: identity, clients: clients)
        state.withLock { $0.context = context }
    }

    /// For `Listener.bind`.
    package var security: ListenerSecurity {
        ListenerSecurity { [self] channel in
            guard let session = state.withLock({ $0.context }).makeSession() else { throw TLSFault.closed }
            let handler = TLSHandler(
                session: session, side: .server, timeout: Self.handshakeTimeout,
                whenShaken: { [self] in count($0) })
            try channel.pipeline.syncOperations.addHandler(handler)
        }
    }

    package var counters: TLSCounters { state.withLock { $0.counters } }

    private func count(_ outcome: TLSHandler.Outcome) {
        state.withLock { state in
            switch outcome {
            case .established(let isResumed):
                state.counters.completed += 1
                if isResumed { state.counters.resumed += 1 }
            case .failed(let fault):
                state.counters.failed[fault, default: 0] += 1
            }
        }
    }
}
