package import StrictCoding

/// Who acts for the subject (RFC 8693, section 4.1): the agent that executes now, and before it those that delegated to
/// it. Policy decides on the subject and the outermost actor only; the inner ones are history.
package struct ActorChain: Sendable, Hashable {
    /// One actor, unique within its namespace.
    package struct Actor: Sendable, Hashable {
        /// The agent's id.
        package let subject: ByteString
        /// Who gives out these ids: the gateway for the operator's agents, else the issuer of the actor's credential.
        package let issuer: ByteString

        package init(subject: ByteString, issuer: ByteString) {
            self.subject = subject
            self.issuer = issuer
        }
    }

    /// The outermost, current actor first; empty when nobody acts for the subject.
    package let actors: [Actor]

    /// Nobody acts for the subject, or nobody vouches for who does.
    package static let none = ActorChain([])

    package init(_ actors: [Actor]) {
        self.actors = actors
    }
}
