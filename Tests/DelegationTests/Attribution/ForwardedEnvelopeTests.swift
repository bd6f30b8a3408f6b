import Admission
import Crypto
import HTTPCodec
import Identity
import Policy
import StrictCoding
import TestSupport
import Testing

@testable import Delegation

/// An envelope that is known by its bytes is judged as one that is verified whole.
@Suite("An envelope that was minted here")
struct ForwardedEnvelopeTests {
    private let sample: CallSample
    private let table: TransactionTable

    init() throws {
        sample = try CallSample()
        table = try Self.table(sample.transaction)
    }

    private static func table(_ transaction: Transaction) throws -> TransactionTable {
        var limits = TransactionSample.limits
        limits.graceMilliseconds = 2_000
        var table = TransactionTable(limits: limits)
        try table.open(transaction, now: TestPolicy.now * 1_000)
        return table
    }

    /// What comes of showing some bytes: the proof, or the code of the refusal.
    private func verdict(
        _ compact: [UInt8], epoch: Epoch? = nil, audience: ByteString = "https://gw.example/.eie/orders",
        seconds: Int64 = 0, remembering table: TransactionTable?
    ) -> String {
        let judge = EnvelopeJudge(epoch: epoch ?? sample.epoch, audience: audience, now: CallSample.now + seconds)
        do {
            return "\(try judge.proof(by: compact[...]) { table?.transaction(forwardedAs: $0) })"
        } catch {
            return "\(error.code)"
        }
    }

    @Test func itIsLookedUpByTheSHA256OfAllItsBytes() throws {
        let judge = EnvelopeJudge(
            epoch: sample.epoch, audience: "https://gw.example/.eie/orders", now: CallSample.now)
        var asked: [ByteString] = []
        let proof = try judge.proof(by: sample.envelope.bytes[...]) { digest in
            asked.append(digest)
            return table.transaction(forwardedAs: digest)
        }
        #expect(proof == .envelope(transaction: "txn-1", envelopeID: "jti-1"))
        #expect(asked == [ByteString(SHA256.digest(sample.envelope.bytes))])
        #expect(table.transaction(forwardedAs: asked[0]) === sample.transaction)
    }

    /// One bit changed, one byte more, one byte less: it is another envelope, and verified as such.
    @Test func notAByteMayDiffer() {
        let bytes = sample.envelope.bytes
        let good = verdict(bytes, remembering: table)
        #expect(good == verdict(bytes, remembering: nil))
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            let found = verdict(changed, remembering: table)
            #expect(found != good && found == verdict(changed, remembering: nil), "\(index)")
        }
        for changed in [bytes + [UInt8(ascii: "A")], Array(bytes.dropLast()), Array(bytes.prefix(64)), []] {
            #expect(verdict(changed, remembering: table) == verdict(changed, remembering: nil))
        }
    }

    @Test(arguments: [-3_600, -31, -30, 0, 299, 304, 305, 306, 86_400] as [Int64])
    func itsTimesAreCheckedAtEachCall(seconds: Int64) {
        let found = verdict(sample.envelope.bytes, seconds: seconds, remembering: table)
        #expect(found == verdict(sample.envelope.bytes, seconds: seconds, remembering: nil))
        if seconds >= 305 { #expect(found == "envelope_expired") }
        if seconds <= -31 { #expect(found == "envelope_issued_in_future") }
    }

    @Test func soIsItsAudience() {
        for audience in ["https://gw.example/.eie/billing", "https://gw.example/.eie/order", ""] as [ByteString] {
            let found = verdict(sample.envelope.bytes, audience: audience, remembering: table)
            #expect(found == "envelope_audience")
            #expect(found == verdict(sample.envelope.bytes, audience: audience, remembering: nil))
        }
    }

    /// Another ring, as after the retirement of the key; another public URL, as after a reload.
    @Test func soAreItsKeyAndItsIssuer() throws {
        let policy = try TestPolicy().compiled()
        let retired = try TestGateway().epoch(policy)
        #expect(verdict(sample.envelope.bytes, epoch: retired, remembering: table) == "envelope_unknown_key")
        #expect(verdict(sample.envelope.bytes, epoch: retired, remembering: nil) == "envelope_unknown_key")

        let text = TestPolicy().text.replacing(TestPolicy.origin, with: "https://gw2.example")
        let moved = try #require(
            PolicyCompiler.compile(PolicySource(name: "moved.yaml", bytes: Array(text.utf8))).policy)
        let epoch = Epoch(
            policy: moved, signers: sample.epoch.signers, secrets: sample.epoch.secrets,
            policySecrets: sample.epoch.policySecrets)
        #expect(verdict(sample.envelope.bytes, epoch: epoch, remembering: table) == "envelope_issuer")
        #expect(verdict(sample.envelope.bytes, epoch: epoch, remembering: nil) == "envelope_issuer")
    }

    /// A key of the same name is another key.
    @Test func aKeyIsKnownByItsThumbprint() throws {
        let other = try SigningKey.generate()
        let keyID = sample.epoch.signers.envelope.keyID
        let set = Array(#"{"keys":["#.utf8) + other.jwk(kid: keyID) + Array("]}".utf8)
        let signers = Signers(
            envelope: Signer(key: other, keyID: keyID, keySet: set), reissue: sample.epoch.signers.reissue,
            assertion: sample.epoch.signers.assertion)
        let epoch = Epoch(
            policy: sample.epoch.policy, signers: signers, secrets: sample.epoch.secrets,
            policySecrets: sample.epoch.policySecrets)
        for table in [table, nil] {
            let found = verdict(sample.envelope.bytes, epoch: epoch, remembering: table)
            #expect(found == (table == nil ? "envelope_signature" : "envelope_unknown_key"))
        }
    }

    @Test func whatNobodyCouldVerifyIsNotRemembered() {
        #expect(ForwardedEnvelope(sample.envelope, keyID: "another", keys: sample.epoch.envelopeKeys) == nil)
    }

    /// The bound of what is remembered is that of the transactions.
    @Test func itIsForgottenWithItsTransaction() throws {
        let digest = ForwardedEnvelope.digest(of: sample.envelope.bytes[...])
        let start = TestPolicy.now * 1_000
        var table = table
        table.close("txn-1", now: start)
        #expect(table.transaction(forwardedAs: digest) != nil)
        table.sweep(now: start + 2_000)
        #expect(table.counts == TransactionTable.Counts(open: 0, inGrace: 0, remembered: 1))
        #expect(table.transaction(forwardedAs: digest) == nil && table.envelopes.isEmpty)
        // Its late calls are told that they are late, once the envelope is verified.
        let proof = verdict(sample.envelope.bytes, remembering: table)
        #expect(proof == verdict(sample.envelope.bytes, remembering: nil))

        var limits = TransactionSample.limits
        limits.capacity = 1
        var full = TransactionTable(limits: limits)
        try full.open(sample.transaction, now: start)
        full.abandon("txn-1", now: start)
        try full.open(TransactionSample.transaction("other"), now: start)
        #expect(full.envelopes.isEmpty)
    }

    /// It says to which request a call belongs, never who may make it.
    @Test func anotherServerMayNotPresentIt() throws {
        var table = table
        let proof = TransactionProof.envelope(transaction: "txn-1", envelopeID: "jti-1")
        let now = TestPolicy.now * 1_000
        #expect(throws: AttributionRefusal.wrongPresenter) {
            try table.begin([proof], presenter: .server("billing"), now: now)
        }
        #expect(throws: AttributionRefusal.wrongPresenter) {
            try table.begin([proof], presenter: .instance("i", server: "orders"), now: now)
        }
        #expect(try table.begin([proof], presenter: .server("orders"), now: now).transaction === sample.transaction)
    }
}
