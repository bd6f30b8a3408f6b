import Crypto
import HTTPWire
import NIOCore
import NIOPosix
import StrictCoding
import Testing

@testable import TLS

/// Both sides together, with the wire's own listener and pool.
@Suite(.timeLimit(.minutes(1))) struct TLSLoopbackTests {
    @Test func largeBodiesArriveWhole() async throws {
        let authority = try await TestAuthority()
        let server = try ServerTLS(identity: try await authority.issue("leaf"), clients: .none)
        let client = TestClient(try ClientTLS(trust: .only(try authority.certificate)))
        var body = [UInt8](repeating: 0, count: 10 * 1024 * 1024)
        for index in body.indices { body[index] = UInt8(truncatingIfNeeded: index &* 31 ^ index >> 9) }
        try await withServer(server) { listener in
            let response = try await client.fetch(port: listener.port, body: body)
            #expect(response.body.count == body.count)
            #expect(SHA256.digest(response.body) == SHA256.digest(body))
        }
        await client.shutdown()
        #expect(server.counters == TLSCounters(completed: 1))
    }

    @Test func aSecondConnectionResumes() async throws {
        let authority = try await TestAuthority()
        let identity = try await authority.issue("leaf")
        let server = try ServerTLS(identity: identity, clients: .none)
        let tls = try ClientTLS(trust: .only(try authority.certificate))
        try await withServer(server) { listener in
            for _ in 0..<3 {
                let client = TestClient(tls)
                #expect(await client.failure(port: listener.port) == nil)
                await client.shutdown()
            }
            #expect(server.counters == TLSCounters(completed: 3, resumed: 2))
            // Another name is another server, whoever answers.
            let client = TestClient(tls)
            #expect(await client.failure(host: "127.0.0.1", port: listener.port) == nil)
            await client.shutdown()
            #expect(server.counters == TLSCounters(completed: 4, resumed: 2))
        }
    }

    @Test func whatIsReplacedEndsItsSessionsAndNotItsConnections() async throws {
        let authority = try await TestAuthority()
        let (first, second) = (try await authority.issue("first"), try await authority.issue("second"))
        let server = try ServerTLS(identity: first, clients: .none)
        let tls = try ClientTLS(trust: .only(try authority.certificate))
        let staying = TestClient(tls)
        try await withServer(server) { listener in
            #expect(await staying.failure(port: listener.port) == nil)
            try server.replace(identity: first, clients: .none)
            #expect(throws: TLSMaterialFault.keyMismatch) {
                try server.replace(
                    identity: TLSIdentity(certificates: second.certificates, key: first.key), clients: .none)
            }
            try server.replace(identity: second, clients: .none)
            #expect(await staying.failure(port: listener.port) == nil)
            #expect(server.counters == TLSCounters(completed: 1))
            let coming = TestClient(tls)
            #expect(await coming.failure(port: listener.port) == nil)
            #expect(server.counters == TLSCounters(completed: 2))
            try server.replace(identity: second, clients: .required(authorities: try authority.certificate))
            let late = TestClient(tls)
            #expect(await late.failure(port: listener.port) == .upstream(.tls(.clientCertificateRefused)))
            for client in [coming, late] { await client.shutdown() }
        }
        await staying.shutdown()
        #expect(server.counters == TLSCounters(completed: 2, failed: [.clientCertificateRefused: 1]))
    }

    enum Shown: CaseIterable { case nothing, right, wrong, expired, forServers }

    @Test(arguments: Shown.allCases) func aClientShowsItsCertificate(_ shown: Shown) async throws {
        let authority = try await TestAuthority()
        let other = try await TestAuthority(named: "Somebody else")
        let identity: TLSIdentity? =
            switch shown {
            case .nothing: nil
            case .right: try await authority.issue("client", for: nil, usage: "clientAuth")
            case .wrong: try await other.issue("client", for: nil, usage: "clientAuth")
            case .expired: try await authority.issue("client", for: nil, usage: "clientAuth", days: -10 ... -1)
            case .forServers: try await authority.issue("client", for: nil, usage: "serverAuth")
            }
        let own = try await authority.issue("leaf")
        let refused = FetchFailure.upstream(.tls(.clientCertificateRefused))
        for isRequired in [true, false] {
            let policy: ClientCertificatePolicy =
                isRequired
                ? .required(authorities: try authority.certificate) : .optional(authorities: try authority.certificate)
            let server = try ServerTLS(identity: own, clients: policy)
            let tls = try ClientTLS(trust: .only(try authority.certificate), identity: identity)
            try await withServer(server) { listener in
                for _ in 0..<2 {
                    let client = TestClient(tls)
                    let isGood = shown == .right || (shown == .nothing && !isRequired)
                    #expect(await client.failure(port: listener.port) == (isGood ? nil : refused))
                    await client.shutdown()
                }
            }
            let counted: [TLSFault: Int] =
                switch shown {
                case .right: [:]
                case .nothing: isRequired ? [.clientCertificateRefused: 2] : [:]
                case .wrong: [.unknownAuthority: 2]
                case .expired: [.certificateExpired: 2]
                case .forServers: [.badCertificate: 2]
                }
            #expect(server.counters.failed == counted)
            #expect(server.counters.resumed == (counted.isEmpty ? 1 : 0))
        }
    }
}

extension TLSCounters {
    init(completed: Int, resumed: Int = 0, failed: [TLSFault: Int] = [:]) {
        self.init()
        self.completed = completed
        self.resumed = resumed
        self.failed = failed
    }
}
