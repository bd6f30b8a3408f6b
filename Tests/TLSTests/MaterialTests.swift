import Crypto
import Foundation
import Testing

@testable import TLS

/// What certificates, keys and authorities are good for, before any connection.
@Suite(.timeLimit(.minutes(1))) struct MaterialTests {
    private static let nonsense = SecretBytes(Array("nonsense".utf8))

    private func fault(_ identity: TLSIdentity, _ clients: ClientCertificatePolicy = .none) -> TLSMaterialFault? {
        do throws(TLSMaterialFault) {
            _ = try ServerTLS(identity: identity, clients: clients)
            return nil
        } catch {
            return error
        }
    }

    @Test func whatCannotBeUsedIsNamed() async throws {
        let authority = try await TestAuthority()
        let good = try await authority.issue("good")
        let other = try await authority.issue("other")
        let broken = SecretBytes(
            Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8))
        try await openssl(
            ["pkey", "-in", authority.path("good.key"), "-aes256", "-passout", "pass:x", "-out"]
                + [authority.path("encrypted.key")])
        let encrypted = try authority.read("encrypted.key")
        let small = try await authority.issue("small", key: ["-newkey", "rsa:1024", "-nodes"])
        func with(_ certificates: SecretBytes? = nil, key: SecretBytes? = nil) -> TLSIdentity {
            TLSIdentity(certificates: certificates ?? good.certificates, key: key ?? good.key)
        }
        #expect(fault(good) == nil)
        #expect(fault(with(Self.nonsense)) == .noCertificate)
        #expect(fault(with(broken)) == .malformedCertificate)
        #expect(fault(with(key: Self.nonsense)) == .malformedKey)
        #expect(fault(with(key: encrypted)) == .encryptedKey)
        #expect(fault(with(key: other.key)) == .keyMismatch)
        #expect(fault(small) == .weakCertificate)
        #expect(fault(good, .required(authorities: Self.nonsense)) == .noAuthorities)
        #expect(fault(good, .optional(authorities: broken)) == .malformedAuthorities)
        #expect(throws: TLSMaterialFault.noAuthorities) { try ClientTLS(trust: .only(Self.nonsense)) }
    }

    @Test func aSummarySaysWhomACertificateIsForAndHowLong() async throws {
        let authority = try await TestAuthority()
        let names = "DNS:shop.test,DNS:*.shop.test,IP:10.1.2.3,IP:2001:db8:0:0::1,URI:https://shop.test"
        let identity = try await authority.issue("leaf", for: names, days: -1...10)
        let summary = try CertificateSummary.reading(identity.certificates)
        #expect(summary.subjectNames == ["shop.test", "*.shop.test", "10.1.2.3", "2001:db8::1"])
        let now = Int64(Date().timeIntervalSince1970)
        #expect(abs(summary.notBefore - (now - 86_400)) < 60 && abs(summary.notAfter - (now + 864_000)) < 60)
        #expect(try CertificateSummary.reading(authority.certificate).subjectNames == [])
        #expect(throws: TLSMaterialFault.noCertificate) { try CertificateSummary.reading(Self.nonsense) }
    }
}
