import Crypto
import Delegation
import HTTPCodec
import HTTPWire
import NIOCore
import OAuthClients
import Policy

/// Posts to authorization servers over the gateway's own HTTP client.
enum TokenPost {
    static func post(
        _ url: HTTPURL, _ fields: FieldBlock, _ body: SecretBytes, mostBytes: Int, seconds: Int, client: HTTPClient
    ) async -> PostOutcome {
        guard url.scheme == .http else { return .failed("https toward authorization servers is not built yet") }
        let head = UpstreamHead(
            method: .post, target: url.path.isEmpty ? [UInt8(ascii: "/")] : url.path.bytes, fields: fields,
            endpoint: Endpoint(host: url.host.text, port: url.port), mayReplay: false)
        do {
            let response = try await client.fetch(
                head, body: body.withBytes { Array($0) }, deadline: .seconds(Int64(seconds)), maxBytes: mostBytes)
            return .answer(
                EndpointAnswer(status: response.status, fields: response.fields, body: SecretBytes(response.body)))
        } catch {
            switch error {
            case .tooLarge: return .tooLarge
            case .upstream(let failure): return .failed("\(failure.code)")
            case .deadlinePassed: return .failed("no whole answer within \(seconds) seconds")
            case .cancelled: return .failed("cancelled")
            }
        }
    }
}
