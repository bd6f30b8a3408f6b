/// Reads `gateway.limits`: each bound by itself, then those of which one lies within another.
enum LimitsReader {
    /// Two bounds of which the first is never more than the second.
    private struct Nesting {
        let inner: String
        let outer: String
        /// Takes the value of the other where only that one is written and they would contradict each other.
        let follower: String?
        let help: String
    }

    private static let nestings = [
        Nesting(
            inner: "connections_per_peer", outer: "connections", follower: "connections_per_peer",
            help: "one address is to have a part of all connections"),
        Nesting(
            inner: "requests_per_principal", outer: "requests", follower: "requests_per_principal",
            help: "one user is to have a part of all requests"),
        Nesting(
            inner: "streams_per_principal", outer: "requests_per_principal", follower: "streams_per_principal",
            help: "a user's streams are among the user's requests"),
        Nesting(
            inner: "body_bytes", outer: "buffered_bytes", follower: nil,
            help: "a message is held in memory as a whole; `buffered_bytes` must have room for the largest"),
        Nesting(
            inner: "upstream_first_byte_timeout", outer: "upstream_total_timeout", follower: "upstream_total_timeout",
            help: "the wait for the first byte is part of the whole"),
    ]

    static func read(_ field: Field, _ report: inout Report) -> Limits {
        var limits = Limits()
        guard let section = Section(field, PolicyKeys.limits, &report) else { return limits }
        var isReadable = true
        for key in LimitKey.all {
            guard let field = section[key.name] else { continue }
            guard let value = field.amount(key.kind, in: key.range, &report) else {
                isReadable = false
                continue
            }
            limits[keyPath: key.limit] = value
        }
        guard isReadable else { return limits }
        for nesting in nestings { hold(nesting, section, &limits, &report) }
        return limits
    }

    private static func hold(_ nesting: Nesting, _ section: Section, _ limits: inout Limits, _ report: inout Report) {
        guard let inner = LimitKey.named(nesting.inner), let outer = LimitKey.named(nesting.outer) else { return }
        let (least, most) = (limits[keyPath: inner.limit], limits[keyPath: outer.limit])
        guard least > most else { return }
        if let follower = nesting.follower, section[follower] == nil {
            limits[keyPath: follower == inner.name ? inner.limit : outer.limit] = follower == inner.name ? most : least
            return
        }
        let field = section[inner.name] ?? section[outer.name] ?? section.field
        let (text, bound) = (Amount.text(least, as: inner.kind), Amount.text(most, as: outer.kind))
        report.error(
            field.place,
            "`gateway.limits.\(inner.name)` (`\(text)`) is more than `gateway.limits.\(outer.name)` (`\(bound)`)",
            help: nesting.help)
    }
}
