import Admission
import Identity
import StrictCoding

/// Finds out which request an envelope speaks for that a presenter shows at this moment.
///
/// One that was minted here for a request that still goes on is known by its SHA-256: its signature need not be verified
/// again and its text not be read, since not one byte differs from what was signed. All else about it is checked at each
/// call: whether its key may still verify, its issuer, its audience, its times. Any other envelope is verified whole.
struct EnvelopeJudge {
    let epoch: Epoch
    /// Which envelopes the presenter may show.
    let audience: ByteString
    let now: UnixTime

    /// The gateway's own clock made the envelope; this covers several gateways with one key directory.
    private static let leewaySeconds: Int64 = 5

    func proof(
        by compact: ArraySlice<UInt8>, forwarded: (ByteString) -> Transaction?
    ) throws(EnvelopeRefusal) -> TransactionProof {
        let issuer = epoch.policy.publicURL.origin
        if compact.count <= EnvelopeLimits.compactBytes,
            let transaction = forwarded(ForwardedEnvelope.digest(of: compact)), let envelope = transaction.envelope
        {
            try envelope.check(
                transaction.statement.claims, keys: epoch.envelopeKeys, issuer: issuer, audience: audience, now: now,
                leeway: Self.leewaySeconds)
            return .envelope(
                transaction: transaction.id,
                envelopeID: transaction.statement.claims.tokenID)
        }
        let claims = try UnverifiedEnvelope(compact: Array(compact)).verify(
            keys: epoch.envelopeKeys, issuer: issuer, audience: audience, now: now, leeway: Self.leewaySeconds
        ).claims
        return .envelope(transaction: claims.transactionID, envelopeID: claims.tokenID)
    }
}
