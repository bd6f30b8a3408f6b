internal import StrictCoding

/// The tools of the orders server.
///
/// Every tool takes `user_id` as an argument and believes it. That is the weakness of servers like this one: the model
/// fills it in, and nothing here could notice that it is someone else's.
enum OrderTool: String, LegacyTool {
    case getOrderStatus = "get_order_status"
    case getBalance = "get_balance"
    case cancelOrder = "cancel_order"
    case slowReport = "slow_report"

    var description: String {
        switch self {
        case .getOrderStatus: "Where an order is."
        case .getBalance: "The balance of a customer's account."
        case .cancelOrder: "Cancels an order that has not been shipped."
        case .slowReport: "A summary of all orders; takes a few seconds and reports its progress."
        }
    }

    var arguments: [(name: ByteString, description: String)] {
        let user = (name: "user_id" as ByteString, description: "The customer, for example alice.")
        let order = (name: "order_id" as ByteString, description: "The order, for example A-1001.")
        return switch self {
        case .getOrderStatus, .cancelOrder: [user, order]
        case .getBalance, .slowReport: [user]
        }
    }

    var isReadOnly: Bool { self != .cancelOrder }
}

/// Answers them from an order book in memory.
struct OrderTools: LegacyToolbox {
    private static let reportSteps = 5
    private static let stepMilliseconds = 400

    let name = "legacy-orders"
    let title = "Orders, as they always were"
    private let book = OrderBook()

    func call(_ tool: OrderTool, _ arguments: [ByteString: ByteString]) async -> ToolOutcome {
        guard tool == .slowReport else { return .result(await result(tool, arguments)) }
        return .afterSteps(Self.reportSteps, every: Self.stepMilliseconds) { await result(tool, arguments) }
    }

    private func result(_ tool: OrderTool, _ arguments: [ByteString: ByteString]) async -> ToolResult {
        let user = arguments["user_id"] ?? ""
        let order = arguments["order_id"] ?? ""
        do throws(OrderBook.Failure) {
            switch tool {
            case .getOrderStatus:
                let found = try await book.order(order, of: user)
                return .data { found.write(to: &$0, of: user) }
            case .cancelOrder:
                let cancelled = try await book.cancel(order, of: user)
                return .data { cancelled.write(to: &$0, of: user) }
            case .getBalance:
                let customer = try await book.customer(user)
                return .data { customer.writeBalance(to: &$0, of: user) }
            case .slowReport:
                let customer = try await book.customer(user)
                return .data { customer.writeReport(to: &$0, of: user) }
            }
        } catch {
            return .failure(error.sentence)
        }
    }
}
