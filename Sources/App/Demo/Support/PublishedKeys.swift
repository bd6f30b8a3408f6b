internal import JOSE
internal import StrictCoding

/// The keys that one issuer publishes: fetched when a token first needs them, again every few minutes, and when a token
/// names a key that is not among them.
actor PublishedKeys {
    private static let freshSeconds: Int64 = 300
    /// Between two fetches, whatever tokens name: they are strangers' texts.
    private static let pauseSeconds: Int64 = 5

    enum Failure: Error {
        case unavailable
        case refused
    }

    private let url: WebURL
    private let client: WebClient
    private var keys: KeySet?
    private var fetchedAt: Int64?

    init(at url: WebURL, client: WebClient) {
        self.url = url
        self.client = client
    }

    func verify(_ token: UnverifiedJWS, now: Int64) async throws(Failure) -> VerifiedJWS {
        let age = fetchedAt.map { now - $0 } ?? .max
        if age >= Self.freshSeconds || (age >= Self.pauseSeconds && !knowsKey(of: token)) { await fetch(now) }
        guard let keys else { throw .unavailable }
        do { return try token.verify(with: keys, allowing: [.es256]) } catch { throw .refused }
    }

    private func knowsKey(of token: UnverifiedJWS) -> Bool {
        keys?.candidates(kid: token.keyID, algorithm: .es256).isEmpty == false
    }

    private func fetch(_ now: Int64) async {
        fetchedAt = now
        // When the issuer cannot be reached, the keys of the last time may still be good.
        if let answer = await client.get(url), answer.status == 200, let read = try? KeySet(parsing: answer.body) {
            keys = read
        }
    }
}
