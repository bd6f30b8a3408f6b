import COpenSSL
import NIOCore
import StrictCoding
import Synchronization

/// The sessions that a client may resume, per server. Bounded; what was not used for longest goes first.
final class SessionCache: Sendable {
    struct Server: Hashable {
        let name: ByteString
        let port: Int
    }

    private static let maxServers = 256
    /// As many as connections are likely to be opened at once.
    private static let maxPerServer = 4

    private struct Kept: Sendable {
        // Sessions are reference-counted, and not changed once they are made.
        nonisolated(unsafe) let session: OpaquePointer
        let expires: NIODeadline
    }

    private struct Shelf {
        var sessions: [Kept] = []
        var lastUse = 0
    }

    private struct State {
        var shelves: [Server: Shelf] = [:]
        var clock = 0
    }

    private let state = Mutex(State())

    deinit {
        state.withLock { state in
            for shelf in state.shelves.values {
                for kept in shelf.sessions { SSL_SESSION_free(kept.session) }
            }
        }
    }

    /// Keeps a session, and takes over the reference to it.
    func keep(_ session: OpaquePointer, for server: Server, now: NIODeadline = .now()) {
        let hinted = SSL_SESSION_get_ticket_lifetime_hint(session)
        let seconds = min(hinted == 0 ? UInt(TLSContext.sessionSeconds) : hinted, UInt(TLSContext.sessionSeconds))
        guard SSL_SESSION_is_resumable(session) == 1 else { return SSL_SESSION_free(session) }
        let kept = Kept(session: session, expires: now + .seconds(Int64(seconds)))
        state.withLock { state in
            var shelf = state.shelves[server] ?? Shelf()
            if shelf.sessions.count == Self.maxPerServer { SSL_SESSION_free(shelf.sessions.removeFirst().session) }
            shelf.sessions.append(kept)
            Self.put(shelf, for: server, in: &state)
        }
    }

    /// Lends `body` a session to resume, if there is one. A session of TLS 1.3 is used once, so that connections
    /// cannot be told to belong together (RFC 8446, appendix C.4).
    func withSession(for server: Server, now: NIODeadline = .now(), _ body: (OpaquePointer) -> Void) {
        let kept = state.withLock { state -> Kept? in
            guard var shelf = state.shelves[server] else { return nil }
            while let last = shelf.sessions.last, last.expires <= now || Self.certificateHasExpired(last.session) {
                SSL_SESSION_free(shelf.sessions.removeLast().session)
            }
            guard let last = shelf.sessions.last else {
                for kept in shelf.sessions { SSL_SESSION_free(kept.session) }
                state.shelves[server] = nil
                return nil
            }
            if SSL_SESSION_get_protocol_version(last.session) == TLS1_3_VERSION {
                shelf.sessions.removeLast()
            } else {
                SSL_SESSION_up_ref(last.session)
            }
            Self.put(shelf, for: server, in: &state)
            return last
        }
        guard let kept else { return }
        body(kept.session)
        SSL_SESSION_free(kept.session)
    }

    private static func put(_ shelf: Shelf, for server: Server, in state: inout State) {
        state.clock += 1
        var shelf = shelf
        shelf.lastUse = state.clock
        state.shelves[server] = shelf
        guard state.shelves.count > maxServers,
            let oldest = state.shelves.min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return }
        for kept in oldest.value.sessions { SSL_SESSION_free(kept.session) }
        state.shelves[oldest.key] = nil
    }

    /// Resuming does not look at the certificate again.
    private static func certificateHasExpired(_ session: OpaquePointer) -> Bool {
        guard let certificate = SSL_SESSION_get0_peer(session) else { return true }
        return X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0
    }
}
