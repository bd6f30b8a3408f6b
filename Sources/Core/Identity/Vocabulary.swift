import StrictCoding

/// What kind of entity initiated a request (`tctx.actor.type`).
package enum ActorKind: String, Sendable, Hashable, CaseIterable {
    case user
    case service
    case anonymous
}

/// What kind of entity the subject is (`sub_profile`): the actor's kind, where a service may turn out to be an agent.
package enum SubjectProfile: String, Sendable, Hashable, CaseIterable {
    case user
    case service
    case agent = "ai_agent"
    case anonymous

    package init(_ kind: ActorKind) {
        switch kind {
        case .user: self = .user
        case .service: self = .service
        case .anonymous: self = .anonymous
        }
    }

    /// The `tctx.actor.type` that this mirrors.
    package var kind: ActorKind {
        switch self {
        case .user: .user
        case .service, .agent: .service
        case .anonymous: .anonymous
        }
    }
}

/// Whose authority a downstream call carries (`tctx.delegation.mode`). The three are incomparable: none is a weaker
/// form of another, so nothing ever falls back from one to the other. Cases stand in the order in which `mode` names
/// the first present.
package enum DelegationMode: String, Sendable, Hashable, CaseIterable {
    case onBehalfOf = "on_behalf_of"
    case restrictedUser = "restricted_user"
    case serviceIdentity = "service_identity"

    /// Reads a policy's or a command line's spelling, which may be one of the short aliases.
    package init?(policyName: String) {
        switch policyName {
        case "on_behalf_of", "obo": self = .onBehalfOf
        case "restricted_user", "user", "user_token": self = .restrictedUser
        case "service_identity", "service": self = .serviceIdentity
        default: return nil
        }
    }
}

/// A field of the envelope that may rest on something weaker than a validated credential.
package enum EstimatedField: String, Sendable, Hashable, CaseIterable {
    case actorSubject = "actor.sub"
    case actorTenant = "actor.tenant"
    case agentID = "agent.id"
    case scopes
}

/// How well the identity is known (`tctx.authorization.confidence`).
package enum Confidence: Sendable, Hashable {
    /// A credential was validated in this request, and actor, tenant, agent and scopes came from it or from the
    /// operator's map.
    case verified
    /// Anything less; the fields that are not from a credential, at least one, in the order of `EstimatedField`.
    case estimated([EstimatedField])

    /// `verified` when nothing is estimated.
    package init(estimating fields: Set<EstimatedField>) {
        self = fields.isEmpty ? .verified : .estimated(EstimatedField.allCases.filter(fields.contains))
    }
}

extension RawRepresentable where RawValue == String, Self: CaseIterable {
    /// The case whose wire name has exactly these bytes.
    init?(wireName: ByteString) {
        guard let found = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(wireName.bytes) }) else {
            return nil
        }
        self = found
    }
}
