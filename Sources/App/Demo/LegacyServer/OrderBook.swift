internal import StrictCoding

/// The shop's data: two customers, a few orders, and balances in cents. A cancelled order stays cancelled until the
/// demo ends.
actor OrderBook {
    enum Status: String, Sendable {
        case processing, shipped, delivered, cancelled
    }

    struct Order: Sendable {
        let id: ByteString
        let item: String
        var status: Status
    }

    struct Customer: Sendable {
        var balanceCents: Int
        var orders: [Order]
    }

    /// What a tool answers instead of data.
    enum Failure: Error, Equatable {
        case unknownUser
        case unknownOrder
        case tooLate(Status)
    }

    private var customers: [ByteString: Customer] = [
        "alice": Customer(
            balanceCents: 125_040,
            orders: [
                Order(id: "A-1001", item: "clay tablet, blank", status: .shipped),
                Order(id: "A-1002", item: "cylinder seal, lapis lazuli", status: .processing),
                Order(id: "A-1003", item: "reed stylus, box of ten", status: .delivered),
            ]),
        "bob": Customer(
            balanceCents: 8_715,
            orders: [
                Order(id: "B-2001", item: "barley, 30 litres", status: .delivered),
                Order(id: "B-2002", item: "sesame oil, jar", status: .processing),
            ]),
    ]

    func customer(_ user: ByteString) throws(Failure) -> Customer {
        guard let customer = customers[user] else { throw .unknownUser }
        return customer
    }

    func order(_ id: ByteString, of user: ByteString) throws(Failure) -> Order {
        guard let order = try customer(user).orders.first(where: { $0.id == id }) else { throw .unknownOrder }
        return order
    }

    func cancel(_ id: ByteString, of user: ByteString) throws(Failure) -> Order {
        var customer = try customer(user)
        guard let index = customer.orders.firstIndex(where: { $0.id == id }) else { throw .unknownOrder }
        let status = customer.orders[index].status
        guard status == .processing else { throw .tooLate(status) }
        customer.orders[index].status = .cancelled
        customers[user] = customer
        return customer.orders[index]
    }
}
