import HTTPCodec
import HTTPWire
import OAuthClients
import Policy

/// Fetches an issuer's documents over the gateway's own HTTP client.
enum KeyFetch {
    private static let seconds = 5

    /// - Parameter security: for https, and judged by the issuer's authority.
    static func fetch(
        _ url: HTTPURL, of issuer: Issuer, security: UpstreamSecurity?, mostBytes: Int, client: HTTPClient
    ) async -> IssuerKeys.FetchOutcome {
        // Who is on this machine may name this machine.
        let isWritten = issuer.url.host.isLoopback || url == issuer.jwksURI
        guard let endpoint = try? Endpoint(url, of: issuer, isWritten: isWritten, security: security) else {
            return .nothing(UntrustedIssuer.explanation)
        }
        var fields = FieldBlock()
        fields.append("accept", "application/json")
        let head = UpstreamHead(method: .get, target: url.target, fields: fields, endpoint: endpoint)
        do {
            let response = try await client.fetch(head, deadline: .seconds(Int64(seconds)), maxBytes: mostBytes)
            guard response.status == 200 else { return .nothing("HTTP status \(response.status)") }
            return .body(response.body)
        } catch {
            return .nothing(error.explanation(seconds: seconds))
        }
    }
}
