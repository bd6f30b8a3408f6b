import StrictCoding

/// Reads `servers.S.launch`.
struct LaunchReader {
    static let egressMark: ByteString = "${egress}"

    private static let mostArguments = 256
    private static let mostTextBytes = 4_096
    private static let mostUserBytes = 255
    private static let instancesRange = 1...1_024
    /// Less than 10 s would start a process for nearly every request; more than a day is not idle time.
    private static let idleRange = 10...86_400
    private static let startRange = 1...600

    /// Whether the server may call services.
    let hasServices: Bool

    func read(_ field: Field, _ secrets: inout SecretReader, _ report: inout Report) -> LaunchSettings? {
        guard let section = Section(field, PolicyKeys.launch, &report) else { return nil }
        let command = section["command"].flatMap { Self.command($0, &report) }
        let user = section["user"].flatMap { Self.user($0, &report) }
        let portVariable = section["port_env"].flatMap { Self.variable($0, &report) }
        let environment = environment(section["env"], port: portVariable, &secrets, &report)
        let path = section["path"].map { Self.path($0, &report) }
        let instances = section["instances"]?.amount(.count, in: Self.instancesRange, &report)
        let idle = section["idle"]?.amount(.seconds, in: Self.idleRange, &report)
        let start = section["start_timeout"]?.amount(.seconds, in: Self.startRange, &report)
        warnOfMissingWay(section, &report)
        guard let command, let portVariable else { return nil }
        return LaunchSettings(
            command: command, user: user, portVariable: portVariable, environment: environment,
            path: (path ?? nil) ?? "/mcp", instances: instances ?? 16, idleSeconds: idle ?? 600,
            startSeconds: start ?? 30)
    }

    private static func command(_ field: Field, _ report: inout Report) -> [ByteString]? {
        guard let fields = field.list(&report) else { return nil }
        guard (1...mostArguments).contains(fields.count) else {
            let fault = fields.isEmpty ? "is empty" : "has more than \(mostArguments) elements"
            report.error(field.place, "\(field.quotedPath) \(fault)", help: "write `[program, argument, ..]`")
            return nil
        }
        let words = fields.compactMap { field -> ByteString? in
            guard let word = field.text(&report), isPassable(word, field, &report) else { return nil }
            if contains(word, egressMark) {
                report.error(
                    field.place, "\(field.quotedPath) has `${egress}`, which only `env` knows",
                    help: "every user of the machine can read a command line; let the server read a variable")
            }
            return word
        }
        return words.count == fields.count ? words : nil
    }

    /// Whether there is such a user, the machine says on which the gateway starts.
    private static func user(_ field: Field, _ report: inout Report) -> ByteString? {
        guard let user = field.plainText(limit: mostUserBytes, &report) else { return nil }
        var id: UInt32? = user == "root" ? 0 : nil
        if user.bytes.allSatisfy(\.isASCIIDigit) {
            id = UInt32(user.string)
            // The greatest number means "no user" to the system.
            guard let id, id < .max else {
                report.error(field.place, "\(Quotation.of(user)) is too great for the number of a user")
                return nil
            }
        }
        guard id != 0 else {
            report.error(
                field.place, "\(field.quotedPath) is root, from whom nothing can be kept",
                help: "name a user of the machine that has nothing else to do")
            return nil
        }
        return user
    }

    private static func path(_ field: Field, _ report: inout Report) -> ByteString? {
        guard let path = field.text(&report) else { return nil }
        if let fault = CallPath.fault(in: path) {
            report.error(field.place, "\(field.quotedPath) \(fault)", help: "write a path such as `/mcp`")
            return nil
        }
        return path
    }

    // MARK: Environment

    private static func variable(_ field: Field, _ report: inout Report) -> ByteString? {
        guard let name = field.text(&report) else { return nil }
        if let fault = fault(inVariable: name) {
            report.error(field.place, "\(Quotation.of(name)) \(fault.reason)", help: fault.help)
            return nil
        }
        return name
    }

    private static func fault(inVariable name: ByteString) -> (reason: String, help: String)? {
        guard EnvironmentName.isWellFormed(name) else {
            return ("is not an environment variable", EnvironmentName.grammar)
        }
        guard !EnvironmentName.isOfTheLinker(name) else {
            return ("would tell the dynamic linker which code to run", "name what to run in `command`")
        }
        return nil
    }

    private func environment(
        _ field: Field?, port: ByteString?, _ secrets: inout SecretReader, _ report: inout Report
    ) -> [(name: ByteString, value: LaunchSettings.Value)] {
        guard let field, let entries = field.entries(&report) else { return [] }
        guard entries.count <= NamedFields.most else {
            report.error(field.origin, "\(field.quotedPath) has more than \(NamedFields.most) entries")
            return []
        }
        var environment: [(ByteString, LaunchSettings.Value)] = []
        for entry in entries {
            if let fault = Self.fault(inVariable: entry.key) {
                report.error(entry.keyPlace, "\(Quotation.of(entry.key)) \(fault.reason)", help: fault.help)
            } else if entry.key == port {
                report.error(
                    entry.keyPlace, "\(Quotation.of(entry.key)) is set to the port already (`port_env`)",
                    help: "the gateway chooses a port for each instance; remove one of the two")
            }
            guard let value = Self.value(field.member(entry), &secrets, &report) else { continue }
            environment.append((entry.key, value))
        }
        return environment
    }

    /// A value may be a secret that its author should have kept elsewhere, so none is repeated.
    private static func value(
        _ field: Field, _ secrets: inout SecretReader, _ report: inout Report
    ) -> LaunchSettings.Value? {
        if case .scalar(let text, isPlain: false) = field.node.content, text.isEmpty { return .text(text) }
        guard let text = field.text(&report) else { return nil }
        if SecretReader.isReference(text) { return secrets.read(field, &report).map { .secret($0) } }
        guard isPassable(text, field, &report) else { return nil }
        let rest = text.bytes.split(separator: egressMark.bytes)
        guard rest.allSatisfy({ !contains($0, "${") }) else {
            report.error(
                field.place, "\(field.quotedPath) has a `${` that does not begin `${egress}`",
                help: "nothing else is filled in here; write the value, or `env:NAME` for a variable of the gateway")
            return nil
        }
        return .text(text)
    }

    /// What a process can be given: no zero byte, and not without end.
    private static func isPassable(_ text: ByteString, _ field: Field, _ report: inout Report) -> Bool {
        guard text.count <= mostTextBytes else {
            report.error(field.place, "\(field.quotedPath) is longer than \(mostTextBytes) bytes")
            return false
        }
        guard !text.bytes.contains(0) else {
            report.error(field.place, "\(field.quotedPath) has a zero byte")
            return false
        }
        return true
    }

    // MARK: The way out

    /// A launched server finds egress by a variable or not at all.
    private func warnOfMissingWay(_ section: Section, _ report: inout Report) {
        let values = section["env"]?.node.scalars ?? []
        let marked = values.contains { Self.contains($0, Self.egressMark) }
        if hasServices, !marked {
            report.warning(
                (section["env"] ?? section.field).origin,
                "no variable of \(section.field.quotedPath) has `${egress}`, so the server cannot call its services",
                help: "set the one that holds an API's address, such as `ORDERS_API_URL: \"${egress}/orders_api\"`")
        } else if !hasServices, marked, let field = section["env"] {
            report.warning(
                field.origin, "\(field.quotedPath) has `${egress}`, and the server may call no service",
                help: "name the services that it calls under `services`")
        }
    }

    private static func contains(_ text: some Collection<UInt8>, _ part: ByteString) -> Bool {
        Array(text).firstRange(of: part.bytes) != nil
    }

    private static func contains(_ text: ByteString, _ part: ByteString) -> Bool {
        contains(text.bytes, part)
    }
}

extension Node {
    /// The texts of a mapping's values.
    fileprivate var scalars: [ByteString] {
        guard case .mapping(let entries) = content else { return [] }
        return entries.compactMap { entry in
            guard case .scalar(let text, isPlain: _) = entry.value.content else { return nil }
            return text
        }
    }
}
