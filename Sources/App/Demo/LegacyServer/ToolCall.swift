internal import StrictCoding

/// A call of one tool with all its arguments.
struct ToolCall: Sendable {
    let tool: LegacyTool
    let arguments: [ByteString: ByteString]

    /// The `result` of `tools/call`: data as text and as structure, or a failure that the model can read.
    func result(from book: OrderBook) async -> [UInt8] {
        do {
            return Self.result(try await answer(from: book), isError: false)
        } catch {
            return Self.result(Self.sentence(error), isError: true)
        }
    }

    private func answer(from book: OrderBook) async throws(OrderBook.Failure) -> [UInt8] {
        let user = arguments["user_id"] ?? ""
        let order = arguments["order_id"] ?? ""
        switch tool {
        case .getOrderStatus: return describe(try await book.order(order, of: user), user)
        case .cancelOrder: return describe(try await book.cancel(order, of: user), user)
        case .getBalance: return describe(balance: try await book.customer(user).balanceCents, user)
        case .slowReport: return describe(report: try await book.customer(user), user)
        }
    }

    private func describe(_ order: OrderBook.Order, _ user: ByteString) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("user_id", user)
            $0.member("order_id", order.id)
            $0.member("item", order.item)
            $0.member("status", order.status.rawValue)
        }
        return writer.bytes
    }

    private func describe(balance cents: Int, _ user: ByteString) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("user_id", user)
            $0.member("balance_cents", cents)
            $0.member("currency", "EUR")
        }
        return writer.bytes
    }

    private func describe(report customer: OrderBook.Customer, _ user: ByteString) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member("user_id", user)
            $0.member("orders", customer.orders.count)
            $0.member("open_orders", customer.orders.count { $0.status == .processing })
            $0.member("balance_cents", customer.balanceCents)
        }
        return writer.bytes
    }

    private static func sentence(_ failure: OrderBook.Failure) -> [UInt8] {
        let text =
            switch failure {
            case .unknownUser: "there is no such user"
            case .unknownOrder: "this user has no such order"
            case .tooLate(let status): "the order is \(status.rawValue), so it cannot be cancelled"
            }
        return Array(text.utf8)
    }

    private static func result(_ content: [UInt8], isError: Bool) -> [UInt8] {
        var writer = JSONWriter(reserving: 512)
        writer.object {
            $0.name("content")
            $0.array {
                $0.object {
                    $0.member("type", "text")
                    $0.member("text", ByteString(content))
                }
            }
            if !isError {
                $0.name("structuredContent")
                $0.raw(content)
            }
            $0.member("isError", isError)
        }
        return writer.bytes
    }
}
