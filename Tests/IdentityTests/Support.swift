import Crypto
import Foundation
import Identity
import JOSE
import StrictCoding

/// The published vector of the envelope format.
enum Vector {
    static let document: JSONValue = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/envelope-vectors.json")
        guard let data = try? Data(contentsOf: file),
            let document = try? JSONDocument(parsing: Array(data), limits: .document)
        else { fatalError("the vector is not readable") }
        return document.root
    }()

    static let token: [UInt8] = document["token"]!.text!.bytes
    static let keys: KeySet = try! KeySet(parsing: Array(document["jwks"]!.source))
    static let now = UnixTime(seconds: document["now"]!.integer!)

    static var payload: [UInt8] {
        try! Base64URL.decode(token.split(separator: UInt8(ascii: "."))[1])
    }

    /// The facts of the vector, as the gateway would put them together.
    static let claims = EnvelopeClaims(
        issuer: "https://gw.acme.example",
        audience: "https://gw.acme.example/.eie/orders-mcp",
        issuedAt: UnixTime(seconds: 1_795_478_400),
        expiresAt: UnixTime(seconds: 1_795_478_700),
        tokenID: "01KAKQ3Z7M6Q9V1C2D3E4F5G6H",
        transactionID: "01KAKQ3Z7KA1B2C3D4E5F6G7H8",
        workload: "https://gw.acme.example/ingress",
        principal: Principal(
            issuer: "https://idp.acme.example", tenant: "acme", subject: "user_123", kind: .user,
            clientID: "webapp-prod", agentID: "agent_456"),
        actors: ActorChain([.init(subject: "agent_456", issuer: "https://gw.acme.example")]),
        scopes: ["orders:read", "balance:read"],
        confidence: .verified,
        sessionID: "sess_789",
        traceID: "0af7651916cd43dd8448eb211c80319c",
        delegation: Delegation([
            .init(service: "orders_api", mode: .onBehalfOf), .init(service: "billing_api", mode: .onBehalfOf),
        ]),
        request: RequestContext(method: "tools/call", name: "get_order_status"))
}

/// A gateway with one key, for tests.
enum Gateway {
    static let key = try! SigningKey.generate()
    static let keyID = RingKey.keyID(of: key)
    static let keys = KeySet([try! JSONWebKey(key, kid: keyID)])
    static let header = #"{"alg":"ES256","typ":"txntoken+jwt","kid":"\#(keyID)"}"#

    /// A compact JWS of any two texts, properly signed.
    static func sign(header: String = Gateway.header, payload: String) -> [UInt8] {
        try! JWSSigning.compact(header: Array(header.utf8), payload: Array(payload.utf8), key: key)
    }
}

/// Verifies as the egress of the vector's server would.
func verify(
    _ compact: [UInt8], keys: KeySet = Gateway.keys, issuer: ByteString = Vector.claims.issuer,
    audience: ByteString = Vector.claims.audience, now: UnixTime = Vector.now, leeway: Int64 = 5
) throws(EnvelopeRefusal) -> VerifiedEnvelope {
    try UnverifiedEnvelope(compact: compact)
        .verify(keys: keys, issuer: issuer, audience: audience, now: now, leeway: leeway)
}

func refusal(
    of compact: [UInt8], keys: KeySet = Gateway.keys, issuer: ByteString = Vector.claims.issuer,
    audience: ByteString = Vector.claims.audience, now: UnixTime = Vector.now, leeway: Int64 = 5
) -> EnvelopeRefusal? {
    do {
        _ = try verify(compact, keys: keys, issuer: issuer, audience: audience, now: now, leeway: leeway)
        return nil
    } catch {
        return error
    }
}

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
