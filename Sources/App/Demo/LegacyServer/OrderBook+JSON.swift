internal import StrictCoding

/// What the shop's data look like in answers.
extension OrderBook.Order {
    func write(to writer: inout JSONWriter, of user: ByteString) {
        writer.member("user_id", user)
        writer.member("order_id", id)
        writer.member("item", item)
        writer.member("status", status.rawValue)
    }
}

extension OrderBook.Customer {
    func writeBalance(to writer: inout JSONWriter, of user: ByteString) {
        writer.member("user_id", user)
        writer.member("balance_cents", balanceCents)
        writer.member("currency", "EUR")
    }

    func writeReport(to writer: inout JSONWriter, of user: ByteString) {
        writer.member("user_id", user)
        writer.member("orders", orders.count)
        writer.member("open_orders", orders.count { $0.status == .processing })
        writer.member("balance_cents", balanceCents)
    }
}

extension OrderBook.Failure {
    var sentence: String {
        switch self {
        case .unknownUser: "there is no such user"
        case .unknownOrder: "this user has no such order"
        case .tooLate(let status): "the order is \(status.rawValue), so it cannot be cancelled"
        }
    }
}
