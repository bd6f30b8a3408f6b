import Crypto
import Identity
import Policy
import StrictCoding
import TLS

/// Whether the certificates, keys and authorities of a policy can do what they are there for: each is loaded as the
/// running gateway would.
struct TLSCheck {
    /// How long before its end a certificate is warned of.
    static let warningSeconds: Int64 = 14 * 86_400

    let policy: PolicySet
    let secrets: PolicySecrets
    /// The name of the policy file in diagnostics.
    let file: String
    let now: UnixTime

    var diagnostics: [Diagnostic] {
        var found = Door.allCases.flatMap { door in
            door.settings(in: policy).map { check(door, $0) } ?? []
        }
        var seen: Set<SecretReference> = []
        let parties =
            policy.issuers.map(\.authority) + policy.services.map(\.authority) + policy.servers.map(\.authority)
        for case .file(let reference) in parties where seen.insert(reference).inserted {
            found += check(authority: reference)
        }
        return found
    }

    // MARK: - Listeners

    private func check(_ door: Door, _ settings: TLSSettings) -> [Diagnostic] {
        let material = DoorMaterial(settings, secrets)
        do {
            _ = try ServerTLS(identity: material.identity, clients: material.clients)
            let summary = try CertificateSummary.reading(material.identity.certificates)
            return validity(summary, settings.certificate, isOwn: true)
                + (door == .clients ? names(summary, settings.certificate) : [])
        } catch {
            return [cannotUse(settings.reference(of: error), error)]
        }
    }

    private func names(_ summary: CertificateSummary, _ reference: SecretReference) -> [Diagnostic] {
        let host = policy.publicURL.host.text
        guard !HostNames.cover(host.string, summary.subjectNames) else { return [] }
        let names = summary.subjectNames.map { "`\($0)`" }.joined(separator: ", ")
        return [
            diagnostic(
                .warning, reference,
                "`\(reference.text)` is not for `\(host)`, the host of `gateway.public_url`: clients will refuse it",
                help: names.isEmpty ? "it has no subjectAltName at all" : "it is for \(names)")
        ]
    }

    // MARK: - Authorities

    private func check(authority reference: SecretReference) -> [Diagnostic] {
        do {
            _ = try ClientTLS(trust: .only(secrets.secret(reference)))
            return validity(try CertificateSummary.reading(secrets.secret(reference)), reference, isOwn: false)
        } catch {
            return [cannotUse(reference, error)]
        }
    }

    // MARK: - Both

    /// - Parameter isOwn: what we show must be valid; of several authorities one may have had its time.
    private func validity(_ summary: CertificateSummary, _ reference: SecretReference, isOwn: Bool) -> [Diagnostic] {
        let end = SystemClock.text(UnixTime(seconds: summary.notAfter))
        if summary.notAfter <= now.seconds {
            return [
                diagnostic(
                    isOwn ? .error : .warning, reference, "the certificate in `\(reference.text)` expired at \(end)",
                    help: isOwn ? "renew it" : "ask the authority for its present certificate")
            ]
        }
        if summary.notBefore > now.seconds {
            let start = SystemClock.text(UnixTime(seconds: summary.notBefore))
            return [
                diagnostic(
                    isOwn ? .error : .warning, reference,
                    "the certificate in `\(reference.text)` is valid from \(start) only", help: "check the clock")
            ]
        }
        guard summary.notAfter - now.seconds < Self.warningSeconds else { return [] }
        return [
            diagnostic(
                .warning, reference, "the certificate in `\(reference.text)` expires at \(end)",
                help: "renew it; a running gateway takes the new file by itself within a minute")
        ]
    }

    private func cannotUse(_ reference: SecretReference, _ fault: TLSMaterialFault) -> Diagnostic {
        diagnostic(.error, reference, "`\(reference.text)` cannot be used: \(fault.explanation)", help: nil)
    }

    private func diagnostic(
        _ severity: Diagnostic.Severity, _ reference: SecretReference, _ message: String, help: String?
    ) -> Diagnostic {
        let place = policy.secretPlaces[reference]
        return Diagnostic(
            severity: severity, file: file, line: place?.line ?? 1, column: place?.column ?? 1, message: message,
            help: help)
    }
}

enum HostNames {
    /// Whether a certificate for these names is one for the host, as clients see it (RFC 9525, section 6.3): a wildcard
    /// stands for the whole leftmost label and for nothing else.
    static func cover(_ host: String, _ names: [String]) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return names.contains { name in
            let name = name.lowercased()
            if name == host { return true }
            guard name.hasPrefix("*."), labels.count > 2 else { return false }
            return name.dropFirst(2) == labels.dropFirst().joined(separator: ".")
        }
    }
}
