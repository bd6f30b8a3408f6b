import Crypto
import Foundation
import StrictCoding
import Testing

/// Tokens and envelopes that turn up where they should not.
@Suite(.timeLimit(.minutes(2))) struct CanaryTests {
    @Test func tokensStayAtTheGatewayAndEnvelopesAtTheirServer() async throws {
        try await withGateway(loops: 2) { world, gateway in
            let client = try await gateway.connect()
            let admin = try await gateway.connectAsOperator()
            var answers: [Client.Answer] = []
            let good = try world.token()
            let canaries = [
                good, try world.token(changes: ["exp": "1000"]), try world.token(changes: ["aud": "\"https://other\""]),
                try world.token(changes: ["scope": nil]), try world.token(changes: ["iss": "\"https://other\""]),
                try world.issuer.token(for: world.resource, key: SigningKey.generate()), good + "x",
                String(good.dropLast(2)),
                "opaque-canary-0123456789",
            ]
            for token in canaries {
                answers.append(try await client.call(token: token))
                answers.append(try await client.call("cancel_order", token: token))
                answers.append(try await client.ask("POST", "/mcp/orders?access_token=\(token)", body: "{}"))
                answers.append(try await client.ask("GET", "/nowhere?access_token=\(token)"))
                // Beside a good token in places where servers look, too.
                let elsewhere = [
                    ("Cookie", "t=\(token)"), ("X-Api-Key", token), ("Proxy-Authorization", "Bearer \(token)"),
                ]
                let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
                answers.append(
                    try await client.ask("POST", "/mcp/orders", fields: Client.fields(good) + elsewhere, body: call))
                answers.append(
                    try await client.ask("GET", "/mcp/orders", fields: [("Authorization", "Basic \(token)")]))
                answers.append(
                    try await client.ask(
                        "GET", "/mcp/orders", fields: [("Authorization", "Bearer \(token), Bearer \(token)")]))
            }
            for path in ["/metrics", "/readyz", "/nowhere"] { answers.append(try await admin.ask("GET", path)) }
            await world.server.site.close()
            answers.append(try await client.call(token: good))
            try await gateway.stop()

            let server = world.server.requests.flatMap(\.bytes)
            let outside = answers.flatMap(\.bytes)
            let audit = [UInt8](try Data(contentsOf: URL(fileURLWithPath: world.folder + "/audit.jsonl")))
            let log = Array(world.log.lines.joined(separator: "\n").utf8)
            #expect(answers.filter { $0.status == 200 }.count > canaries.count)
            for canary in canaries {
                for part in canary.split(separator: ".").map(String.init).filter({ $0 != header(good) }) {
                    for (place, bytes) in [("server", server), ("answers", outside), ("audit", audit), ("log", log)] {
                        #expect(!bytes.contains(subsequence: part), "\(part) at \(place)")
                    }
                }
            }
            let envelopes = world.server.requests.compactMap { $0.value("txn-token") }
            #expect(envelopes.count == world.server.requests.count)
            #expect(Set(envelopes).count == envelopes.count)
            for part in envelopes.flatMap({ $0.split(separator: ".").dropFirst() }).map(String.init) {
                for (place, bytes) in [("answers", outside), ("audit", audit), ("log", log)] {
                    #expect(!bytes.contains(subsequence: part), "an envelope at \(place)")
                }
            }
        }
    }

    @Test func whatTheKeyDirectoryHoldsIsNowhereElse() async throws {
        try await withGateway { world, gateway in
            let client = try await gateway.connect()
            let jwks = try await client.ask("GET", "/.well-known/jwks.json").bytes
            let call = try await client.call(token: try world.token()).bytes
            let metrics = try await gateway.connectAsOperator().ask("GET", "/metrics").bytes
            try await gateway.stop()
            let audit = [UInt8](try Data(contentsOf: URL(fileURLWithPath: world.folder + "/audit.jsonl")))
            let all = jwks + call + metrics + audit + Array(world.log.lines.joined().utf8)
            let folder = world.folder + "/keys"
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name != "lock" {
                let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
                guard !name.hasSuffix("ring.json") else { continue }
                let secret = try secret(in: bytes, name)
                let spellings = [
                    secret, Hex.encode(secret), Base64URL.encode(secret), Array(Data(secret).base64EncodedData()),
                ]
                for spelling in spellings { #expect(!all.contains(subsequence: spelling), "\(name)") }
            }
        }
    }

    /// The part of a file that nobody else may see.
    private func secret(in bytes: [UInt8], _ name: String) throws -> [UInt8] {
        switch name {
        case "root.key": return bytes
        case "presenters.json":
            let text = String(decoding: bytes, as: UTF8.self)
            return Array(try #require(text.firstMatch(of: /[A-Za-z0-9_-]{43}/)).output.utf8)
        // The middle of a PEM text is the private number; the end of it is public.
        default: return Array(bytes.split(separator: 0x0A)[1].suffix(40))
        }
    }

    private func header(_ token: String) -> String { String(token.prefix { $0 != "." }) }
}

extension [UInt8] {
    func contains(subsequence wanted: String) -> Bool {
        contains(subsequence: Array(wanted.utf8))
    }

    func contains(subsequence wanted: [UInt8]) -> Bool {
        Data(self).range(of: Data(wanted)) != nil
    }
}
