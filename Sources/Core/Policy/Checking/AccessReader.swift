import StrictCoding

/// Reads `services.V.allow`.
struct AccessReader {
    /// What makes scopes of the caller's a condition of every call.
    enum Demand {
        /// The service knows the gateway's own account only: nothing but these rules tells users apart.
        case ownAccount
        /// Scopes are asked for as they are written, whatever the actor has.
        case fixedScopes
        case none

        init(mode: ServiceMode?, credential: DownstreamService.Credential?) {
            if case .exchange(let exchange) = credential, exchange.flavor == .entraOBO {
                self = .fixedScopes
            } else {
                self = mode == .serviceIdentity ? .ownAccount : .none
            }
        }
    }

    let callers: ServiceCallers
    let demand: Demand

    func read(_ field: Field, _ report: inout Report) -> [AccessRule]? {
        guard let fields = field.list(&report) else { return nil }
        guard !fields.isEmpty else {
            report.error(
                field.place, "\(field.quotedPath) is empty: every call is denied",
                help: "write what may be called: `[{methods: [GET], paths: [/orders/*], require: [a_scope]}]`")
            return nil
        }
        let rules = fields.map { rule($0, &report) }
        guard !rules.contains(where: { $0 == nil }) else { return nil }
        let readable = rules.compactMap { $0 }
        checkServers(readable, field, &report)
        return readable
    }

    private func rule(_ field: Field, _ report: inout Report) -> AccessRule? {
        guard let section = Section(field, PolicyKeys.access, &report) else { return nil }
        let methods = section["methods"]?.distinctSome(&report) { $0.choice(PolicyWords.httpMethod, &$1) }
        let paths = section["paths"]?.distinctSome(&report) { Self.pattern($0, &$1) }
        let require = section["require"].flatMap { requirements($0, &report) }
        guard let methods, let paths, let require else { return nil }
        return AccessRule(methods: methods, paths: paths, require: require)
    }

    private func requirements(_ field: Field, _ report: inout Report) -> [ByteString]? {
        guard case .list(let elements) = field.node.content, elements.isEmpty else {
            guard let scopes = field.distinct(&report, { callers.scope($0, &$1) }) else { return nil }
            checkOneServerHasAll(scopes, field, &report)
            return scopes
        }
        switch demand {
        case .ownAccount:
            report.error(
                field.place,
                "\(field.quotedPath) is empty, and service \(Quotation.of(callers.service)) knows the gateway's own account only: every user could do what that account may",
                help: "name the scopes that a caller's token must have")
        case .fixedScopes:
            report.error(
                field.place,
                "\(field.quotedPath) is empty, and `entra_obo` asks for its scopes whatever the caller has",
                help: "name the scopes that a caller's token must have")
        case .none:
            break
        }
        return []
    }

    private static func pattern(_ field: Field, _ report: inout Report) -> PathPattern? {
        guard let text = field.text(&report) else { return nil }
        if let fault = CallPath.fault(in: text) {
            report.error(field.place, "\(field.quotedPath) \(fault)", help: "write a path such as `/orders/*`")
            return nil
        }
        guard let pattern = PathPattern(text) else {
            report.error(
                field.place, "\(field.quotedPath) has a `*` that is not a whole segment, or a `**` before the end",
                help: "`*` stands for one segment and a final `**` for the rest: `/orders/*/items/**`")
            return nil
        }
        return pattern
    }

    // MARK: What can never take effect

    private func checkOneServerHasAll(_ scopes: [ByteString], _ field: Field, _ report: inout Report) {
        guard let servers = callers.scopesByServer, scopes.count > 1,
            !servers.contains(where: { $0.scopes.isSuperset(of: scopes) })
        else { return }
        report.error(
            field.place,
            "no server that may call service \(Quotation.of(callers.service)) declares all scopes of \(field.quotedPath)",
            help: "a call has the scopes of one server; declare them there, or split the rule")
    }

    private func checkServers(_ rules: [AccessRule], _ field: Field, _ report: inout Report) {
        for (server, scopes) in callers.scopesByServer ?? []
        where !rules.contains(where: { scopes.isSuperset(of: $0.require) }) {
            report.error(
                field.origin,
                "server \(Quotation.of(server)) may call service \(Quotation.of(callers.service)), but declares the scopes of no rule of \(field.quotedPath)",
                help: "declare them under `servers.\(server).scopes`, or remove the service from its list")
        }
    }
}
