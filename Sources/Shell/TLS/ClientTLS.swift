import COpenSSL
package import HTTPWire
import NIOCore
import StrictCoding

/// The TLS of connections that we open, for one set of authorities to believe and at most one identity to show.
package final class ClientTLS: Sendable {
    /// For endpoints whose peers are to be judged by this.
    package let security: UpstreamSecurity

    /// - Parameter handshakeTimeout: shorter than a pool's patience with a connection, so that the pool hears what it was
    ///   that took so long.
    package convenience init(trust: TrustAnchors, identity: TLSIdentity? = nil) throws(TLSMaterialFault) {
        try self.init(trust: trust, identity: identity, handshakeTimeout: .seconds(4))
    }

    init(trust: TrustAnchors, identity: TLSIdentity?, handshakeTimeout: TimeAmount) throws(TLSMaterialFault) {
        let context = try ClientContext(trust: trust, identity: identity)
        security = UpstreamSecurity { channel, serverName in
            let promise = channel.eventLoop.makePromise(of: Void.self)
            guard let session = context.makeSession(with: serverName, port: channel.remoteAddress?.port ?? 0) else {
                promise.fail(UpstreamFailure.tls(.wrongName))
                return promise.futureResult
            }
            let handler = TLSHandler(session: session, side: .client, timeout: handshakeTimeout) {
                switch $0 {
                case .established: promise.succeed()
                case .failed(let fault): promise.fail(UpstreamFailure.tls(fault))
                }
            }
            do { try channel.pipeline.syncOperations.addHandler(handler) } catch {
                // The channel is closed already; a handler that got in reports by itself.
                handler.report(.failed(.closed))
            }
            return promise.futureResult
        }
    }
}
