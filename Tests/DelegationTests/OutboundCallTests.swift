import Admission
import Crypto
import HTTPCodec
import Identity
import StrictCoding
import TestSupport
import Testing

@testable import Delegation

@Suite("What an outbound call says of itself")
struct OutboundCallTests {
    /// What a target is read as.
    struct Reading: Equatable {
        var service: ByteString
        var path: ByteString
        var hasPath = true
        var query: String?
    }

    static let secret = CallSample.secret
    static let readings: [(target: String, reading: Reading)] = [
        ("/\(secret)/api/a/b", Reading(service: "api", path: "/a/b")),
        ("/\(secret)/api", Reading(service: "api", path: "/", hasPath: false)),
        ("/\(secret)/api/", Reading(service: "api", path: "/")),
        ("/\(secret)/api/a/", Reading(service: "api", path: "/a/")),
        ("/\(secret)/api?x=1", Reading(service: "api", path: "/", hasPath: false, query: "x=1")),
        ("/\(secret)/api/?", Reading(service: "api", path: "/", query: "")),
        ("/\(secret)/a%70i/%61", Reading(service: "api", path: "/a")),
        ("/\(secret)/", Reading(service: "", path: "/", hasPath: false)),
        ("/\(secret)/API/A", Reading(service: "API", path: "/A")),
        ("http://127.0.0.1:9080/\(secret)/api/a", Reading(service: "api", path: "/a")),
    ]

    @Test(arguments: readings) func aTargetNamesAServiceAndAPathInIt(target: String, reading: Reading) throws {
        let call = try OutboundCall(CallSample.head(target))
        let query = call.query.map { String(decoding: $0, as: UTF8.self) }
        #expect(Reading(service: call.service, path: call.path, hasPath: call.hasPath, query: query) == reading)
        #expect(call.presenterDigest == SHA256.digest(Array(Self.secret.utf8)))
    }

    @Test(arguments: [
        ("/", "presenter_unknown"), ("/\(secret)", "presenter_unknown"), ("/\(secret)?/api", "presenter_unknown"),
        ("/\(secret)x/api", "presenter_unknown"), ("/\(secret.dropLast())/api", "presenter_unknown"),
        ("/api/\(secret)", "presenter_unknown"), ("/%2f\(secret)/api", "ambiguous_path"),
        ("//\(secret)/api", "ambiguous_path"), ("/\(secret)/../\(secret)/api", "ambiguous_path"),
        ("/\(secret)//api", "ambiguous_path"), ("/\(secret)/api;v=1/a", "ambiguous_path"),
        ("http://127.0.0.1:9081/\(secret)/api", "host_mismatch"),
    ])
    func aTargetWithoutAPresenterIsRefused(target: String, code: String) throws {
        let head = try CallSample.head(target)
        let refusal = #expect(throws: EgressRefusal.self) { try OutboundCall(head) }
        #expect(refusal?.code == code)
    }

    @Test func theWholeServerIsNoService() throws {
        let head = try CallSample.head("*", method: "OPTIONS")
        #expect(throws: EgressRefusal.self) { try OutboundCall(head) }
    }

    // MARK: - Proofs

    private static let handle = "eieh_" + String(repeating: "A", count: 43)

    private func proofs(_ lines: [String]) throws -> [TransactionProof] {
        let sample = try CallSample()
        let text = String(decoding: sample.envelope.bytes, as: UTF8.self)
        return try CallSample.call(lines.map { $0.replacing("ENVELOPE", with: text) }).proofs(
            audience: sample.transaction.statement.claims.audience, epoch: sample.epoch, now: CallSample.now)
    }

    @Test(arguments: [
        [], ["Authorization: Bearer abc"], ["Authorization: Basic eieh_AAAA"], ["Authorization: Bearer"],
        ["Authorization: eieh_AAAA"], ["X-Txn-Token: ENVELOPE"], ["Cookie: txn-token=ENVELOPE"],
        ["Authorization: Bearer ENVELOPE"],
    ])
    func aCallMayShowNothing(lines: [String]) throws {
        #expect(try proofs(lines) == [])
    }

    @Test func aCallShowsItsEnvelopeFirst() throws {
        let envelope = TransactionProof.envelope(transaction: "txn-1", envelopeID: "jti-1")
        let handle = TransactionProof.handle(SHA256.digest(Array(Self.handle.utf8)))
        #expect(try proofs(["Txn-Token: ENVELOPE"]) == [envelope])
        // What folds names, as CGI does, gives it back in another spelling.
        #expect(try proofs(["txn_token: ENVELOPE"]) == [envelope])
        #expect(try proofs(["authorization:   bearer   \(Self.handle)  "]) == [handle])
        #expect(try proofs(["Authorization: Bearer \(Self.handle)", "TXN-TOKEN: ENVELOPE"]) == [envelope, handle])
    }

    /// Else a malformed one could be taken for none, and the call for one without proof.
    @Test func whatClaimsToBeAHandleIsShownWhateverItIs() throws {
        for text in ["eieh_", "eieh_x", Self.handle + "A"] {
            #expect(try proofs(["Authorization: Bearer \(text)"]).count == 1)
        }
    }

    @Test(arguments: [
        ["Txn-Token: ENVELOPE", "Txn-Token: ENVELOPE"], ["Txn-Token: ENVELOPE", "txn_token: x"],
        ["Authorization: Bearer \(handle)", "Authorization: Bearer \(handle)"],
        ["Authorization: Bearer a", "Authorization: Basic b"],
    ])
    func aCallShowsAProofOnce(lines: [String]) throws {
        let refusal = #expect(throws: EgressRefusal.self) { try proofs(lines) }
        #expect(refusal?.code == "envelope_invalid" && refusal?.detail == "repeated")
    }

    @Test(arguments: [(-31, false), (-30, true), (0, true), (304, true), (305, false)])
    func anEnvelopeIsGoodWithinItsTimes(seconds: Int64, isGood: Bool) throws {
        let sample = try CallSample()
        let call = try CallSample.call(["Txn-Token: " + String(decoding: sample.envelope.bytes, as: UTF8.self)])
        let proofs = try? call.proofs(
            audience: sample.transaction.statement.claims.audience, epoch: sample.epoch, now: CallSample.now + seconds)
        #expect((proofs?.count == 1) == isGood)
    }

    @Test func anEnvelopeIsForOneServer() throws {
        let sample = try CallSample()
        let call = try CallSample.call(["Txn-Token: " + String(decoding: sample.envelope.bytes, as: UTF8.self)])
        for audience in ["https://gw.example/.eie/order", "https://gw.example/.eie/Orders", "https://gw.example"] {
            let refusal = #expect(throws: EgressRefusal.self) {
                try call.proofs(audience: ByteString(audience), epoch: sample.epoch, now: CallSample.now)
            }
            #expect(refusal?.code == "envelope_invalid" && refusal?.detail == "envelope_audience")
        }
    }

    // MARK: - Leaks

    @Test(
        arguments: [
            ("/a", [], false), ("/a?x=ENVELOPE", [], true), ("/a?x=TAIL", [], true), ("/a/HANDLE", [], true),
            ("/a?HANDLE", [], true), ("/a?x=eieh%5f", [], true), ("/a?x=%65%69%65%68_", [], true),
            ("/a?x=SECRET", [], true), ("/a/SECRET", [], true), ("/a", ["X-A: ENVELOPE"], true),
            ("/a", ["X-A: HANDLE"], true), ("/a", ["X-A: ..TAIL.."], true), ("/a", ["X-A: a%65ieh_"], true),
            ("/a", ["X-A: SECRET"], false), ("/a", ["Cookie: HANDLE"], false),
            ("/a", ["Authorization: ENVELOPE"], false),
            ("/a", ["Txn-Token: ENVELOPE"], false), ("/a", ["X-Actor-Sub: HANDLE"], false),
            ("/a", ["X-A: eieh", "X-B: _"], false), ("/eieh/_?eie=h_&x=%", [], false),
            // Anybody's envelope begins like this.
            ("/a", ["X-A: eyJhbGciOiJFUzI1NiIsInR5cCI6InR4bnRva2VuK2p3dCIsImtpZCI6"], true),
            ("/a", ["X-A: eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6"], false),
        ] as [(String, [String], Bool)])
    func whatWouldBePassedOnIsSeen(path: String, lines: [String], leaks: Bool) throws {
        let sample = try CallSample()
        let texts = [
            "ENVELOPE": String(decoding: sample.envelope.bytes, as: UTF8.self),
            "TAIL": String(decoding: sample.envelope.bytes.suffix(32), as: UTF8.self), "HANDLE": Self.handle,
            "SECRET": CallSample.secret,
        ]
        let fill = { (text: String) in texts.reduce(text) { $0.replacing($1.key, with: $1.value) } }
        guard let call = try? CallSample.call(fill(path), lines.map(fill)) else {
            // `%` alone is no query.
            return #expect(path.hasSuffix("%"))
        }
        #expect(call.leaks(mark: sample.envelope.mark, header: "Txn-Token") == leaks)
    }
}

extension CallSample {
    static func call(_ lines: [String]) throws -> OutboundCall { try call("/orders/o-1", lines) }
}
