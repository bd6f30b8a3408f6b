import StrictCoding

/// Reads references to secrets and keeps where each one stands. What is written instead of a reference may be the
/// secret itself: no message repeats it.
struct SecretReader {
    private static let mostBytes = 4_096

    private(set) var mentions: [SecretMention] = []

    mutating func read(
        _ field: Field, as kind: SecretMention.Kind = .secret, _ report: inout Report
    ) -> SecretReference? {
        guard let text = field.text(&report) else { return nil }
        guard kind != .certificates || text.hasPrefix("file:") else {
            report.error(
                field.place, "\(field.quotedPath) is not a reference to a file",
                help: "write `file:PATH` of certificates in PEM; a relative path starts at the policy file")
            return nil
        }
        guard let reference = Self.reference(text, field, &report) else { return nil }
        mentions.append(SecretMention(reference: reference, kind: kind, place: field.place))
        return reference
    }

    /// Whether a text means a reference, well-formed or not.
    static func isReference(_ text: ByteString) -> Bool {
        text.hasPrefix("file:") || text.hasPrefix("env:")
    }

    private static func reference(_ text: ByteString, _ field: Field, _ report: inout Report) -> SecretReference? {
        if text.hasPrefix("file:") {
            let path = ByteString(text.bytes.dropFirst("file:".utf8.count))
            guard path.isPlainText(limit: mostBytes), !path.hasPrefix("//") else {
                report.error(
                    field.place, "\(field.quotedPath) names no file",
                    help: "write `file:PATH`; a relative path starts at the policy file")
                return nil
            }
            return SecretReference(source: .file, name: path)
        }
        if text.hasPrefix("env:") {
            let name = ByteString(text.bytes.dropFirst("env:".utf8.count))
            guard EnvironmentName.isWellFormed(name) else {
                report.error(
                    field.place, "\(field.quotedPath) names no environment variable",
                    help: "write `env:NAME`; \(EnvironmentName.grammar)")
                return nil
            }
            return SecretReference(source: .environment, name: name)
        }
        report.error(
            field.place, "\(field.quotedPath) is not a reference to a secret",
            help: "write `file:PATH` or `env:NAME`; a policy never holds a secret itself")
        return nil
    }

    /// What is kept secret, or sent to one party, is not also something else: a private key is never sent, and
    /// certificates are shown to everybody.
    static func check(_ mentions: [SecretMention], _ report: inout Report) {
        var kinds: [SecretReference: Set<SecretMention.Kind>] = [:]
        for mention in mentions { kinds[mention.reference, default: []].insert(mention.kind) }
        for mention in mentions {
            guard let all = kinds[mention.reference], all.count > 1,
                let fault = fault(in: mention.kind, sharedWith: all)
            else { continue }
            report.error(mention.place, "\(Quotation.of(mention.reference.text)) \(fault.reason)", help: fault.help)
        }
    }

    private static func fault(
        in kind: SecretMention.Kind, sharedWith all: Set<SecretMention.Kind>
    ) -> (reason: String, help: String)? {
        switch kind {
        case .certificates:
            return (
                "is a secret elsewhere in this policy, and certificates are shown to everybody",
                "keep certificates in a file of their own"
            )
        case .secret where all.contains(.privateKey):
            return ("is the private key of a client, and never sent", "keep this secret in a place of its own")
        case .secret where all.contains(.tlsKey):
            return ("is the private key of a listener, and never sent", "keep this secret in a place of its own")
        case .privateKey where all.contains(.tlsKey):
            return ("is the private key of a listener", "give the client a key of its own")
        case .secret, .privateKey, .tlsKey:
            return nil
        }
    }
}

/// Names of environment variables: `[A-Za-z_][A-Za-z0-9_]*`.
enum EnvironmentName {
    static let mostBytes = 255
    static let grammar = "a name has letters, digits and `_`, no digit first, and at most \(mostBytes) bytes"

    static func isWellFormed(_ name: ByteString) -> Bool {
        guard let first = name.bytes.first, !first.isASCIIDigit, name.count <= mostBytes else { return false }
        return name.bytes.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_") }
    }

    /// Whether the dynamic linker would read it and run other code in the server's process.
    static func isOfTheLinker(_ name: ByteString) -> Bool {
        name.hasPrefix("LD_")
    }
}
