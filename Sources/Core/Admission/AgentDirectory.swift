package import Policy
package import StrictCoding

/// The operator's map from a client registration to the agent that it is (`agents:`).
package struct AgentDirectory: Sendable {
    private struct Registration: Hashable {
        let issuer: Int
        let clientID: ByteString
    }

    private let agents: [Registration: ByteString]
    /// The namespace of the operator's agent ids: the gateway itself (`act.iss`).
    package let namespace: ByteString

    package init(_ policy: PolicySet) {
        var agents: [Registration: ByteString] = [:]
        for agent in policy.agents {
            agents[Registration(issuer: agent.issuerIndex, clientID: agent.clientID)] = agent.id
        }
        self.agents = agents
        namespace = policy.publicURL.origin
    }

    func agent(issuer: Int, clientID: ByteString) -> ByteString? {
        agents[Registration(issuer: issuer, clientID: clientID)]
    }
}
