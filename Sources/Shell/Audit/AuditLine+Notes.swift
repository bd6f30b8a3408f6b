import StrictCoding

// What the gateway and the log put on record themselves.
extension AuditLine {
    static func note(_ note: LogNote, seq: Int, _ line: inout JSONWriter) {
        event(note, &line)
        switch note {
        case .opened(let log, let tree):
            describe(log, &line)
            line.member("size", seq)
            line.member("tree", array: tree)
        case .started(let log):
            describe(log, &line)
            line.member("size", seq)
        case .stopped:
            break
        case .recovered(let sha256, let length, let file):
            line.member("sha256", sha256)
            line.member("length", length)
            line.member("file", file)
        case .lost(let loss):
            line.member("records", loss.records)
            if loss.strangers > 0 { line.member("strangers", loss.strangers) }
        case .configLoaded(let policyHash, let previous, let isReload):
            line.member("policy_hash", policyHash)
            if let previous { line.member("previous_policy_hash", previous) }
            line.member("reload", isReload)
        case .keyRotated(let purpose, let keyID):
            line.member("purpose", purpose)
            line.member("kid", keyID)
        }
    }

    private static func describe(_ log: LogDescription, _ line: inout JSONWriter) {
        line.member("origin", log.origin)
        line.member("vkey", log.vkey)
        line.member("mode", log.mode.rawValue)
        line.member("ingress", log.ingress.rawValue)
        line.member("version", log.version)
        line.member("policy_hash", log.policyHash)
        line.member("instance", log.instance)
    }
}
