import Admission
import Crypto
import Identity
import Policy
import StrictCoding
import TestSupport
import Testing

@testable import DataPlane

/// Threat cases 28, 29 and 36: envelopes and handles in the wrong hands, at the wrong time, in the wrong place.
@Suite struct EnvelopeCases {
    private func invalid(_ detail: String, at place: String = "orders orders_api") -> CallOutcome {
        .denied(403, "envelope_invalid", detail, at: place)
    }

    // MARK: - 28

    @Test func case28_anEnvelopeForOneServerIsNotAnothersToPresent() throws {
        let stage = try Stage(.withBilling)
        let call = try Call.outbound(secret: ScriptedEgress.secret(of: "billing")).showing(stage.engage())
        #expect(try stage.outcome(calling: call) == invalid("envelope_audience", at: "billing orders_api"))
    }

    @Test func case28_aProcessWithoutASecretPresentsNothing() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        let secret = ScriptedEgress.secret(of: "orders")
        let guesses = [
            String(secret.dropLast()) + (secret.hasSuffix("A") ? "B" : "A"), String(secret.dropLast()), secret + "A",
            secret.uppercased(), String(secret.reversed()), "orders", "-", "",
        ]
        for guess in guesses {
            let call = Call.outbound(secret: guess).showing(engagement)
            let outcome = try stage.outcome(calling: call)
            #expect(outcome.status >= 400 && !outcome.served && outcome.asked == 0, "\(guess)")
            #expect(!stage.lastAnswer.body.contains(secret))
        }
    }

    @Test func case28_anEnvelopeIsGoodForNothingOnceItsRequestIsAnswered() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        try stage.answer(engagement)
        stage.pass(.milliseconds(2_001))
        #expect(try stage.outcome(calling: .outbound().showing(engagement)) == .denied(403, "txn_closed"))
    }

    @Test(arguments: [(304, true), (305, false)]) func case28_anEnvelopeExpiresWithFiveSecondsForTheClocks(
        seconds: Int64, isGood: Bool
    ) throws {
        let stage = try Stage(upstream: AttributionStories.patient)
        let engagement = try stage.engage()
        stage.pass(.seconds(seconds))
        #expect((try stage.outcome(calling: .outbound().showing(engagement)) == .answered()) == isGood)
    }

    /// The gateways of one key directory have clocks of their own.
    @Test func case28_anEnvelopeOfAKeyThatRotatedOutIsGoodUntilTheKeyIsGone() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        let (old, new) = (
            stage.gateway.ring.keys[0], try KeyRing(first: SigningKey.generate(), now: now(stage)).keys[0]
        )
        let both =
            Array(#"{"keys":["#.utf8) + old.signing.jwk(kid: old.keyID) + Array(",".utf8)
            + new.signing.jwk(kid: new.keyID) + Array("]}".utf8)
        let alone = Array(#"{"keys":["#.utf8) + new.signing.jwk(kid: new.keyID) + Array("]}".utf8)
        for (keySet, expected) in [
            (both, CallOutcome.answered()), (alone, invalid("envelope_unknown_key")),
        ] {
            stage.worker.install(
                stage.epoch.signing(Signer(key: new.signing, keyID: new.keyID, keySet: keySet)))
            #expect(try stage.outcome(calling: .outbound().showing(engagement)) == expected)
        }
    }

    private func now(_ stage: Stage) -> UnixTime { UnixTime(seconds: stage.now) }

    @Test(arguments: 0..<3) func case28_aFlippedBitAnywhereBreaksAnEnvelope(part: Int) throws {
        let stage = try Stage()
        let parts = try stage.engage().envelope.split(separator: ".").map { Array($0.utf8) }
        for index in stride(from: 0, to: parts[part].count, by: 7) {
            var changed = parts
            changed[part][index] = changed[part][index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let text = changed.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
            let outcome = try stage.outcome(calling: .outbound().showing(text))
            #expect(outcome.code == "envelope_invalid" && outcome.status == 403 && !outcome.served, "\(index)")
        }
    }

    @Test func case28_anEnvelopeIsExactlyItsBytes() throws {
        let stage = try Stage()
        let envelope = try stage.engage().envelope
        let last = try #require(envelope.utf8.last)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let position = try #require(alphabet.firstIndex(of: last))
        // The last character of 64 bytes has four bits that say nothing.
        let twins = (1..<16).map { String(decoding: [alphabet[position & 0x30 | (position & 15 ^ $0)]], as: UTF8.self) }
        let spellings =
            [
                "\(envelope)A", "\(envelope)=", "\(envelope).", "\(envelope) x", "\(envelope),\(envelope)",
                ".\(envelope)", "Bearer \(envelope)", "",
            ]
            + twins.map { String(envelope.dropLast()) + $0 }
        for text in spellings {
            let outcome = try stage.outcome(calling: .outbound().showing(text))
            #expect(outcome.code == "envelope_invalid" && !outcome.served, "\(text.suffix(4)): \(outcome)")
        }
        #expect(try stage.outcome(calling: .outbound().showing(envelope)) == .answered())
    }

    @Test func case28_onlyTheVeryEnvelopeThatWasForwardedNamesItsRequest() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        var claims = try stage.claims(in: engagement.request)
        claims.tokenID = "another"
        let signer = stage.epoch.signers.envelope
        let twin = String(decoding: try Envelope.mint(claims, key: signer.key, kid: signer.keyID).bytes, as: UTF8.self)
        #expect(try stage.outcome(calling: .outbound().showing(twin)) == .denied(403, "unattributed"))
    }

    // MARK: - 29

    @Test func case29_anEnvelopeIsNoAccessTokenHere() throws {
        let stage = try Stage()
        let envelope = try stage.engage().envelope
        let outcome = try stage.outcome(of: .modern().bearing(envelope))
        #expect(outcome.status == 401 && !outcome.reached)
    }

    @Test func case29_anEnvelopeAsABearerTokenProvesNothingAndGoesNowhere() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        #expect(
            try stage.outcome(calling: .outbound().bearing(engagement.envelope)) == .denied(403, "unattributed"))
        let both = Call.outbound().showing(engagement).bearing(engagement.envelope)
        #expect(try stage.outcome(calling: both) == .answered())
        #expect(stage.services.requests[0].bearer == "token-for-alice-1")
        #expect(!String(decoding: stage.services.heard, as: UTF8.self).contains(engagement.envelope.suffix(32)))
    }

    @Test func case29_theClientsOwnTokenProvesNothingAndGoesNowhere() throws {
        let stage = try Stage()
        let engagement = try stage.engage()
        #expect(try stage.outcome(calling: .outbound().bearing(engagement.token)) == .denied(403, "unattributed"))
        _ = try stage.outcome(calling: .outbound().showing(engagement).bearing(engagement.token))
        #expect(!String(decoding: stage.services.heard, as: UTF8.self).contains(engagement.token.suffix(32)))
    }

    // MARK: - 36

    @Test func case36_aGuessedHandleNamesNothingAndGuessingIsSlowedDown() throws {
        let stage = try Stage(.withHandles)
        let engagement = try stage.engage()
        let caller = try stage.caller()
        var generator = SystemRandomNumberGenerator()
        for number in 0..<500 {
            let random = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let handle = "eieh_" + String(decoding: Base64URL.encode(random), as: UTF8.self)
            let answer = try caller.send(.outbound().bearing(handle))
            #expect(answer.status == (number < SecondBudget.perSecond ? 403 : 429))
            #expect(answer.code == (number < SecondBudget.perSecond ? "unattributed" : "too_many_failures"))
        }
        #expect(stage.services.connections == 0 && stage.egress.asked.isEmpty)
        #expect(stage.audit.lines.count { $0 == "denied unattributed 403 - - -" } == SecondBudget.perSecond)
        // Who has a proof is not held up, and the next second begins anew.
        #expect(try stage.outcome(calling: .outbound().bearing(engagement.handle)).served)
        stage.pass(.seconds(1))
        #expect(try caller.send(.outbound()).code == "unattributed")
    }

    @Test func case36_aHandleIsExactlyItsBytes() throws {
        let stage = try Stage(.withHandles)
        let handle = try stage.engage().handle
        for text in [
            String(handle.dropLast()), handle + "A", handle + "=", handle.uppercased(), "EIEH_" + handle.dropFirst(5),
            "eieh-" + handle.dropFirst(5), String(handle.dropFirst(5)), "x" + handle, handle + "," + handle,
            "eieh_", "eieh_" + handle,
        ] {
            let outcome = try stage.outcome(calling: .outbound().bearing(text))
            #expect(outcome == .denied(403, "unattributed"), "\(text)")
        }
    }

    @Test func case36_aHandleOfOneServerIsNotAnothersToPresent() throws {
        var policy = TestPolicy.withBilling
        policy.server = ["upstream_auth: handle"]
        let stage = try Stage(policy)
        let handle = try stage.engage().handle
        let call = Call.outbound(secret: ScriptedEgress.secret(of: "billing")).bearing(handle)
        #expect(try stage.outcome(calling: call) == invalid("wrong_presenter", at: "billing orders_api"))
    }

    @Test func case36_aHandleAnywhereElseProvesNothing() throws {
        let stage = try Stage(.withHandles)
        let handle = try stage.engage().handle
        for call in [
            Call.outbound("GET", "/orders/o-1?access_token=\(handle)"), .outbound("GET", "/orders/\(handle)"),
            .outbound().with("X-Handle", handle), .outbound().with("Cookie", "t=\(handle)"),
            .outbound().showing(handle),
            .outbound().with("Proxy-Authorization", "Bearer \(handle)"),
            .outbound("POST", "/orders/o-1").carrying(handle),
            .outbound().with("Authorization", "Basic \(handle)"), .outbound().with("Authorization", handle),
        ] {
            let outcome = try stage.outcome(calling: call)
            #expect(outcome.status == 403 && !outcome.served && outcome.asked == 0, "\(call) \(outcome)")
        }
    }

    @Test func case36_aHandleIsNoSecretOfAServerAndNoAccessToken() throws {
        let stage = try Stage(.withHandles)
        let handle = try stage.engage().handle
        let call = Call.outbound(secret: String(handle.dropFirst(5))).bearing(handle)
        #expect(try stage.outcome(calling: call) == .denied(403, "presenter_unknown", at: "- -"))
        #expect(try stage.outcome(of: .modern().bearing(handle)).status == 401)
    }
}

extension Epoch {
    /// The same but for the key that signs envelopes, and those that verify them.
    fileprivate func signing(_ envelope: Signer) -> Epoch {
        Epoch(
            policy: policy,
            signers: Signers(envelope: envelope, reissue: signers.reissue, assertion: signers.assertion),
            secrets: secrets, policySecrets: policySecrets)
    }
}
