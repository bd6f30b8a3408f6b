import StrictCoding

/// Reads `gateway`.
enum GatewayReader {
    /// A rotation publishes the next key 15 minutes ahead and keeps the last one 11 minutes longer; less than an hour
    /// would pile them up.
    private static let rotationRange = 3_600...366 * 86_400
    /// A token with less than 5 s left is not exchanged for an envelope at all.
    private static let lifetimeRange = 5...300
    private static let mostPathBytes = 4_096

    /// Less would make more files, or signatures, than records; more would make files that take long to verify, and
    /// leave too much between checkpoints.
    static let auditAmounts:
        [(
            name: String, kind: Amount.Kind, range: ClosedRange<Int>,
            setting: any WritableKeyPath<AuditSettings, Int> & Sendable
        )] = [
            ("rotate_bytes", .bytes, 64 << 10...1 << 30, \.rotateBytes),
            ("rotate_every", .seconds, 60...366 * 86_400, \.rotateSeconds),
            ("checkpoint_records", .count, 1...100_000, \.checkpointRecords),
            ("checkpoint_every", .seconds, 1...3_600, \.checkpointSeconds),
        ]

    static func read(_ field: Field?, _ secrets: inout SecretReader, _ report: inout Report) -> GatewaySettings {
        var settings = GatewaySettings()
        guard let field, let section = Section(field, PolicyKeys.gateway, &report) else { return settings }
        let transport = TransportReader(section, &secrets, &report)
        settings.tlsTerminatedUpstream = transport.tls == .terminatedUpstream
        settings.tls = transport.listenerTLS
        settings.publicURL = section["public_url"].flatMap { transport.publicURL($0, &report) }
        if let field = section["listen"] { settings.listen = transport.listen(field, &report) }
        if let field = section["keys"] { settings.keys = keys(field, &report) }
        if let field = section["envelope"] { settings.envelope = envelope(field, &report) }
        if let field = section["audit"] { settings.audit = audit(field, &report) }
        if let field = section["limits"] { settings.limits = LimitsReader.read(field, &report) }
        return settings
    }

    private static func keys(_ field: Field, _ report: inout Report) -> KeySettings {
        var settings = KeySettings()
        guard let section = Section(field, PolicyKeys.keys, &report) else { return settings }
        if let path = section["directory"]?.plainText(limit: mostPathBytes, &report) {
            settings.directory = path.string
        }
        if let seconds = section["rotate_every"]?.amount(.seconds, in: rotationRange, &report) {
            settings.rotateEverySeconds = seconds
        }
        return settings
    }

    private static func envelope(_ field: Field, _ report: inout Report) -> EnvelopeSettings {
        var settings = EnvelopeSettings()
        guard let section = Section(field, PolicyKeys.envelope, &report) else { return settings }
        if let field = section["header"], let name = field.text(&report) {
            if let fault = EnvelopeHeader.fault(in: name) {
                report.error(field.place, "\(field.quotedPath) cannot be \(Quotation.of(name)): \(fault)")
            } else {
                settings.header = name
            }
        }
        if let seconds = section["lifetime"]?.amount(.seconds, in: lifetimeRange, &report) {
            settings.lifetimeSeconds = seconds
        }
        return settings
    }

    private static func audit(_ field: Field, _ report: inout Report) -> AuditSettings {
        var settings = AuditSettings()
        guard let section = Section(field, PolicyKeys.audit, &report) else { return settings }
        if let path = section["file"]?.plainText(limit: mostPathBytes, &report) { settings.file = path.string }
        if let mode = section["mode"]?.choice(PolicyWords.auditMode, &report) { settings.mode = mode }
        if let ingress = section["ingress"]?.choice(PolicyWords.auditIngress, &report) { settings.ingress = ingress }
        for key in auditAmounts {
            if let value = section[key.name]?.amount(key.kind, in: key.range, &report) {
                settings[keyPath: key.setting] = value
            }
        }
        let outlets = section["checkpoints"]?.distinct(&report) { field, report in
            field.choice(PolicyWords.auditCheckpoints, &report)
        }
        if let outlets { settings.checkpoints = outlets }
        return settings
    }
}
