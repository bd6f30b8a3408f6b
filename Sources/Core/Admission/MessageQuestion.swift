import MCP
import Policy
import StrictCoding

extension Question {
    /// What a message asks of the policy, for the caller that the token names.
    init(_ message: Message, caller: Caller) {
        let kind: Kind =
            switch message.kind {
            case .request: .request
            case .notification: .notification
            case .response: .response
            }
        self.init(
            kind: kind, method: message.method ?? "", name: message.name, grantedScopes: caller.token.scopes ?? [],
            actorSubject: caller.principal.subject, actorTenant: caller.principal.tenant,
            agentID: caller.principal.agentID
        ) { name in
            // A server that ignores case would read this other argument instead of the one that is checked.
            if message.lookalike(ofArgument: name) != nil { return .other }
            guard let value = message.argument(name) else { return .absent }
            return value.text.map(ArgumentValue.text) ?? .other
        }
    }
}
