package import Admission
import Crypto
package import HTTPCodec
package import Identity
package import Policy
package import StrictCoding

/// The gateway's own side in a test: an envelope key and secrets that are always the same.
package struct TestGateway: Sendable {
    package let ring: KeyRing
    package let reissue: KeyRing
    package let assertion: KeyRing
    package let secrets: DerivedSecrets

    package init(now: Int64 = TestPolicy.now) throws {
        ring = try KeyRing(first: SigningKey.generate(), now: UnixTime(seconds: now))
        reissue = try KeyRing(first: SigningKey.generate(), now: UnixTime(seconds: now))
        assertion = try KeyRing(first: SigningKey.generate(), now: UnixTime(seconds: now))
        secrets = DerivedSecrets(
            root: SecretBytes([UInt8](repeating: 7, count: 32)),
            tokenSeal: SecretBytes([UInt8](repeating: 8, count: 32)))
    }

    package func epoch(_ policy: PolicySet, keyID: ByteString? = nil) -> Epoch {
        let signers = Signers(
            envelope: Self.signer(ring, keyID: keyID), reissue: Self.signer(reissue), assertion: Self.signer(assertion))
        let secret = SecretBytes(Array("not-a-real-secret".utf8))
        let known = Dictionary(policy.secretReferences.map { ($0, secret) }, uniquingKeysWith: { first, _ in first })
        return Epoch(
            policy: policy, signers: signers, secrets: secrets,
            policySecrets: PolicySecrets(secrets: known, keys: [:]))
    }

    private static func signer(_ ring: KeyRing, keyID: ByteString? = nil) -> Signer {
        let key = ring.keys[0]
        return Signer(
            key: key.signing, keyID: keyID ?? key.keyID, keySet: ring.jwksDocument(now: key.activeFrom))
    }

    /// What an envelope says, after the check that a server makes.
    package func claims(of envelope: [UInt8], server: ByteString = "orders", now: Int64) throws -> EnvelopeClaims {
        let issuer = ByteString(TestPolicy.origin)
        return try UnverifiedEnvelope(compact: envelope).verify(
            keys: ring.verificationKeys(now: UnixTime(seconds: now)), issuer: issuer,
            audience: EnvelopeClaims.audience(issuer: issuer, id: server), now: UnixTime(seconds: now), leeway: 0
        ).claims
    }
}

package extension RequestHead {
    /// The head at the beginning of a text with LF or CRLF line ends.
    static func parsing(_ text: String) throws -> RequestHead {
        var parser = RequestParser()
        let lines = text.replacingLineEnds()
        let event = try lines.withUnsafeBytes { try parser.next($0).event }
        guard case .head(let head) = event else { throw Unfinished() }
        return head
    }

    struct Unfinished: Error {}
}

package extension ResponseHead {
    static func parsing(_ text: String) throws -> ResponseHead {
        var parser = ResponseParser(answering: .post)
        let lines = text.replacingLineEnds()
        let event = try lines.withUnsafeBytes { try parser.next($0).event }
        guard case .head(let head) = event else { throw RequestHead.Unfinished() }
        return head
    }
}

package extension String {
    /// The bytes with each LF as CRLF, unless it is one already.
    func replacingLineEnds() -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in utf8 {
            if byte == 0x0A, bytes.last != 0x0D { bytes.append(0x0D) }
            bytes.append(byte)
        }
        return bytes
    }
}

package extension FieldBlock {
    /// Each field as a line, names as they are spelled.
    var lines: [String] {
        (0..<count).map { String(decoding: name(at: $0) + [0x3A, 0x20] + value(at: $0), as: UTF8.self) }
    }

    init(_ pairs: [(String, String)]) throws {
        self.init()
        for (name, value) in pairs { try append(name: Array(name.utf8), value: Array(value.utf8)) }
    }
}
