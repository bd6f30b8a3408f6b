internal import HTTPCodec
internal import HTTPWire
internal import StrictCoding

/// A call whose token was accepted.
struct AuthorizedCall: Sendable {
    let method: HTTPCodec.Method
    /// Of the path below the API's own, escapes undone.
    let segments: [ByteString]
    let query: FormParameters
    let token: AcceptedToken
}

/// One of the APIs behind the gateway: whom it believes, and what it then does for them.
protocol BusinessAPI: Sendable {
    /// The first segment of its paths, and its realm.
    static var name: String { get }
    /// What its tokens are, in the gateway's words.
    static var tokenKind: String { get }
    var gate: ResourceServer { get }

    func answer(_ call: AuthorizedCall) async -> ServiceResponse
}

extension BusinessAPI {
    /// The refusal of a call whose token lacks the scope.
    func lacking(_ scope: ByteString, _ call: AuthorizedCall) -> ServiceResponse? {
        call.token.scopes.contains(scope) ? nil : APIAnswer.missingScope(scope, realm: Self.name)
    }
}
