import StrictCoding

/// What a server may call, as its author wrote it.
struct CalledServices {
    /// Those that are declared.
    let names: [ByteString]
    /// The author names none. (A list of misspelt names is another mistake.)
    let isNone: Bool
}

/// Reads `servers.S.presenter`, one after the other: no two servers are recognised by the same secret.
struct PresenterReader {
    private var owners: [SecretReference: ByteString] = [:]

    mutating func read(
        _ field: Field, of server: ByteString, _ called: CalledServices, isLaunched: Bool,
        _ secrets: inout SecretReader, _ report: inout Report
    ) -> Server.Presenter {
        let presenter = form(field, of: server, &secrets, &report)
        if isLaunched {
            report.error(
                field.origin, "\(field.quotedPath) does not go with `launch`",
                help: "remove it: each instance is recognised by a secret of its own")
        } else if called.isNone {
            report.error(
                field.origin, "\(field.quotedPath) has no effect: the server may call no service",
                help: "name the services that it calls under `services`, or remove it")
        }
        return presenter
    }

    private mutating func form(
        _ field: Field, of server: ByteString, _ secrets: inout SecretReader, _ report: inout Report
    ) -> Server.Presenter {
        guard case .mapping = field.node.content else {
            // Whoever expects a secret here may have written one.
            field.choice(PolicyWords.presenter, repeatsWord: false, &report)
            return .generated
        }
        guard let section = Section(field, PolicyKeys.presenter, &report),
            let secret = section["path_secret"].flatMap({ secrets.read($0, &report) })
        else { return .generated }
        if let owner = owners[secret] {
            report.error(
                field.place, "\(field.quotedPath) is the secret of server \(Quotation.of(owner)) already",
                help: "two servers with one secret are one server to whoever is called; give each its own")
        }
        owners[secret] = server
        return .given(secret)
    }
}
