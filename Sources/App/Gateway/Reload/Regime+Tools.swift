import Crypto
import Delegation
import HTTPWire
import Logging
import OAuthClients
import Policy

extension Regime.Tools {
    func issuerKeys(
        _ policy: PolicySet, _ securities: Latest<Securities>, known: IssuerKeys.Knowledge?
    ) -> IssuerKeys {
        IssuerKeys(
            policy, known: known, now: SystemClock.now, fetch: fetch(securities),
            report: { [logger] issuer, fault in
                if let fault {
                    logger.warning(
                        "issuer not usable", metadata: ["issuer": "\(issuer)", "reason": "\(fault.explanation)"])
                } else {
                    logger.info("issuer usable again", metadata: ["issuer": "\(issuer)"])
                }
            })
    }

    /// The desk that asks authorization servers, with the real world behind it.
    func desk(
        _ ready: PolicyLoad.Ready, _ securities: Latest<Securities>, _ issuers: IssuerKeys, tokenSeal: SecretBytes
    ) -> TokenDesk {
        let effects = TokenDeskEffects(
            fetch: fetch(securities),
            post: { [client] issuer, url, fields, body, mostBytes, seconds in
                let post = TokenPost(issuer: issuer, security: securities.value.security(of: issuer), client: client)
                return await post.post(url, fields, body, mostBytes: mostBytes, seconds: seconds)
            },
            keys: { await issuers.keySet(of: $0, renewed: $1) }, signer: { [signer] in signer.value },
            milliseconds: { SystemClock.microseconds() / 1_000 }, random: SystemRandom.bytes,
            jitter: { Double.random(in: 0..<1) },
            report: { [logger] report in
                logger.warning(
                    "no token from the authorization server",
                    metadata: [
                        "client": "\(report.client)", "issuer": "\(report.issuer)", "reason": "\(report.reason)",
                    ])
            })
        return TokenDesk(policy: ready.policy, secrets: ready.secrets, tokenSeal: tokenSeal, effects: effects)
    }

    private func fetch(_ securities: Latest<Securities>) -> IssuerKeys.Fetch {
        { [client] issuer, url, mostBytes in
            await KeyFetch.fetch(
                url, of: issuer, security: securities.value.security(of: issuer), mostBytes: mostBytes, client: client)
        }
    }
}
