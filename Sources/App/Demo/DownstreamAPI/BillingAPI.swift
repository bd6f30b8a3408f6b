internal import HTTPWire
internal import StrictCoding

/// Balances, for the one service that it knows: `GET /billing/accounts/{user}` with the scope `balance:read`. For which
/// user the service asks, it says in a header that nothing proves, so nothing is decided by it.
struct BillingAPI: BusinessAPI {
    static let name = "billing"
    static let tokenKind = "service_identity"

    let gate: ResourceServer
    let book: OrderBook

    func answer(_ call: AuthorizedCall) async -> ServiceResponse {
        guard call.method == .get, call.segments.count == 2, call.segments[0] == "accounts" else { return .notFound }
        if let refusal = lacking("balance:read", call) { return refusal }
        let user = call.segments[1]
        do {
            let customer = try await book.customer(user)
            return APIAnswer.data { customer.writeBalance(to: &$0, of: user) }
        } catch {
            return APIAnswer.failure(error)
        }
    }
}
