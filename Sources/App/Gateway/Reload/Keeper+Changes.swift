import Audit
import Foundation
import Identity
import Policy
import Stores
import StrictCoding
import TLS

// What changes.
extension Keeper {
    /// New issuers get so long to show their keys before the policy takes effect; then their first users wait for them.
    private static let patienceWithIssuers = Duration.seconds(3)

    /// Everything that can fail comes first, and leaves things as they are.
    func install(_ ready: PolicyLoad.Ready) async throws {
        let now = SystemClock.now()
        let old = regimes.current
        let securities = try Securities(
            ready.policy, ready.secrets, earlier: old.securities.value, notes: tools.notes)
        let epochs = old.epochs.under(ready)
        let plan = try commons.plan(ready, egressBase: egressBase, logger: logger)
        try commons.installPresenters(of: epochs, now: now)
        try doorTLS.replace(with: securities)

        let regime = Regime(
            ready, epochs: epochs, securities: securities, known: await old.issuers.knowledge, tools: tools)
        await findKeys(regime)
        tools.signer.install(epochs.assertionSigner(now: now))
        // Requests under way keep the instance that they have.
        commons.install(plan, patience: .seconds(ready.policy.limits.transactionTimeoutSeconds))
        regimes.install(regime)
        let standings = await regime.issuers.standings
        await crew.install(epochs.epoch(now: now), securities: securities.upstreams, standings: standings)
        // What became known in between was not for the policy of that moment.
        await crew.install(await regime.issuers.standings, of: regime.policy)
        audit.note(
            .configLoaded(policyHash: regime.policy.digest, previous: old.policy.digest, isReload: true))
        await old.end()
        regime.keepFresh()
    }

    /// Fetches the keys of issuers that are new, so that their users are not the first to wait.
    private func findKeys(_ regime: Regime) async {
        let (known, found) = AsyncStream.makeStream(of: Void.self)
        Task { [crew] in
            await regime.issuers.begin(publish: { await crew.install($0, of: regime.policy) })
            found.finish()
        }
        let patience = Task {
            try? await Task.sleep(for: Self.patienceWithIssuers)
            found.finish()
        }
        for await _ in known {}
        patience.cancel()
    }

    /// Has a key become due to be staged, published, used or dropped, or a server's secret changed?
    func turnKeys(since last: inout UnixTime) async {
        let epochs = regimes.current.epochs
        let now = SystemClock.now()
        let before = activeKeys(epochs, last)
        do {
            let turned = try epochs.directory.turn(
                every: Int64(epochs.policy.keys.rotateEverySeconds), last: last, now: now)
            last = now
            guard turned else { return }
            try commons.installPresenters(of: epochs, now: now)
            tools.signer.install(epochs.assertionSigner(now: now))
            await crew.install(epochs.epoch(now: now))
            for (purpose, keyID) in activeKeys(epochs, now) where before[purpose] != keyID {
                audit.note(.keyRotated(purpose: ByteString(purpose.rawValue), keyID: keyID))
            }
            logger.info("keys turned", metadata: ["active": "\(epochs.directory.ring.active(now: now).keyID)"])
        } catch {
            logger.error("keys cannot be turned", metadata: ["reason": "\(error)"])
        }
    }

    private func activeKeys(_ epochs: Epochs, _ now: UnixTime) -> [KeyPurpose: ByteString] {
        Dictionary(
            uniqueKeysWithValues: KeyPurpose.allCases.map { ($0, epochs.directory.ring($0).active(now: now).keyID) })
    }

    /// Were certificates, keys or authorities renewed on disk? Good ones take effect, bad ones are complained of and the
    /// ones from before stay.
    func renewCertificates() async {
        let regime = regimes.current
        guard !regime.policy.tlsReferences.isEmpty else { return }
        let secrets: PolicySecrets
        do {
            secrets = try SecretSource.load(regime.policy, besides: policyPath)
        } catch {
            return complain(error.problems.map { PolicyLoad.rendered($0, in: policyPath) })
        }
        guard Securities.digest(regime.policy, secrets) != regime.securities.value.digest else {
            return complaints.install([])
        }
        let now = SystemClock.now()
        let check = TLSCheck(policy: regime.policy, secrets: secrets, file: policyPath, now: now)
        let errors = check.diagnostics.filter { $0.severity == .error }
        guard errors.isEmpty else { return complain(errors.map(\.rendered)) }
        do {
            let securities = try Securities(
                regime.policy, secrets, earlier: regime.securities.value, notes: tools.notes)
            try doorTLS.replace(with: securities)
            regime.securities.install(securities)
            await crew.install(regime.epochs.epoch(now: now), securities: securities.upstreams)
            complaints.install([])
            logger.notice("certificates renewed")
        } catch {
            complain([error.explanation])
        }
    }

    private func complain(_ mistakes: [String]) {
        guard complaints.value != mistakes else { return }
        complaints.install(mistakes)
        for mistake in mistakes { logger.error("certificates not renewed", metadata: ["reason": "\(mistake)"]) }
    }
}
