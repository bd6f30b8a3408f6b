internal import StrictCoding

/// One tool of the legacy server: what it is called, what it wants, and what it is said to do.
///
/// Every tool takes `user_id` as an argument and believes it. That is the weakness of servers like this one: the model
/// fills it in, and nothing here could notice that it is someone else's.
enum LegacyTool: String, CaseIterable, Sendable {
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

    /// The entry of this tool in `tools/list`.
    func describe(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", rawValue)
            $0.member("description", description)
            $0.name("inputSchema")
            $0.object {
                $0.member("type", "object")
                $0.name("properties")
                $0.object {
                    for argument in arguments {
                        $0.name(argument.name)
                        $0.object {
                            $0.member("type", "string")
                            $0.member("description", argument.description)
                        }
                    }
                }
                $0.member("required", array: arguments.map(\.name))
                $0.member("additionalProperties", false)
            }
            $0.name("annotations")
            $0.object {
                $0.member("readOnlyHint", isReadOnly)
                $0.member("destructiveHint", !isReadOnly)
                $0.member("openWorldHint", false)
            }
        }
    }

    /// The arguments' values by name, or a sentence about what is wrong with them.
    func read(_ arguments: JSONValue?) throws(ArgumentMistake) -> [ByteString: ByteString] {
        guard let members = arguments?.members else { throw ArgumentMistake("`arguments` must be an object") }
        var values: [ByteString: ByteString] = [:]
        for (name, value) in members {
            guard self.arguments.contains(where: { $0.name == name }) else {
                throw ArgumentMistake("`\(rawValue)` has no such argument: `\(name.quotable)`")
            }
            guard let text = value.text else { throw ArgumentMistake("`\(name)` must be a string") }
            values[name] = text
        }
        if let missing = self.arguments.first(where: { values[$0.name] == nil }) {
            throw ArgumentMistake("`\(missing.name)` is missing")
        }
        return values
    }

    struct ArgumentMistake: Error, Equatable {
        let sentence: String

        init(_ sentence: String) {
            self.sentence = sentence
        }
    }
}
