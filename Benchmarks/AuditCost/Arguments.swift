/// What the command line says: `[--records N] [--rate PER_SECOND] [--durable] [--directory PATH]`, or
/// `--write N PATH`.
struct Arguments {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// Records to offer, or to write.
    var records = 500_000
    /// Flat out without.
    var rate: Int?
    var isDurable = false
    var directory = "/tmp"
    /// The live file of a log to make.
    var target: String?

    init(_ arguments: [String]) throws(Fault) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            switch name {
            case "--records": records = try Self.number(name, rest.popFirst())
            case "--rate": rate = try Self.number(name, rest.popFirst())
            case "--durable": isDurable = true
            case "--directory": directory = try Self.text(name, rest.popFirst())
            case "--write":
                records = try Self.number(name, rest.popFirst())
                target = try Self.text(name, rest.popFirst())
            default: throw Fault(description: "unknown argument \(name)")
            }
        }
    }

    private static func text(_ name: String, _ value: String?) throws(Fault) -> String {
        guard let value else { throw Fault(description: "\(name) has no value") }
        return value
    }

    private static func number(_ name: String, _ value: String?) throws(Fault) -> Int {
        guard let number = Int(try text(name, value)), number > 0 else {
            throw Fault(description: "\(name) takes a number above 0")
        }
        return number
    }
}
