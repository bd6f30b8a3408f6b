internal import StrictCoding

/// The clients that were there from the start and those that registered themselves.
actor ClientRegistry {
    /// Registration is open to whoever reaches the port, so it ends here; a restart forgets them all.
    static let registrationLimit = 512

    private let known: [OAuthClient]
    private var registered: [ByteString: OAuthClient] = [:]

    init(known: [OAuthClient]) {
        self.known = known
    }

    func client(_ id: ByteString) -> OAuthClient? {
        known.first { $0.id == id } ?? registered[id]
    }

    func add(_ client: OAuthClient) throws(OAuthRefusal) {
        guard registered.count < Self.registrationLimit else {
            throw OAuthRefusal(
                .invalidRequest, "\(Self.registrationLimit) clients have registered; restart the demo to forget them")
        }
        registered[client.id] = client
    }
}
