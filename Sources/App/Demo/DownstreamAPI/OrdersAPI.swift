internal import HTTPWire
internal import StrictCoding

/// Orders, for the user whom the token names and nobody else:
///
/// - `GET /orders/{user}/{order}` and `GET /orders/slow?seconds=N` with the scope `orders:read`;
/// - `POST /orders/{user}/{order}/cancel` with `orders:write`.
struct OrdersAPI: BusinessAPI {
    static let name = "orders"
    static let tokenKind = "on_behalf_of"
    private static let mostSeconds = 5

    let gate: ResourceServer
    let book: OrderBook
    let effects: DemoEffects

    func answer(_ call: AuthorizedCall) async -> ServiceResponse {
        switch (call.method, call.segments.count) {
        case (.get, 1) where call.segments == ["slow"]: return await slow(call)
        case (.get, 2): return await order(call)
        case (.post, 3) where call.segments[2] == "cancel": return await cancel(call)
        default: return .notFound
        }
    }

    private func order(_ call: AuthorizedCall) async -> ServiceResponse {
        let (user, order) = (call.segments[0], call.segments[1])
        if let refusal = lacking("orders:read", call) ?? foreign(user, call) { return refusal }
        do {
            let found = try await book.order(order, of: user)
            return APIAnswer.data { found.write(to: &$0, of: user) }
        } catch {
            return APIAnswer.failure(error)
        }
    }

    private func cancel(_ call: AuthorizedCall) async -> ServiceResponse {
        let (user, order) = (call.segments[0], call.segments[1])
        if let refusal = lacking("orders:write", call) ?? foreign(user, call) { return refusal }
        do {
            let cancelled = try await book.cancel(order, of: user)
            return APIAnswer.data { cancelled.write(to: &$0, of: user) }
        } catch {
            return APIAnswer.failure(error)
        }
    }

    private func slow(_ call: AuthorizedCall) async -> ServiceResponse {
        if let refusal = lacking("orders:read", call) { return refusal }
        let text = call.query["seconds"]?.string ?? "1"
        guard let seconds = Int(text), (0...Self.mostSeconds).contains(seconds) else {
            return APIAnswer.refusal(status: 400, "`seconds` must be a number from 0 to \(Self.mostSeconds)")
        }
        await effects.pause(seconds * 1000)
        return APIAnswer.data { $0.member("waited_seconds", seconds) }
    }

    /// The API's own check, which needs no gateway: whose order is it, and who is asking?
    private func foreign(_ user: ByteString, _ call: AuthorizedCall) -> ServiceResponse? {
        user == call.token.subject ? nil : APIAnswer.refusal(status: 403, "the order is somebody else's")
    }
}
