package import Crypto
package import Delegation
package import HTTPCodec
package import JOSE
package import Policy
package import StrictCoding

/// What `TokenDesk` asks of the world.
package struct TokenDeskEffects: Sendable {
    /// Sends one POST to an endpoint of an issuer and follows no redirect; bounded by bytes of the answer's content and by
    /// seconds in all, and over TLS only to whom the issuer's authority vouches for.
    package typealias Post =
        @Sendable (
            _ issuer: Issuer, _ url: HTTPURL, _ fields: FieldBlock, _ body: SecretBytes, _ mostBytes: Int,
            _ seconds: Int
        ) async -> PostOutcome
    /// An issuer's keys by its position in the policy, asked for again where `renewed`.
    package typealias Keys = @Sendable (_ issuer: Int, _ renewed: Bool) async -> KeySet?

    package let fetch: IssuerKeys.Fetch
    package let post: Post
    package let keys: Keys
    /// The key for statements to authorization servers as it is now.
    package let signer: @Sendable () -> AssertionSigner
    /// Since 1970.
    package let milliseconds: @Sendable () -> Int64
    /// So many bytes from a cryptographic generator.
    package let random: @Sendable (_ count: Int) -> [UInt8]
    /// A number from 0 to 1, different each time.
    package let jitter: @Sendable () -> Double
    /// Returns after so many seconds, or at once when its task is cancelled.
    package let sleep: @Sendable (_ seconds: Int) async -> Void
    /// Told of every call that failed, but not of those that a circuit breaker kept from being made.
    package let report: @Sendable (TokenDeskReport) -> Void

    package init(
        fetch: @escaping IssuerKeys.Fetch, post: @escaping Post, keys: @escaping Keys,
        signer: @escaping @Sendable () -> AssertionSigner, milliseconds: @escaping @Sendable () -> Int64,
        random: @escaping @Sendable (Int) -> [UInt8], jitter: @escaping @Sendable () -> Double,
        sleep: @escaping @Sendable (Int) async -> Void = { try? await Task.sleep(for: .seconds($0)) },
        report: @escaping @Sendable (TokenDeskReport) -> Void
    ) {
        self.fetch = fetch
        self.post = post
        self.keys = keys
        self.signer = signer
        self.milliseconds = milliseconds
        self.random = random
        self.jitter = jitter
        self.sleep = sleep
        self.report = report
    }
}

/// What came of a POST.
package enum PostOutcome: Sendable {
    /// Whatever the status.
    case answer(EndpointAnswer)
    case tooLarge
    /// Why there is no answer, in a few words without secrets.
    case failed(String)
}

/// For the log: why there is no token.
package struct TokenDeskReport: Sendable, Equatable {
    /// Names in the policy.
    package let client: ByteString
    package let issuer: ByteString
    package let fault: CredentialFault
    /// One short line of printable ASCII, without secrets and without the server's own words.
    package let reason: String

    package init(client: ByteString, issuer: ByteString, fault: CredentialFault, reason: String) {
        self.client = client
        self.issuer = issuer
        self.fault = fault
        self.reason = reason
    }
}
