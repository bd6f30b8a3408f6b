import Admission
import Crypto
import Delegation
import HTTPWire
import Logging
import NIOCore
import OAuthClients
import Policy
import Stores

/// The desk that asks authorization servers, with the real world behind it.
struct Desk: Sendable {
    let desk: TokenDesk

    /// - Parameter signer: the key for statements to authorization servers as it is now.
    init(
        policy: PolicySet, secrets: PolicySecrets, tokenSeal: SecretBytes, loop: any EventLoop, issuers: IssuerKeys,
        logger: Logger, signer: @escaping @Sendable () -> AssertionSigner
    ) {
        let client = HTTPClient(eventLoop: loop)
        let effects = TokenDeskEffects(
            fetch: { await KeyFetch.fetch($0, mostBytes: $1, client: client) },
            post: { await TokenPost.post($0, $1, $2, mostBytes: $3, seconds: $4, client: client) },
            keys: { await issuers.keySet(of: $0, renewed: $1) }, signer: signer,
            milliseconds: { SystemClock.microseconds() / 1_000 }, random: SystemRandom.bytes,
            jitter: { Double.random(in: 0..<1) },
            report: { report in
                logger.warning(
                    "no token from the authorization server",
                    metadata: [
                        "client": "\(report.client)", "issuer": "\(report.issuer)", "reason": "\(report.reason)",
                    ])
            })
        desk = TokenDesk(policy: policy, secrets: secrets, tokenSeal: tokenSeal, effects: effects)
    }

    var obtain: CredentialCache.Obtain {
        { [desk] in await desk.credential(for: $0) }
    }
}
