import HTTPCodec
import HTTPWire
import OAuthClients
import Policy

/// Fetches an issuer's documents over the gateway's own HTTP client.
enum KeyFetch {
    static func fetch(_ url: HTTPURL, mostBytes: Int, client: HTTPClient) async -> IssuerKeys.FetchOutcome {
        guard url.scheme == .http else { return .nothing("https toward identity providers is not built yet") }
        var fields = FieldBlock()
        fields.append("accept", "application/json")
        let head = UpstreamHead(
            method: .get, target: url.path.isEmpty ? [UInt8(ascii: "/")] : url.path.bytes, fields: fields,
            endpoint: Endpoint(host: url.host.text, port: url.port))
        do {
            let response = try await client.fetch(head, deadline: .seconds(5), maxBytes: mostBytes)
            guard response.status == 200 else { return .nothing("HTTP status \(response.status)") }
            return .body(response.body)
        } catch {
            return .nothing(explanation(of: error))
        }
    }

    private static func explanation(of failure: FetchFailure) -> String {
        switch failure {
        case .upstream(let failure): "\(failure.code)"
        case .tooLarge: "the answer is too large"
        case .deadlinePassed: "no whole answer within 5 seconds"
        case .cancelled: "cancelled"
        }
    }
}
