package import StrictCoding

/// What one message to one server asks for, and who asks: all that a verdict may depend on.
package struct Question {
    package enum Kind: Sendable {
        case request
        case notification
        /// An answer to something that the server asked; it has no method.
        case response
    }

    /// What the message holds where a rule wants the actor.
    package enum ArgumentValue: Hashable, Sendable {
        case absent
        case text(ByteString)
        /// A number, a list, null: nothing that equals an actor.
        case other
    }

    package let kind: Kind
    /// Empty for a response.
    package let method: ByteString
    /// The tool, the prompt or the resource's URI.
    package let name: ByteString?
    /// As the token carries them, before anything is left out.
    package let grantedScopes: [ByteString]
    /// The argument of this name in the message.
    package let argument: (ByteString) -> ArgumentValue
    package let actorSubject: ByteString
    package let actorTenant: ByteString
    package let agentID: ByteString

    package init(
        kind: Kind, method: ByteString, name: ByteString?, grantedScopes: [ByteString], actorSubject: ByteString,
        actorTenant: ByteString, agentID: ByteString, argument: @escaping (ByteString) -> ArgumentValue
    ) {
        self.kind = kind
        self.method = method
        self.name = name
        self.grantedScopes = grantedScopes
        self.actorSubject = actorSubject
        self.actorTenant = actorTenant
        self.agentID = agentID
        self.argument = argument
    }
}
