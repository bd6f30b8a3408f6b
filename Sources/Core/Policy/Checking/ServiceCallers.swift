import StrictCoding

/// The servers that may call one service, for what only they and the service together show to be of no effect. A
/// service that no server names is not checked against anybody.
struct ServiceCallers {
    let service: ByteString
    /// Each server with the scopes that it declares; nil when there is no server, or one whose scopes cannot be read.
    let scopesByServer: [(server: ByteString, scopes: Set<ByteString>)]?
    private let callers: [Vocabulary.Caller]

    init(service: ByteString, _ callers: [Vocabulary.Caller]) {
        self.service = service
        self.callers = callers
        let known = callers.compactMap { caller in caller.scopes.map { (caller.name, Set($0)) } }
        scopesByServer = callers.isEmpty || known.count < callers.count ? nil : known
    }

    /// A scope that some of the servers declares.
    func scope(_ field: Field, _ report: inout Report) -> ByteString? {
        guard let scope = field.scope(&report) else { return nil }
        guard let scopesByServer, !scopesByServer.contains(where: { $0.scopes.contains(scope) }) else { return scope }
        let declared = Set(scopesByServer.flatMap(\.scopes))
        report.error(
            field.place,
            "\(field.quotedPath) is scope \(Quotation.of(scope)), which no server that may call service \(Quotation.of(service)) declares",
            help: Suggestion.help(for: scope, among: declared)
                ?? "declare it under `servers.\(scopesByServer[0].server).scopes`")
        return nil
    }

    /// Scopes to ask for as far as the actor has them. A server that declares none of them could never ask for any.
    func requestedScopes(_ field: Field, _ report: inout Report) -> [ByteString]? {
        guard let scopes = field.distinctSome(&report, { self.scope($0, &$1) }) else { return nil }
        guard !scopes.isEmpty, let scopesByServer else { return scopes }
        for (server, declared) in scopesByServer where declared.isDisjoint(with: scopes) {
            report.error(
                field.place,
                "server \(Quotation.of(server)) declares no scope of \(field.quotedPath), so it could never call service \(Quotation.of(service))",
                help: "declare one of them under `servers.\(server).scopes`, or remove the service from its list")
        }
        return scopes
    }

    /// Servers whose callers come with tokens of `issuer`, and of others.
    func withOthers(than issuer: ByteString) -> [ByteString] {
        callers.filter { caller in caller.issuers.map { $0.contains(issuer) && $0.count > 1 } ?? false }.map(\.name)
    }

    /// Servers whose callers never come with a token of `issuer`.
    func withoutIssuer(_ issuer: ByteString) -> [ByteString] {
        callers.filter { caller in caller.issuers.map { !$0.contains(issuer) } ?? false }.map(\.name)
    }
}
