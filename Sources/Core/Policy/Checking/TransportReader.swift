import StrictCoding

/// Reads what `gateway` says about URLs, listeners and TLS, which only make sense together.
enum TransportReader {
    enum TLS {
        case absent
        case terminatedUpstream
        /// Written, but wrong or not built; reported.
        case unreadable
    }

    static func tls(_ field: Field?, _ report: inout Report) -> TLS {
        guard let field else { return .absent }
        if case .mapping(let entries) = field.node.content {
            if entries.isEmpty {
                report.error(
                    field.place, "\(field.quotedPath) is empty",
                    help: "write `tls: terminated_upstream` or leave it out")
            }
            _ = Section(field, PolicyKeys.tls, &report)
            return .unreadable
        }
        return field.choice(PolicyWords.tls, &report) == nil ? .unreadable : .terminatedUpstream
    }

    static func publicURL(_ field: Field, tls: TLS, _ report: inout Report) -> HTTPURL? {
        guard let url = field.url(&report) else { return nil }
        guard url.path.isEmpty else {
            report.error(
                field.place, "\(field.quotedPath) has a path; it is the origin from which all public URLs derive",
                help: "write \(Quotation.of(url.origin)), without a slash at the end")
            return nil
        }
        guard url.text == url.origin else {
            report.error(
                field.place, "\(field.quotedPath) has the default port of its scheme",
                help: "write \(Quotation.of(url.origin))")
            return nil
        }
        switch (url.scheme, tls) {
        case (.http, _) where !url.host.isLoopback:
            report.error(
                field.place,
                "\(field.quotedPath) is http on a host that is not loopback: tokens would travel in the clear",
                help: "write https")
            return nil
        case (.https, .absent):
            report.error(
                field.place, "\(field.quotedPath) is https, and nothing ends TLS",
                help: "write `tls: terminated_upstream` under `gateway` if a proxy in front of the gateway does")
            return nil
        case (.http, _), (.https, .terminatedUpstream), (.https, .unreadable):
            return url
        }
    }

    static func listen(_ field: Field, tls: TLS, _ report: inout Report) -> Listen {
        var listen = Listen()
        guard let section = Section(field, PolicyKeys.listen, &report) else { return listen }
        if let address = section["clients"].flatMap({ address($0, tls: tls, &report) }) { listen.clients = address }
        if let address = section["egress"].flatMap({ address($0, tls: tls, &report) }) { listen.egress = address }
        if let admin = section["admin"], let address = address(admin, tls: tls, &report) {
            listen.admin = address
            if !address.host.isLoopback {
                report.warning(
                    admin.place, "\(admin.quotedPath) answers anyone who can reach this machine",
                    help: "keep it on loopback, or keep others away from it")
            }
        }
        checkApart(listen, section, &report)
        return listen
    }

    /// Three kinds of callers, each proving who it is in another way: none may reach what is meant for another.
    private static func checkApart(_ listen: Listen, _ section: Section, _ report: inout Report) {
        let operators = "operators' address must not be reachable by clients; give it a port of its own"
        let servers = "servers' calls arrive at a port of their own"
        let pairs = [
            (("clients", listen.clients), ("admin", listen.admin), operators),
            (("clients", listen.clients), ("egress", listen.egress), servers),
            (("egress", listen.egress), ("admin", listen.admin), servers),
        ]
        for ((one, address), (other, otherAddress), help) in pairs where address.collides(with: otherAddress) {
            report.error(
                (section[other] ?? section[one] ?? section.field).place,
                "`gateway.listen.\(one)` and `gateway.listen.\(other)` are the same address", help: help)
        }
    }

    private static func address(_ field: Field, tls: TLS, _ report: inout Report) -> ListenAddress? {
        guard let text = field.text(&report) else { return nil }
        guard let address = ListenAddress(parsing: text.bytes) else {
            report.error(
                field.place, "\(Quotation.of(text)) is not an address to listen on",
                help: "write an IP address and a port: `127.0.0.1:8080` or `[::1]:8080`")
            return nil
        }
        if case .absent = tls, !address.host.isLoopback {
            report.error(
                field.place, "\(field.quotedPath) is beyond loopback and would speak plain HTTP",
                help: "write `tls: terminated_upstream` under `gateway` if a proxy in front of the gateway ends TLS")
            return nil
        }
        return address
    }
}
