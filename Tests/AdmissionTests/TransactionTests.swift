import Crypto
import HTTPCodec
import Identity
import Policy
import StrictCoding
import TestSupport
import Testing

@testable import Admission

/// What a forwarded request leaves behind for the calls of its server.
@Suite struct TransactionTests {
    private static let now = UnixTime(seconds: TestPolicy.now)
    private static let token = "header.claims.signature"
    private static let listing = #"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#

    /// The request that goes to the server, of Alice or of whoever the claims are about.
    private func forwarded(
        _ message: String = listing, under policy: TestPolicy = TestPolicy(), _ change: (Claims) -> Claims = { $0 }
    ) throws -> (request: UpstreamRequest, epoch: Epoch) {
        let epoch = try TestGateway().epoch(policy.compiled())
        let issuer = try TestIssuer()
        let found = epoch.verifier.find(
            try issuer.token(change(issuer.alice())), trusted: [0], standings: try issuer.standings(), now: Self.now)
        let fresh = FreshIdentifiers(
            milliseconds: TestPolicy.now * 1_000, random: (0..<FreshIdentifiers.randomBytes).map { UInt8($0) })
        var exchange = IngressExchange(epoch: epoch)
        _ = exchange.received(
            try .parsing(
                "POST /mcp/orders HTTP/1.1\nHost: gw.example\nAuthorization: Bearer \(Self.token)\nContent-Type: application/json\n\n"
            ))
        _ = exchange.identified(try #require(found.accepted), now: Self.now)
        let permit = try exchange.receivedMessage(Array(message.utf8), fresh: fresh, now: Self.now)
        return (UpstreamRequest(spending: permit), epoch)
    }

    private static func policy(_ changes: (inout TestPolicy) -> Void) -> TestPolicy {
        var policy = TestPolicy()
        changes(&policy)
        return policy
    }

    @Test func aTransactionSaysWhatTheEnvelopeSays() throws {
        let (request, epoch) = try forwarded()
        let transaction = try #require(request.transaction)
        let envelope = try #require(request.fields.lines.first { $0.hasPrefix("Txn-Token: ") }).dropFirst(11)
        let claims = try UnverifiedEnvelope(compact: Array(envelope.utf8)).verify(
            keys: epoch.envelopeKeys, issuer: ByteString(TestPolicy.origin), audience: "https://gw.example/.eie/orders",
            now: Self.now, leeway: 0
        ).claims
        #expect(transaction.statement.claims == claims && transaction.server == "orders" && transaction.instance == nil)
        #expect(transaction.id == claims.transactionID && transaction.handle == nil)
        #expect(transaction.envelopeMark == Array(envelope.utf8.suffix(32)))
        #expect(transaction.tokenExpires == Self.now + 3_600 && transaction.deadline == Self.now + 900)
        #expect(request.watchedID == Array("7".utf8))
    }

    @Test(arguments: [(60, 60), (900, 900), (3_600, 900)] as [(Int64, Int64)])
    func aTransactionEndsWithItsUsersToken(life: Int64, deadline: Int64) throws {
        let (request, _) = try forwarded { $0.with("exp", .integer(TestPolicy.now + life)) }
        #expect(request.transaction?.deadline == Self.now + deadline)
    }

    @Test(arguments: [
        (listing, true), (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_orders"}}"#, true),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, false),
        (#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, false),
    ])
    func onlyARequestThatDoesWorkOpensOne(message: String, opens: Bool) throws {
        let (request, _) = try forwarded(message)
        #expect((request.transaction != nil) == opens && (request.watchedID != nil) == opens)
    }

    // MARK: - The user's token

    @Test func theTokenIsKeptSealedWhereAServiceNeedsIt() throws {
        let (request, epoch) = try forwarded()
        let transaction = try #require(request.transaction)
        let sealed = try #require(transaction.subjectToken)
        let opened = sealed.open(transaction: transaction.id, key: epoch.secrets.tokenSeal)
        #expect(opened?.withBytes { String(decoding: $0, as: UTF8.self) } == Self.token)
        #expect(sealed.open(transaction: "another", key: epoch.secrets.tokenSeal) == nil)
        #expect(sealed.open(transaction: transaction.id, key: epoch.secrets.sessionSeal) == nil)
        #expect(!"\(sealed)".contains(Self.token))
    }

    @Test(arguments: [
        #"mode: on_behalf_of, exchange: {client: gateway, subject: assertion, audience: api, scopes: [orders:read, orders:write]}"#,
        #"mode: restricted_user, reissue: {audience: api, scopes: [orders:read, orders:write], reason: it trusts us}"#,
        #"mode: service_identity, credential: {bearer: "env:API"}"#,
    ])
    func theTokenIsDroppedWhereNoneDoes(identity: String) throws {
        let policy = Self.policy {
            $0.allowed = ["api"]
            $0.services = [
                #"api: {url: "http://127.0.0.1:9103", \#(identity), allow: [{methods: [GET], paths: [/], require: [orders:read]}]}"#
            ]
        }
        #expect(try #require(forwarded(under: policy).request.transaction).subjectToken == nil)
    }

    @Test func withoutServicesThereIsNothingToKeep() throws {
        let other =
            #"other: {path: /mcp/other, upstream: "http://127.0.0.1:3002/mcp", issuers: [corp], scopes: [orders:read, orders:write], services: [orders_api, geocoder]}"#
        let policy = Self.policy { ($0.allowed, $0.servers) = ([], [other]) }
        #expect(try forwarded(under: policy).request.transaction == nil)
    }

    // MARK: - Handles

    @Test func aHandleIsToldToTheServerAndKeptAsADigest() throws {
        let (request, _) = try forwarded(under: Self.policy { $0.server = ["upstream_auth: handle"] })
        let field = try #require(request.fields.lines.first { $0.hasPrefix("Authorization: ") })
        let handle = Array(field.dropFirst("Authorization: Bearer ".count).utf8)
        #expect(handle.count == Handle.textBytes && handle.starts(with: Handle.prefix))
        #expect(request.transaction?.handle == SHA256.digest(handle))
        #expect(Handle.digest(of: handle[...]) == SHA256.digest(handle))
    }

    @Test(arguments: [
        "", "eieh_", "eieh_" + String(repeating: "A", count: 42), "eieh_" + String(repeating: "A", count: 44),
    ])
    func whatHasNotTheFormOfAHandleIsNone(text: String) {
        #expect(Handle.digest(of: Array(text.utf8)[...]) == nil)
    }

    @Test(arguments: ["+", "/", "=", ".", " ", "B"]) func aHandleIsCanonicalBase64URL(last: String) {
        // The last character of 32 bytes has two bits that say nothing.
        let text = "eieh_" + String(repeating: "A", count: 42) + last
        #expect(Handle.digest(of: Array(text.utf8)[...]) == nil)
    }

    @Test func aHandleDoesNotShowItself() {
        let handle = Handle(random: [UInt8](repeating: 1, count: Handle.randomBytes))
        let text = String(decoding: handle.authorization.dropFirst("Bearer ".count), as: UTF8.self)
        #expect(!"\(handle)".contains(text.dropFirst(5)))
    }

    @Test func aTransactionIsBoundToTheInstanceToWhichItGoes() throws {
        let transaction = try #require(forwarded().request.transaction)
        let bound = transaction.sent(to: "instance-1")
        #expect(
            bound.instance == "instance-1" && bound.statement.claims == transaction.statement.claims
                && bound.id == transaction.id)
    }
}
