import Identity
import Policy
import StrictCoding
import Testing

@testable import Gateway

/// What `bulla check` says about certificates and keys.
@Suite(.timeLimit(.minutes(2))) struct CertificateCheckTests {
    private static let day: Int64 = 86_400

    /// What is said about a policy that is read after so many days; certificates are good for 30.
    private func check(
        after days: Int64 = 0, _ change: (WorldTLS) async throws -> Void = { _ in }, text: (String) -> String = { $0 }
    ) async throws -> PolicyLoad {
        let tls = try await WorldTLS()
        try await change(tls)
        let world = try World(tls: tls)
        try world.write(text(world.policyText()))
        let load = try PolicyLoad.load(
            world.policyPath, now: UnixTime(seconds: SystemClock.now().seconds + days * Self.day))
        // Each at the place where the policy names the file.
        for diagnostic in load.diagnostics { #expect(diagnostic.line > 1, "\(diagnostic.rendered)") }
        return load
    }

    @Test func goodOnesAreNotMentioned() async throws {
        let load = try await check()
        let texts = load.diagnostics.map(\.rendered).filter { $0.contains("certificate") || $0.contains(".pem") }
        #expect(texts.isEmpty, "\(texts)")
        #expect(load.ready != nil)
    }

    @Test func oneThatExpiresSoonIsWarnedOf() async throws {
        let load = try await check(after: 20)
        #expect(load.ready != nil)
        let texts = load.diagnostics.map(\.rendered)
        #expect(texts.contains { $0.contains("warning") && $0.contains("gateway.pem` expires at") }, "\(texts)")
    }

    @Test func oneThatHasExpiredIsAnError() async throws {
        let load = try await check(after: 31)
        #expect(load.ready == nil && load.hasErrors)
        #expect(load.errors.contains { $0.contains("gateway.pem` expired at") }, "\(load.errors)")
    }

    @Test func aKeyOfAnotherCertificateIsAnErrorAtTheKey() async throws {
        let load = try await check { tls in
            let key = try tls.certificates.read("gateway.key")
            try await tls.certificates.issue("gateway")
            try tls.certificates.write(key, "gateway.key")
        }
        #expect(load.ready == nil)
        #expect(load.errors.contains { $0.contains("gateway.key` cannot be used: the private key") }, "\(load.errors)")
    }

    @Test func oneForAnotherHostIsWarnedOf() async throws {
        let load = try await check(text: { text in
            text.replacingOccurrences(of: "https://127.0.0.1:8080", with: "https://gw.acme.example")
        })
        #expect(load.ready != nil, "\(load.errors)")
        let texts = load.diagnostics.map(\.rendered)
        #expect(
            texts.contains { $0.contains("is not for `gw.acme.example`") && $0.contains("it is for `127.0.0.1`") },
            "\(texts)")
    }

    @Test(arguments: [
        ("gw.acme.example", ["gw.acme.example"], true), ("gw.acme.example", ["*.acme.example"], true),
        ("a.gw.acme.example", ["*.acme.example"], false), ("acme.example", ["*.acme.example"], false),
        ("gw.acme.example", ["acme.example", "127.0.0.1"], false), ("example", ["*"], false),
        ("gw.acme.example", ["GW.acme.example"], true), ("127.0.0.1", ["127.0.0.1"], true),
    ])
    func namesAreComparedAsClientsDo(host: String, names: [String], isCovered: Bool) {
        #expect(HostNames.cover(host, names) == isCovered)
    }
}
