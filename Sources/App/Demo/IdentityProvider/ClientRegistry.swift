internal import StrictCoding

/// The clients that were there from the start and those that registered themselves.
actor ClientRegistry {
    /// Registration is open to whoever reaches the port, so it ends here; a restart forgets them all.
    static let registrationLimit = 512

    private var registered: [ByteString: OAuthClient] = [:]

    func client(_ id: ByteString) -> OAuthClient? {
        DemoDirectory.clients.first { $0.id == id } ?? registered[id]
    }

    func add(_ client: OAuthClient) throws(OAuthRefusal) {
        guard registered.count < Self.registrationLimit else {
            throw OAuthRefusal(
                .invalidRequest, "\(Self.registrationLimit) clients have registered; restart the demo to forget them")
        }
        registered[client.id] = client
    }
}
