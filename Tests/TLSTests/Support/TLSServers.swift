import HTTPCodec
import NIOCore
import NIOPosix
import StrictCoding

@testable import HTTPWire
@testable import TLS

let loops = MultiThreadedEventLoopGroup.singleton

/// Answers with the path, or with what was posted.
let echo: Service = { request in
    ServiceResponse(status: 200, body: request.body.isEmpty ? Array(request.path.utf8) : request.body)
}

func withServer<Result>(
    _ tls: ServerTLS, limits: WireLimits = WireLimits(), _ service: @escaping Service = echo,
    _ body: (Listener) async throws -> Result
) async throws -> Result {
    let listener = try await Listener.bind(
        on: loops.next(), host: "127.0.0.1", port: 0, limits: limits, security: tls.security,
        makeHandler: { _ in ServiceHandler(maxBody: 32 * 1024 * 1024, service: service) })
    do {
        let result = try await body(listener)
        await listener.drain(timeout: .milliseconds(200))
        return result
    } catch {
        await listener.drain(timeout: .zero)
        throw error
    }
}

extension Listener {
    var port: Int { localAddress.port ?? 0 }
}

/// One client with a pool of its own, which reaches this machine under whatever name it is told.
struct TestClient {
    let http: HTTPClient
    let security: UpstreamSecurity

    init(_ tls: ClientTLS) {
        security = tls.security
        http = HTTPClient(
            eventLoop: loops.next(),
            connector: Connector { endpoint, eventLoop, _ in
                ClientBootstrap(group: eventLoop).channelOption(.autoRead, value: false)
                    .connect(host: "127.0.0.1", port: endpoint.port)
                    .flatMap { channel in
                        guard let security = endpoint.security else { return eventLoop.makeSucceededFuture(channel) }
                        return security.secure(channel, endpoint.host).map { channel }.flatMapErrorThrowing { error in
                            channel.close(promise: nil)
                            throw error
                        }
                    }
            })
    }

    func fetch(
        _ path: String = "/", host: ByteString = "localhost", port: Int, body: [UInt8]? = nil
    ) async throws(FetchFailure) -> FetchedResponse {
        let head = UpstreamHead(
            method: body == nil ? .get : .post, target: Array(path.utf8),
            endpoint: Endpoint(host: host, port: port, security: security))
        return try await http.fetch(head, body: body, deadline: .seconds(20), maxBytes: 32 * 1024 * 1024)
    }

    /// `nil` where all went well.
    func failure(host: ByteString = "localhost", port: Int) async -> FetchFailure? {
        do throws(FetchFailure) {
            _ = try await fetch(host: host, port: port)
            return nil
        } catch {
            return error
        }
    }

    func shutdown() async { await http.shutdown() }
}
