/// Reads how a listener proves who it is: `gateway.tls`, `gateway.egress_tls` and `gateway.admin_tls`.
enum TLSReader {
    static func read(
        _ field: Field, _ table: KeyTable, _ secrets: inout SecretReader, _ report: inout Report
    ) -> TLSSettings? {
        guard let section = Section(field, table, &report) else { return nil }
        let certificate = section["certificate"].flatMap { secrets.read($0, as: .certificates, &report) }
        let key = section["key"].flatMap { secrets.read($0, as: .tlsKey, &report) }
        let clients = clientCertificates(section, &secrets, &report)
        guard let certificate, let key, let clients else { return nil }
        return TLSSettings(certificate: certificate, key: key, clientCertificates: clients)
    }

    private static func clientCertificates(
        _ section: Section, _ secrets: inout SecretReader, _ report: inout Report
    ) -> TLSSettings.ClientCertificates? {
        let written = section["client_certificates"]
        let isRequired = written.map { $0.choice(PolicyWords.clientCertificates, &report) } ?? true
        guard let field = section["client_ca"] else {
            guard let written else { return TLSSettings.ClientCertificates.none }
            report.error(
                written.origin, "\(written.quotedPath) has no effect without `client_ca`",
                help: "write `client_ca: file:PATH`: whose certificates are accepted")
            return nil
        }
        guard let authority = secrets.read(field, as: .certificates, &report), let isRequired else { return nil }
        return isRequired ? .required(authority: authority) : .optional(authority: authority)
    }
}
