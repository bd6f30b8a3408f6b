import Crypto
import Identity
import MCP
import Policy
import StrictCoding

/// The transaction that a forwarded request opens: what its server may do with the services of the policy while it
/// works on it.
struct TransactionOpening {
    let epoch: Epoch
    let server: Server
    let caller: Caller
    let template: EnvelopeTemplate
    let occasion: EnvelopeTemplate.Occasion
    let envelope: Envelope
    let handle: Handle?

    /// Requests that only ask whether somebody is there, or that stay open to listen, do no work that would need an
    /// API; what is left of a server's calls could not be told apart from that of others if they counted.
    static func doesWork(_ message: Message) -> Bool {
        guard case .request = message.kind, let method = message.method else { return false }
        return !idle.contains(method)
    }

    private static let idle: Set<ByteString> = ["ping", "subscriptions/listen"]

    /// `nil` for a server that may call no service: there is nothing to attribute.
    func transaction(originalToken: SecretBytes?, now: UnixTime) -> Transaction? {
        guard !server.services.isEmpty else { return nil }
        let claims = template.claims(occasion)
        let sealed = originalToken.map {
            SealedToken($0, transaction: claims.transactionID, key: epoch.secrets.tokenSeal)
        }
        let longest = now + Int64(epoch.policy.limits.transactionTimeoutSeconds)
        return Transaction(
            claims: claims, server: server.name, subjectToken: sealed, tokenDigest: caller.token.digest,
            tokenExpires: caller.token.expires, handle: handle?.digest, actorName: caller.token.name,
            envelope: ForwardedEnvelope(
                envelope, keyID: epoch.signers.envelope.keyID, keys: epoch.envelopeKeys),
            envelopeMark: envelope.mark, deadline: min(longest, caller.token.expires))
    }
}
