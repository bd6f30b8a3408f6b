package import Crypto
package import Identity
import StrictCoding

/// By what egress recognises one server: the secret in the first segment of its base URL, and for a while the one that
/// this replaced.
package struct PresenterSecrets: Sendable {
    /// A secret that was replaced.
    package struct Previous: Sendable {
        package let secret: SecretBytes
        /// From then on it is not accepted.
        package let until: UnixTime
    }

    package static let randomBytes = 32
    /// Of a secret as text: base64url of `randomBytes` bytes.
    package static let textBytes = 43
    /// How long a replaced secret is accepted unless told otherwise: servers are restarted within a day.
    package static let defaultOverlapSeconds: Int64 = 86_400

    /// The text that stands in the URL.
    package let current: SecretBytes
    package let previous: Previous?

    package init(current: SecretBytes, previous: Previous? = nil) {
        self.current = current
        self.previous = previous
    }

    /// SHA-256 of each text that is accepted: comparing digests tells nothing of a secret by its timing.
    package func digests(now: UnixTime) -> [[UInt8]] {
        let texts = [current] + (previous.map { now < $0.until ? [$0.secret] : [] } ?? [])
        return texts.map(Self.digest)
    }

    /// Whether `text` has the form of a secret: one spelling of 32 bytes.
    package static func isWellFormed(_ text: some Collection<UInt8>) -> Bool {
        text.count == textBytes && (try? Base64URL.decode(Array(text))) != nil
    }

    static func generate() -> SecretBytes {
        SecretBytes(Base64URL.encode(SystemRandom.bytes(randomBytes)))
    }

    /// A new secret in place of the current one. A second turn within the overlap ends the oldest secret at once.
    func turned(overlapSeconds: Int64, now: UnixTime) -> PresenterSecrets {
        let previous = overlapSeconds > 0 ? Previous(secret: current, until: now + overlapSeconds) : nil
        return PresenterSecrets(current: Self.generate(), previous: previous)
    }

    /// Without what is no longer accepted.
    func current(now: UnixTime) -> PresenterSecrets {
        guard let previous, now >= previous.until else { return self }
        return PresenterSecrets(current: current)
    }

    private static func digest(_ text: SecretBytes) -> [UInt8] {
        text.withBytes { SHA256.digest(Array($0)) }
    }
}

extension PresenterSecrets: Equatable {
    package static func == (left: PresenterSecrets, right: PresenterSecrets) -> Bool {
        digest(left.current) == digest(right.current) && left.previous?.until == right.previous?.until
            && left.previous.map { digest($0.secret) } == right.previous.map { digest($0.secret) }
    }
}
