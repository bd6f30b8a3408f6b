import StrictCoding

/// Reads what `gateway` says about URLs, listeners and TLS, which only make sense together.
struct TransportReader {
    /// How one listener comes to TLS.
    enum TLS: Equatable {
        case absent
        case terminatedUpstream
        case own(TLSSettings)
        /// Written, but wrong; reported.
        case unreadable
    }

    let tls: TLS
    private let egress: TLS
    private let admin: TLS

    init(_ gateway: Section, _ secrets: inout SecretReader, _ report: inout Report) {
        tls = Self.clients(gateway["tls"], &secrets, &report)
        egress = Self.own(gateway["egress_tls"], PolicyKeys.egressTLS, &secrets, &report)
        admin = Self.own(gateway["admin_tls"], PolicyKeys.adminTLS, &secrets, &report)
    }

    var listenerTLS: ListenerTLS {
        ListenerTLS(clients: tls.settings, egress: egress.settings, admin: admin.settings)
    }

    private static func clients(_ field: Field?, _ secrets: inout SecretReader, _ report: inout Report) -> TLS {
        guard let field else { return .absent }
        guard case .mapping = field.node.content else {
            return field.choice(PolicyWords.tls, &report) == nil ? .unreadable : .terminatedUpstream
        }
        return own(field, PolicyKeys.tls, &secrets, &report)
    }

    private static func own(
        _ field: Field?, _ table: KeyTable, _ secrets: inout SecretReader, _ report: inout Report
    ) -> TLS {
        guard let field else { return .absent }
        return TLSReader.read(field, table, &secrets, &report).map { .own($0) } ?? .unreadable
    }

    // MARK: Public URL

    func publicURL(_ field: Field, _ report: inout Report) -> HTTPURL? {
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
        case (.http, .own):
            report.error(
                field.place, "\(field.quotedPath) is http, and `gateway.tls` lets nobody speak plain HTTP",
                help: "write https")
            return nil
        case (.https, .absent):
            report.error(
                field.place, "\(field.quotedPath) is https, and nothing ends TLS",
                help: help(for: "tls"))
            return nil
        case (.http, _), (.https, .own), (.https, .terminatedUpstream), (.https, .unreadable):
            return url
        }
    }

    private func help(for key: String) -> String {
        let own = "write `\(key): {certificate: file:PATH, key: file:PATH}` under `gateway`"
        if case .own = tls { return own }
        return "\(own), or `tls: terminated_upstream` if a proxy in front ends TLS"
    }

    // MARK: Listeners

    func listen(_ field: Field, _ report: inout Report) -> Listen {
        var listen = Listen()
        guard let section = Section(field, PolicyKeys.listen, &report) else { return listen }
        if let address = section["clients"].flatMap({ address($0, own: tls, key: "tls", &report) }) {
            listen.clients = address
        }
        if let address = section["egress"].flatMap({ address($0, own: egress, key: "egress_tls", &report) }) {
            listen.egress = address
        }
        if let field = section["admin"], let address = address(field, own: admin, key: "admin_tls", &report) {
            listen.admin = address
            warnOfOpenDoor(field, address, &report)
        }
        Self.checkApart(listen, section, &report)
        return listen
    }

    private func warnOfOpenDoor(_ field: Field, _ address: ListenAddress, _ report: inout Report) {
        if address.host.isLoopback || admin == .unreadable { return }
        if case .required = admin.settings?.clientCertificates { return }
        report.warning(
            field.place, "\(field.quotedPath) answers anyone who can reach this machine",
            help: "keep it on loopback, or let `admin_tls` ask for certificates (`client_ca`)")
    }

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

    private func address(_ field: Field, own: TLS, key: String, _ report: inout Report) -> ListenAddress? {
        guard let text = field.text(&report) else { return nil }
        guard let address = ListenAddress(parsing: text.bytes) else {
            report.error(
                field.place, "\(Quotation.of(text)) is not an address to listen on",
                help: "write an IP address and a port: `127.0.0.1:8080` or `[::1]:8080`")
            return nil
        }
        // A proxy that ends TLS may do so for every listener; a key that is wrong is not also reported as missing.
        let isInFront = tls == .terminatedUpstream || tls == .unreadable
        guard address.host.isLoopback || own != .absent || isInFront else {
            report.error(
                field.place, "\(field.quotedPath) is beyond loopback and would speak plain HTTP",
                help: help(for: key))
            return nil
        }
        return address
    }
}

extension TransportReader.TLS {
    fileprivate var settings: TLSSettings? {
        guard case .own(let settings) = self else { return nil }
        return settings
    }
}
