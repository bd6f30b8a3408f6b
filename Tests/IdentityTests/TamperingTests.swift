import Crypto
import Identity
import JOSE
import StrictCoding
import Testing

@Suite("Every tampered field refuses with its own case")
struct TamperingTests {
    /// A change of the vector's payload text, signed again by a key that is trusted.
    struct Edit: Sendable, CustomTestStringConvertible {
        let old: String
        let new: String
        let fact: EnvelopeRefusal?
        var testDescription: String { "\(old) → \(new)" }

        init(_ old: String, _ new: String, _ fact: EnvelopeRefusal?) {
            self.old = old
            self.new = new
            self.fact = fact
        }
    }

    static let registered: [Edit] = [
        Edit(#""eie":1"#, #""eie":2"#, .unsupportedVersion),
        Edit(#""eie":1"#, #""eie":"1""#, .malformedClaim(.version)),
        Edit(#""eie":1"#, #""eie":true"#, .malformedClaim(.version)),
        Edit(#""eie":1,"#, "", .missingClaim(.version)),
        Edit(#""iss":"https://gw.acme.example","aud""#, #""iss":"https://gw.acme.example/","aud""#, .wrongIssuer),
        Edit(#""iss":"https://gw.acme.example","aud""#, #""aud""#, .missingClaim(.issuer)),
        Edit("/.eie/orders-mcp", "/.eie/other-mcp", .wrongAudience),
        Edit(
            #""aud":"https://gw.acme.example/.eie/orders-mcp""#, #""aud":["https://gw.acme.example/.eie/orders-mcp"]"#,
            .malformedClaim(.audience)),
        Edit(#""aud":"https://gw.acme.example/.eie/orders-mcp","#, "", .missingClaim(.audience)),
        Edit(#""iat":1795478400,"#, "", .missingClaim(.issuedAt)),
        Edit(#""iat":1795478400,"#, #""iat":1795478400.0,"#, .malformedClaim(.issuedAt)),
        Edit(#""iat":1795478400,"#, #""iat":"1795478400","#, .malformedClaim(.issuedAt)),
        Edit(#""iat":1795478400,"#, #""iat":true,"#, .malformedClaim(.issuedAt)),
        Edit(#""iat":1795478400,"#, #""iat":0,"#, .malformedClaim(.issuedAt)),
        Edit(#""iat":1795478400,"#, #""iat":-5,"#, .malformedClaim(.issuedAt)),
        Edit(#""exp":1795478700,"#, #""exp":9007199254740992,"#, .malformedClaim(.expiresAt)),
        Edit(#""exp":1795478700,"#, #""exp":1e400,"#, .malformedClaim(.expiresAt)),
        Edit(#""exp":1795478700,"#, #""exp":1795478701,"#, .lifetimeTooLong(seconds: 301)),
        Edit(#""exp":1795478700,"#, "", .missingClaim(.expiresAt)),
        Edit(#""jti":"01KAKQ3Z7M6Q9V1C2D3E4F5G6H","#, "", .missingClaim(.tokenID)),
        Edit(#""jti":"01KAKQ3Z7M6Q9V1C2D3E4F5G6H""#, #""jti":"""#, .malformedClaim(.tokenID)),
        Edit(#""txn":"01KAKQ3Z7KA1B2C3D4E5F6G7H8","#, "", .missingClaim(.transaction)),
        Edit(#""txn":"01KAKQ3Z7KA1B2C3D4E5F6G7H8""#, #""txn":"a b""#, .malformedClaim(.transaction)),
        Edit(#""req_wl":"https://gw.acme.example/ingress","#, "", .missingClaim(.workload)),
        Edit(#""req_wl":"https://gw.acme.example/ingress","#, #""req_wl":7,"#, .malformedClaim(.workload)),
        Edit(#""sub":"acme|user_123","#, "", .missingClaim(.subject)),
        Edit(#""sub":"acme|user_123""#, #""sub":"acme|user_124""#, .mirrorDisagrees(.subject)),
        Edit(#""sub":"acme|user_123""#, #""sub":"user_123""#, .mirrorDisagrees(.subject)),
        Edit(#""sub_profile":"user","#, "", .missingClaim(.subjectProfile)),
        Edit(#""sub_profile":"user""#, #""sub_profile":"service""#, .mirrorDisagrees(.subjectProfile)),
        Edit(#""sub_profile":"user""#, #""sub_profile":"human""#, .unknownValue(.subjectProfile)),
        Edit(#""scope":"balance:read orders:read","#, "", .missingClaim(.scope)),
        Edit(
            #""scope":"balance:read orders:read""#, #""scope":"balance:read orders:write""#, .mirrorDisagrees(.scopes)),
        Edit(#""scope":"balance:read orders:read""#, #""scope":"orders:read balance:read""#, .mirrorDisagrees(.scopes)),
        Edit(#""act":{"sub":"agent_456""#, #""act":{"sub":"agent_457""#, .mirrorDisagrees(.actors)),
        Edit(#""act":{"sub":"agent_456","#, #""act":{"#, .missingClaim(.actors)),
        Edit(#""sub_profile":"ai_agent""#, #""sub_profile":"user""#, .unknownValue(.actors)),
        Edit(#""act":{"#, #""act":7,"x":{"#, .malformedClaim(.actors)),
    ]

    static let context: [Edit] = [
        Edit(#""tctx":{"#, #""tcty":{"#, .missingClaim(.context)),
        Edit(#""actor":{"#, #""actos":{"#, .missingClaim(.actor)),
        Edit(#""type":"user""#, #""type":"service""#, .mirrorDisagrees(.subjectProfile)),
        Edit(#""type":"user""#, #""type":"robot""#, .unknownValue(.actorType)),
        Edit(#""type":"user","#, "", .missingClaim(.actorType)),
        Edit(#""sub":"user_123""#, #""sub":"user_124""#, .mirrorDisagrees(.subject)),
        Edit(#""sub":"user_123","#, "", .missingClaim(.actorSubject)),
        Edit(#""tenant":"acme""#, #""tenant":"evil""#, .mirrorDisagrees(.subject)),
        Edit(#""tenant":"acme","#, "", .missingClaim(.actorTenant)),
        Edit(#","iss":"https://idp.acme.example"}"#, "}", .missingClaim(.actorIssuer)),
        Edit(#""type":"mcp_agent""#, #""type":"bot""#, .unknownValue(.agentType)),
        Edit(#""id":"agent_456""#, #""id":"agent_457""#, .mirrorDisagrees(.actors)),
        Edit(#""id":"agent_456","#, "", .missingClaim(.agentID)),
        Edit(#","client_id":"webapp-prod""#, "", .missingClaim(.clientID)),
        Edit(#""agent":{"#, #""agents":{"#, .missingClaim(.agent)),
        Edit(#""session":{"#, #""sessions":{"#, .missingClaim(.session)),
        Edit(#""id":"sess_789""#, #""id":"a\u0000b""#, .malformedClaim(.sessionID)),
        Edit("0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c80319", .malformedClaim(.traceID)),
        Edit("0af7651916cd43dd8448eb211c80319c", "req_abc", .malformedClaim(.traceID)),
        Edit(#""authorization":{"#, #""authorisation":{"#, .missingClaim(.authorization)),
        Edit(#"["balance:read","orders:read"]"#, #"["balance:read"]"#, .mirrorDisagrees(.scopes)),
        Edit(#"["balance:read","orders:read"]"#, #""balance:read orders:read""#, .malformedClaim(.scopes)),
        Edit(#""confidence":"verified""#, #""confidence":"certain""#, .unknownValue(.confidence)),
        Edit(#""confidence":"verified""#, #""confidence":"estimated""#, .missingClaim(.estimated)),
        Edit(#""confidence":"verified""#, #""confidence":"estimated","estimated":[]"#, .malformedClaim(.estimated)),
        Edit(#""confidence":"verified""#, #""confidence":"estimated","estimated":["mood"]"#, .unknownValue(.estimated)),
        Edit(
            #""confidence":"verified""#, #""confidence":"verified","estimated":["agent.id"]"#,
            .mirrorDisagrees(.estimated)),
        Edit(#","confidence":"verified""#, "", .missingClaim(.confidence)),
        Edit(#""delegation":{"#, #""delegations":{"#, .missingClaim(.delegation)),
        Edit(#""mode":"on_behalf_of""#, #""mode":"obo""#, .unknownValue(.mode)),
        Edit(#""mode":"on_behalf_of","#, "", .missingClaim(.mode)),
        Edit(#"["billing_api","orders_api"]"#, #"["orders_api","billing_api"]"#, .malformedClaim(.allowed)),
        Edit(#"["billing_api","orders_api"]"#, #"["billing_api","billing_api"]"#, .malformedClaim(.allowed)),
        Edit(#"["billing_api","orders_api"]"#, "[]", .mirrorDisagrees(.mode)),
        Edit(#"["billing_api","orders_api"]"#, #"["billing_api",7]"#, .malformedClaim(.allowed)),
        Edit(#""orders_api"]"#, #""orders_api"],"modes":{"billing_api":"on_behalf_of"}"#, .mirrorDisagrees(.modes)),
        Edit(
            #""orders_api"]"#, #""orders_api"],"modes":{"billing_api":"on_behalf_of","x":"on_behalf_of"}"#,
            .mirrorDisagrees(.modes)),
        Edit(
            #""orders_api"]"#,
            #""orders_api"],"modes":{"billing_api":"service_identity","orders_api":"service_identity"}"#,
            .mirrorDisagrees(.mode)),
        Edit(
            #""orders_api"]"#, #""orders_api"],"modes":{"billing_api":"obo","orders_api":"on_behalf_of"}"#,
            .unknownValue(.modes)),
        Edit(#""created_at":1795478400"#, #""created_at":1795478401"#, .mirrorDisagrees(.createdAt)),
        Edit(#""expires_at":1795478700"#, #""expires_at":1795478699"#, .mirrorDisagrees(.expiresAtMirror)),
        Edit(#""created_at":1795478400,"#, "", .missingClaim(.createdAt)),
        Edit(#""meta":{"#, #""mete":{"#, .missingClaim(.meta)),
        Edit(#""rctx":{"#, #""rctx":7,"x":{"#, .malformedClaim(.request)),
    ]

    static let shape: [(old: String, new: String, kind: JSONError.Kind)] = [
        (#"{"iss""#, #"{"sub":"acme|user_123","iss""#, .duplicateName),
        (#"{"iss""#, #"{"s\u0075b":"acme|evil","iss""#, .duplicateName),
        (#""mode":"on_behalf_of""#, #""mode":"on_behalf_of","mode":"service_identity""#, .duplicateName),
        (#"{"iss""#, "\u{FEFF}{\"iss\"", .byteOrderMark),
        (#"{"iss""#, #"{"x":[[[[[[[[1]]]]]]]],"iss""#, .tooDeep),
        (#"{"iss""#, #"[{"iss""#, .unexpectedEnd),
        (#"get_order_status"}}"#, #"get_order_status"}}{}"#, .trailingBytes),
    ]

    @Test(arguments: registered + context)
    func aSignedLieIsRefusedByItsOwnName(edit: Edit) {
        let payload = text(Vector.payload)
        #expect(payload.contains(edit.old))
        #expect(
            refusal(of: Gateway.sign(payload: payload.replacing(edit.old, with: edit.new, maxReplacements: 1)))
                == edit.fact)
    }

    @Test(arguments: shape)
    func aPayloadIsStrictJSON(old: String, new: String, kind: JSONError.Kind) {
        let payload = text(Vector.payload).replacing(old, with: new, maxReplacements: 1)
        guard case .payload(let error)? = refusal(of: Gateway.sign(payload: payload)) else {
            return #expect(Bool(false), "refused for another reason or not at all")
        }
        #expect(error.kind == kind)
    }

    @Test func membersThatAreNotKnownAreIgnored() {
        let payload = text(Vector.payload)
            .replacing(#"{"iss""#, with: #"{"new":{"a":[[1]]},"iss""#, maxReplacements: 1)
            .replacing(#""tctx":{"#, with: #""tctx":{"new":null,"#)
        #expect(refusal(of: Gateway.sign(payload: payload)) == nil)
    }

    @Test func aPayloadIsAnObject() {
        #expect(refusal(of: Gateway.sign(payload: "[]")) == .payloadNotObject)
    }

    @Test func fiveActorsAreTooMany() {
        let actor = #""iss":"i","sub_profile":"ai_agent""#
        let chain = (0..<4).reduce(#"{"sub":"agent_456",\#(actor)}"#) { inner, _ in
            #"{"sub":"agent_456",\#(actor),"act":\#(inner)}"#
        }
        let payload = text(Vector.payload).replacing(
            #"{"sub":"agent_456","iss":"https://gw.acme.example","sub_profile":"ai_agent"}"#, with: chain)
        #expect(refusal(of: Gateway.sign(payload: payload)) == .overLimit(.actors))
    }

    @Test(
        arguments: [
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"KID"}"#, nil),
            (#"{"kid":"KID","typ":"TxnToken+JWT","alg":"ES256"}"#, nil),
            (#"{"alg":"ES256","typ":"application/txntoken+jwt","kid":"KID"}"#, nil),
            (#"{"alg":"ES256","typ":"JWT","kid":"KID"}"#, .wrongType),
            (#"{"alg":"ES256","typ":"txn_token","kid":"KID"}"#, .wrongType),
            (#"{"alg":"ES256","typ":"at+jwt","kid":"KID"}"#, .wrongType),
            (#"{"alg":"ES256","typ":7,"kid":"KID"}"#, .wrongType),
            (#"{"alg":"ES256","kid":"KID"}"#, .wrongType),
            (#"{"alg":"none","typ":"txntoken+jwt","kid":"KID"}"#, .wrongAlgorithm),
            (#"{"alg":"HS256","typ":"txntoken+jwt","kid":"KID"}"#, .wrongAlgorithm),
            (#"{"alg":"ES384","typ":"txntoken+jwt","kid":"KID"}"#, .wrongAlgorithm),
            (#"{"alg":"es256","typ":"txntoken+jwt","kid":"KID"}"#, .wrongAlgorithm),
            (#"{"alg":["ES256"],"typ":"txntoken+jwt","kid":"KID"}"#, .wrongAlgorithm),
            (#"{"typ":"txntoken+jwt","kid":"KID"}"#, .wrongAlgorithm),
            (#"{"alg":"ES256","typ":"txntoken+jwt"}"#, .malformedKeyID),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":""}"#, .malformedKeyID),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":7}"#, .malformedKeyID),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"../../dev/null"}"#, .malformedKeyID),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"' OR 1"}"#, .malformedKeyID),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"nobody"}"#, .unknownKey("nobody")),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"KID","cty":"json"}"#, .unexpectedHeaderMember("cty")),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"KID","x5t":"a"}"#, .unexpectedHeaderMember("x5t")),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"KID","jku":"https://evil"}"#, .unexpectedHeaderMember("jku")),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"KID","jwk":{}}"#, .unexpectedHeaderMember("jwk")),
            (
                #"{"alg":"ES256","typ":"txntoken+jwt","kid":"KID","crit":["b64"],"b64":false}"#,
                .unexpectedHeaderMember("crit")
            ),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"KID","zip":"DEF"}"#, .unexpectedHeaderMember("zip")),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"KID","enc":"A128GCM"}"#, .unexpectedHeaderMember("enc")),
            (#"{"alg":"ES256","typ":"txntoken+jwt","kid":"KID","KID":"x"}"#, .unexpectedHeaderMember("KID")),
            (#"["ES256"]"#, .headerNotObject),
        ] as [(String, EnvelopeRefusal?)])
    func aHeaderHasThreeMembersAndTheirValues(header: String, fact: EnvelopeRefusal?) {
        let header = header.replacing(#":"KID""#, with: #":"\#(Gateway.keyID)""#)
        #expect(refusal(of: Gateway.sign(header: header, payload: text(Vector.payload))) == fact)
    }

    @Test(arguments: [
        #"{"alg":"ES256","alg":"ES256","typ":"txntoken+jwt","kid":"k"}"#,
        #"{"alg":"ES256","\u0061lg":"none","typ":"txntoken+jwt","kid":"k"}"#,
        "\u{FEFF}{}", "", "{", #"{"alg":"ES256"}{}"#,
    ])
    func aHeaderIsStrictJSON(header: String) {
        let refused = refusal(of: Gateway.sign(header: header, payload: text(Vector.payload)))
        guard case .header? = refused else { return #expect(Bool(false), "\(String(describing: refused))") }
    }
}
