import Crypto
import Delegation
import HTTPCodec
import HTTPWire
import OAuthClients
import Policy

/// Posts to authorization servers over the gateway's own HTTP client.
struct TokenPost {
    let issuer: Issuer
    /// For https, and judged by the issuer's authority.
    let security: UpstreamSecurity?
    let client: HTTPClient

    func post(
        _ url: HTTPURL, _ fields: FieldBlock, _ body: SecretBytes, mostBytes: Int, seconds: Int
    ) async -> PostOutcome {
        // It is either the policy's own word, or at the origin of the issuer, which is.
        guard let endpoint = try? Endpoint(url, of: issuer, isWritten: true, security: security) else {
            return .failed(UntrustedIssuer.explanation)
        }
        let head = UpstreamHead(
            method: .post, target: url.target, fields: fields, endpoint: endpoint, mayReplay: false)
        do {
            let response = try await client.fetch(
                head, body: body.withBytes { Array($0) }, deadline: .seconds(Int64(seconds)), maxBytes: mostBytes)
            return .answer(
                EndpointAnswer(status: response.status, fields: response.fields, body: SecretBytes(response.body)))
        } catch .tooLarge {
            return .tooLarge
        } catch {
            return .failed(error.explanation(seconds: seconds))
        }
    }
}
