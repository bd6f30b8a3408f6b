import Crypto
import Delegation
import Identity
import JOSE
import Policy
import StrictCoding
import TestSupport
import Testing

/// What the gateway signs for authorization servers and services: whole headers, whole payloads.
@Suite struct AssertionTests {
    private let key: SigningKey
    private let signer: AssertionSigner
    private let frame = AssertionFrame(audience: GrantSample.issuer, tokenID: "jti-1", issued: GrantSample.now)

    init() throws {
        key = try SigningKey.generate()
        signer = AssertionSigner(issuer: "https://gw.example/assertion", key: key, keyID: "kid-1")
    }

    /// Header and payload, once the signature holds.
    private func opened(_ token: SecretBytes, kid: ByteString = "kid-1") throws -> (header: String, payload: String) {
        let unverified = try UnverifiedJWS(compact: token.withBytes { Array($0) })
        let verified = try unverified.verify(with: KeySet([JSONWebKey(key, kid: kid)]), allowing: [.es256])
        return (
            String(decoding: verified.header.document.bytes, as: UTF8.self),
            String(decoding: verified.payload.bytes, as: UTF8.self)
        )
    }

    private static let times = #""iat":1795478400,"exp":1795478460,"jti":"jti-1""#
    private static let alice = #""sub_id":{"format":"iss_sub","iss":"https://as.example","sub":"alice"}"#
    private static let tail = #""tenant":"acme","client_id":"webapp","txn":"01KAKQ3Z7KA1B2C3D4E5F6G7H8""#

    @Test func aClientAssertionIsForItsServerAlone() throws {
        let assertion = ClientAssertion(
            clientID: "gateway", audience: GrantSample.issuer, tokenID: "jti-1", issued: GrantSample.now)
        let (header, payload) = try opened(try assertion.signed(with: key), kid: key.thumbprint)
        #expect(header == #"{"alg":"ES256","typ":"client-authentication+jwt","kid":"\#(key.thumbprint)"}"#)
        #expect(payload == #"{"iss":"gateway","sub":"gateway","aud":"https://as.example",\#(Self.times)}"#)
    }

    @Test(arguments: [nil, "https://as.example/token" as ByteString])
    func aPinnedAudienceReplacesTheIssuer(audience: ByteString?) throws {
        let reference = SecretReference(source: .file, name: "key.pem")
        let client = ClientRegistration(
            name: "gw", issuer: 0, clientID: "gateway", authentication: .privateKeyJWT(reference),
            assertionAudience: audience)
        let proof = try ClientProof(
            client, secrets: PolicySecrets(secrets: [:], keys: [reference: key]), issuer: GrantSample.issuer,
            tokenID: "jti-1", now: GrantSample.now)
        guard case .assertion(let assertion) = proof else {
            Issue.record("not an assertion")
            return
        }
        let payload = try opened(assertion, kid: key.thumbprint).payload
        #expect(payload.contains(#""aud":"\#(audience ?? GrantSample.issuer)""#))
    }

    @Test(arguments: [
        // The chain says who acts.
        (
            GrantSample.exchange(subject: .assertion),
            #","act":{"sub":"agent_456","iss":"https://gw.example","sub_profile":"ai_agent"}"#
        ),
        (
            GrantSample.exchange(subject: .assertion, chain: [GrantSample.agent, GrantSample.planner]),
            #","act":{"sub":"agent_456","iss":"https://gw.example","sub_profile":"ai_agent","#
                + #""act":{"sub":"planner","iss":"https://as.example","sub_profile":"ai_agent"}}"#
        ),
        // The actor token says who acts now.
        (GrantSample.exchange(subject: .assertion, actor: .client), ""),
        (
            GrantSample.exchange(subject: .assertion, actor: .client, chain: [GrantSample.agent, GrantSample.planner]),
            #","act":{"sub":"planner","iss":"https://as.example","sub_profile":"ai_agent"}"#
        ),
        // Nobody acts, or nobody may be seen to act.
        (GrantSample.exchange(subject: .assertion, chain: []), ""),
        (GrantSample.exchange(subject: .assertion, mode: .restrictedUser), ""),
    ])
    func aSubjectAssertionSaysWhoIsBehindTheCall(grant: ExchangeGrant, act: String) throws {
        let (header, payload) = try opened(try SubjectAssertion(frame: frame, grant: grant).signed(by: signer))
        #expect(header == #"{"alg":"ES256","typ":"JWT","kid":"kid-1"}"#)
        #expect(
            payload
                == #"{"iss":"https://gw.example/assertion","sub":"alice","aud":"https://as.example",\#(Self.times),"#
                + "\(Self.alice),\(Self.tail)\(act)}")
    }

    @Test func anActorAssertionCarriesNoActor() throws {
        let assertion = ActorAssertion(frame: frame, actor: GrantSample.agent, transaction: GrantSample.transaction)
        let (header, payload) = try opened(try assertion.signed(by: signer))
        #expect(header == #"{"alg":"ES256","typ":"JWT","kid":"kid-1"}"#)
        #expect(
            payload
                == #"{"iss":"https://gw.example/assertion","sub":"agent_456","aud":"https://as.example",\#(Self.times),"#
                + #""sub_id":{"format":"iss_sub","iss":"https://gw.example","sub":"agent_456"},"#
                + #""sub_profile":"ai_agent","txn":"01KAKQ3Z7KA1B2C3D4E5F6G7H8"}"#)
    }

    @Test func identitiesAreEscaped() throws {
        let hostile = #"alice","admin":true,"x":""#
        let grant = ExchangeGrant(
            settings: GrantSample.exchange(subject: .assertion).settings, mode: .onBehalfOf, scopes: ["a"],
            principal: Principal(
                issuer: GrantSample.issuer, tenant: "acme", subject: ByteString(hostile), kind: .user,
                clientID: "webapp",
                agentID: "unknown"),
            actors: .none, subjectToken: nil, transaction: GrantSample.transaction)
        let payload = try opened(try SubjectAssertion(frame: frame, grant: grant).signed(by: signer)).payload
        let root = try JSONDocument(parsing: Array(payload.utf8), limits: .token).root
        #expect(root["sub"]?.text == ByteString(hostile))
        #expect(root["admin"] == nil)
    }

    @Test(arguments: [(120, 3_600, 120), (120, 90, 90), (60, 60, 60)])
    func aReissuedTokenIsAnAccessTokenThatDoesNotOutliveTheUsers(
        lifetime: Int, left: Int64, life: Int64
    ) throws {
        let settings = Reissue(
            audience: "https://orders.example", scopes: ["orders:read", "orders:write"], lifetimeSeconds: lifetime,
            reason: "legacy")
        let token = ReissuedToken(
            settings: settings, scopes: ["orders:read"], subject: "alice", principal: GrantSample.principal,
            actors: ActorChain([GrantSample.agent]), tokenID: "jti-1", issued: GrantSample.now,
            notAfter: GrantSample.now + left)
        let credential = try token.signed(
            issuer: "https://gw.example/reissue", client: "https://gw.example", key: key, keyID: "kid-1")
        let (header, payload) = try opened(credential.token)
        #expect(header == #"{"alg":"ES256","typ":"at+jwt","kid":"kid-1"}"#)
        #expect(
            payload
                == #"{"iss":"https://gw.example/reissue","sub":"alice","aud":"https://orders.example","#
                + #""client_id":"https://gw.example","scope":"orders:read","iat":1795478400,"exp":\#(1_795_478_400 + life),"#
                + #""jti":"jti-1","tenant":"acme","#
                + #""act":{"sub":"agent_456","iss":"https://gw.example","sub_profile":"ai_agent"}}"#)
        #expect(credential.expires == GrantSample.now + life)
        #expect(credential.scopes == ["orders:read"])
        #expect(credential.audience == "https://orders.example")
    }
}
