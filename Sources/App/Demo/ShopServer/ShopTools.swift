internal import StrictCoding

/// The tools of the shop server. Its APIs know for whom they are called without being told by a model.
enum ShopTool: String, LegacyTool {
    case orderStatus = "order_status"
    case myProfile = "my_profile"
    case accountBalance = "account_balance"
    case cancel
    case slowOrder = "slow_order"
    case lateRefund = "late_refund"

    var description: String {
        switch self {
        case .orderStatus: "Where an order is."
        case .myProfile: "Who is asking, as the profile API knows them."
        case .accountBalance: "The balance of a customer's account."
        case .cancel: "Cancels an order that has not been shipped."
        case .slowOrder: "Asks the orders API for something that takes some seconds, at most five."
        case .lateRefund: "Promises a refund at once and looks into it four seconds later."
        }
    }

    var arguments: [(name: ByteString, description: String)] {
        let user = (name: "user_id" as ByteString, description: "The customer, for example alice.")
        let order = (name: "order_id" as ByteString, description: "The order, for example A-1001.")
        let seconds = (name: "seconds" as ByteString, description: "How long it takes, for example 2.")
        return switch self {
        case .orderStatus, .cancel: [user, order]
        case .accountBalance, .lateRefund: [user]
        case .slowOrder: [seconds]
        case .myProfile: []
        }
    }

    var isReadOnly: Bool { self != .cancel && self != .lateRefund }
}

/// Answers them by calling three APIs at the addresses from its settings. There is no word of a gateway here, and no
/// token: whoever stands at those addresses adds what the APIs want.
struct ShopTools: LegacyToolbox {
    private static let refundMilliseconds = 4_000

    let name = "legacy-shop"
    let title = "A shop, written before anybody asked who is asking"
    let settings: ShopSettings
    let client: WebClient
    let effects: DemoEffects
    /// Takes a line about what was done in the background.
    let report: @Sendable (String) -> Void
    private let promises = Promises()

    init(
        settings: ShopSettings, client: WebClient, effects: DemoEffects, report: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.client = client
        self.effects = effects
        self.report = report
    }

    func call(_ tool: ShopTool, _ arguments: [ByteString: ByteString]) async -> ToolOutcome {
        .result(await result(tool, arguments))
    }

    private func result(_ tool: ShopTool, _ arguments: [ByteString: ByteString]) async -> ToolResult {
        let user = arguments["user_id"] ?? ""
        let order = arguments["order_id"] ?? ""
        switch tool {
        case .orderStatus: return .answer(await client.get(settings.orders, user, order))
        case .cancel: return .answer(await client.post(settings.orders, user, order, "cancel"))
        case .slowOrder:
            let seconds = arguments["seconds"] ?? ""
            return .answer(await client.get(settings.orders, "slow", query: [("seconds", seconds)]))
        case .accountBalance: return .answer(await client.get(settings.billing, "accounts", user))
        case .myProfile: return .answer(await client.get(settings.profile, "me"))
        case .lateRefund: return await promiseRefund(to: user)
        }
    }

    /// Work that goes on after its answer: by then the request that it was for is over.
    private func promiseRefund(to user: ByteString) async -> ToolResult {
        guard await promises.take() else { return .failure("too many refunds are being looked into") }
        Task {
            await effects.pause(Self.refundMilliseconds)
            let answer = await client.get(settings.billing, "accounts", user)
            await promises.keep()
            report(
                "refund for \(user.quotable): \(answer.map { "\($0.status) \(ByteString($0.body))" } ?? "no answer")")
        }
        return .data { $0.member("refund", "promised") }
    }
}

/// How many refunds are being looked into, at most a few.
private actor Promises {
    private static let most = 16
    private var count = 0

    func take() -> Bool {
        guard count < Self.most else { return false }
        count += 1
        return true
    }

    func keep() {
        count -= 1
    }
}

extension ToolResult {
    /// An API's answer as it came: the model can read it, whatever it is.
    fileprivate static func answer(_ answer: WebClient.Answer?) -> ToolResult {
        guard let answer else { return .failure("the API does not answer") }
        let isObject = (try? JSONDocument(parsing: answer.body, limits: .document))?.root.kind == .object
        return ToolResult(
            text: answer.body, isError: !answer.isSuccess, isStructured: answer.isSuccess && isObject)
    }
}
