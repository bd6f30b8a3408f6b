internal import HTTPWire
internal import StrictCoding

/// Who the user is, for whoever has a token of theirs: `GET /profile/me` with the scope `profile:read`. No argument
/// says for whom: the token does.
struct ProfileAPI: BusinessAPI {
    static let name = "profile"
    static let tokenKind = "restricted_user"

    let gate: ResourceServer

    func answer(_ call: AuthorizedCall) async -> ServiceResponse {
        guard call.method == .get, call.segments == ["me"] else { return .notFound }
        if let refusal = lacking("profile:read", call) { return refusal }
        guard let user = DemoDirectory.user(call.token.subject) else { return APIAnswer.failure(.unknownUser) }
        return APIAnswer.data {
            $0.member("sub", user.id)
            $0.member("name", user.name)
            $0.member("tenant", DemoDirectory.tenant)
        }
    }
}
