/// What a key signs. Each purpose has a ring of its own, so that a signature made for one is worth nothing for another.
package enum KeyPurpose: String, CaseIterable, Sendable {
    /// Execution Identity Envelopes.
    case envelope
    /// Access tokens that the gateway gives out itself.
    case reissue
    /// Statements for one authorization server, about a user or an agent.
    case assertion

    var ringName: String {
        switch self {
        // From when it was the only one.
        case .envelope: "ring.json"
        case .reissue, .assertion: "\(rawValue)-ring.json"
        }
    }

    func keyName(_ kid: some CustomStringConvertible) -> String { "\(rawValue)-\(kid).pem" }
}
