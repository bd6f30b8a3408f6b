import Crypto
import Identity
import JOSE
import StrictCoding
import Testing

@Suite("Minting and verifying")
struct EnvelopeTests {
    @Test func thePublishedVectorVerifies() throws {
        let envelope = try verify(Vector.token, keys: Vector.keys)
        #expect(envelope.claims == Vector.claims)
        #expect(envelope.keyID == ByteString("oKIywvGUpTVTyxMQ"))
        #expect(text(envelope.signature.bytes).hasPrefix("9gL5WJZzAbAfKvZ"))
    }

    @Test func equalClaimsEncodeToThePublishedBytes() {
        #expect(text(Vector.claims.encoded()) == text(Vector.payload))
    }

    @Test func aTemplateSaysWhatItsClaimsSayOnEveryOccasion() throws {
        let signer = try EnvelopeSigner(key: Gateway.key, kid: Gateway.keyID)
        for model in [Vector.claims] + Self.variations {
            let template = try EnvelopeTemplate(model)
            for later in [0, 1, 86_400] as [Int64] {
                var claims = model
                claims.issuedAt = model.issuedAt + later
                claims.expiresAt = model.expiresAt + later
                claims.tokenID = ByteString("jti-\(later)")
                claims.transactionID = ByteString("txn-\(later)")
                claims.traceID = ByteString(String(repeating: "\(later % 9 + 1)", count: 32))
                claims.request =
                    later == 0 ? nil : RequestContext(method: "tools/call", name: ByteString("a \"name\" \(later)"))
                #expect(template.claims(claims.occasion) == claims)
                let minted = try Envelope.mint(template, claims.occasion, by: signer)
                let payload = try Base64URL.decode(minted.bytes.split(separator: UInt8(ascii: "."))[1])
                #expect(text(payload) == text(claims.encoded()))
                #expect(minted.tokenID == claims.tokenID)
            }
        }
    }

    @Test func aTemplateIsForNoOccasionThatIsNone() throws {
        let signer = try EnvelopeSigner(key: Gateway.key, kid: Gateway.keyID)
        let template = try EnvelopeTemplate(Vector.claims)
        var claims = Vector.claims
        claims.expiresAt = claims.issuedAt
        #expect(throws: EnvelopeRefusal.malformedClaim(.expiresAt)) {
            try Envelope.mint(template, claims.occasion, by: signer)
        }
        claims = Vector.claims
        claims.tokenID = "no id"
        #expect(throws: EnvelopeRefusal.malformedClaim(.tokenID)) {
            try Envelope.mint(template, claims.occasion, by: signer)
        }
        claims.principal.tenant = "a|b"
        #expect(throws: EnvelopeRefusal.malformedClaim(.actorTenant)) { try EnvelopeTemplate(claims) }
    }

    @Test func whatIsMintedVerifiesToTheSameClaims() throws {
        let envelope = try Envelope.mint(Vector.claims, key: Gateway.key, kid: Gateway.keyID)
        #expect(envelope.tokenID == Vector.claims.tokenID)
        let verified = try verify(envelope.bytes)
        #expect(verified.claims == Vector.claims)
        #expect(verified.signature == ByteString(envelope.signature))
        let header = try Base64URL.decode(envelope.bytes.split(separator: UInt8(ascii: "."))[0])
        #expect(text(header) == Gateway.header)
    }

    static let variations: [EnvelopeClaims] = {
        var service = Vector.claims
        service.principal.kind = .service
        service.subjectProfile = .agent
        service.actors = .none
        service.request = nil

        var anonymous = Vector.claims
        anonymous.principal.kind = .anonymous
        anonymous.subjectProfile = .anonymous
        anonymous.scopes = []
        anonymous.actors = .none
        anonymous.confidence = .estimated([.actorSubject, .agentID])
        anonymous.delegation = Delegation([])
        anonymous.request = RequestContext(method: nil, name: "only a name")

        var chained = Vector.claims
        chained.actors = ActorChain(
            ["agent_456", "agent_2", "agent_1", "agent_456"].map { .init(subject: $0, issuer: "https://a") })

        var mixed = Vector.claims
        mixed.delegation = Delegation([
            .init(service: "z", mode: .serviceIdentity), .init(service: "a", mode: .restrictedUser),
        ])
        mixed.request = RequestContext(method: "ping", name: nil)

        var awkward = Vector.claims
        awkward.principal.subject = "o'brien \"q\" \\ café 世界 \u{202E}|"
        return [service, anonymous, chained, mixed, awkward]
    }()

    @Test(arguments: variations)
    func everyKindOfClaimSurvivesTheWire(claims: EnvelopeClaims) throws {
        let envelope = try Envelope.mint(claims, key: Gateway.key, kid: Gateway.keyID)
        #expect(try verify(envelope.bytes).claims == claims)
    }

    @Test func modeNamesTheFirstPresentAndModesSayTheRest() {
        let delegation = Delegation([
            .init(service: "b", mode: .serviceIdentity), .init(service: "a", mode: .restrictedUser),
        ])
        #expect(delegation.mode == .restrictedUser)
        #expect(delegation.mode(for: "b") == .serviceIdentity)
        #expect(delegation.mode(for: "c") == nil)
        var claims = Vector.claims
        claims.delegation = delegation
        #expect(
            text(claims.encoded()).contains(
                #""delegation":{"mode":"restricted_user","allowed":["a","b"],"modes":{"a":"restricted_user","b":"service_identity"}}"#
            ))
    }

    @Test func anEnvelopeThatIsTooLargeLosesItsRequestContextAndNothingElse() throws {
        var claims = Vector.claims
        claims.request = RequestContext(method: "tools/call", name: ByteString([UInt8](repeating: 0x61, count: 2048)))
        let verified = try verify(Envelope.mint(claims, key: Gateway.key, kid: Gateway.keyID).bytes)
        claims.request = nil
        #expect(verified.claims == claims)
    }

    @Test func anEnvelopeThatIsTooLargeEvenSoIsNotMinted() {
        var claims = Vector.claims
        claims.scopes = (0..<60).map { ByteString("scope-number-\($0 + 10)") }
        claims.delegation = Delegation(
            (0..<30).map { .init(service: ByteString("service-numb-\($0 + 10)"), mode: .onBehalfOf) })
        claims.principal.subject = ByteString([UInt8](repeating: 0x22, count: 255))
        #expect { try Envelope.mint(claims, key: Gateway.key, kid: Gateway.keyID) } throws: {
            if case .tooLarge(let bytes)? = $0 as? EnvelopeRefusal { bytes > 4096 } else { false }
        }
    }

    @Test func aKeyIDIsTheBeginningOfTheThumbprint() {
        #expect(Vector.keys.keys[0].thumbprint.bytes.starts(with: "oKIywvGUpTVTyxMQ".utf8))
        #expect(Gateway.keyID.count == 16)
    }
}

@Suite("What is not minted")
struct MintingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        let fact: EnvelopeRefusal
        let change: @Sendable (inout EnvelopeClaims) -> Void
        var testDescription: String { what }

        init(_ what: String, _ fact: EnvelopeRefusal, _ change: @escaping @Sendable (inout EnvelopeClaims) -> Void) {
            self.what = what
            self.fact = fact
            self.change = change
        }
    }

    static func long(_ count: Int) -> ByteString { ByteString([UInt8](repeating: 0x61, count: count)) }

    static let cases: [Case] = [
        Case("no lifetime", .malformedClaim(.expiresAt)) { $0.expiresAt = $0.issuedAt },
        Case("before 1970", .malformedClaim(.issuedAt)) { $0.issuedAt = UnixTime(seconds: 0) },
        Case("301 s", .lifetimeTooLong(seconds: 301)) { $0.expiresAt = $0.issuedAt + 301 },
        Case("empty subject", .malformedClaim(.actorSubject)) { $0.principal.subject = "" },
        Case("subject of 256 bytes", .overLimit(.actorSubject)) { $0.principal.subject = long(256) },
        Case("CRLF in subject", .malformedClaim(.actorSubject)) { $0.principal.subject = "a\r\nb" },
        Case("NUL in subject", .malformedClaim(.actorSubject)) { $0.principal.subject = "a\0b" },
        Case("DEL in subject", .malformedClaim(.actorSubject)) { $0.principal.subject = "a\u{7F}" },
        Case("C1 in subject", .malformedClaim(.actorSubject)) { $0.principal.subject = "a\u{85}b" },
        Case("surrogate in subject", .malformedClaim(.actorSubject)) {
            $0.principal.subject = ByteString([0x61, 0xED, 0xA0, 0x80])
        },
        Case("no UTF-8 in subject", .malformedClaim(.actorSubject)) { $0.principal.subject = ByteString([0xFF]) },
        Case("tenant with a bar", .malformedClaim(.actorTenant)) { $0.principal.tenant = "a|b" },
        Case("tenant in capitals", .malformedClaim(.actorTenant)) { $0.principal.tenant = "Acme" },
        Case("tenant with leading hyphen", .malformedClaim(.actorTenant)) { $0.principal.tenant = "-a" },
        Case("tenant of 64 bytes", .malformedClaim(.actorTenant)) { $0.principal.tenant = long(64) },
        Case("control in agent", .malformedClaim(.agentID)) { $0.principal.agentID = "a\n" },
        Case("empty client", .malformedClaim(.clientID)) { $0.principal.clientID = "" },
        Case("another agent in act", .mirrorDisagrees(.actors)) { $0.principal.agentID = "other" },
        Case("five actors", .overLimit(.actors)) {
            $0.actors = ActorChain(Array(repeating: $0.actors.actors[0], count: 5))
        },
        Case("profile of another kind", .mirrorDisagrees(.subjectProfile)) { $0.subjectProfile = .service },
        Case("no session", .malformedClaim(.sessionID)) { $0.sessionID = "" },
        Case("zero trace id", .malformedClaim(.traceID)) {
            $0.traceID = ByteString([UInt8](repeating: 0x30, count: 32))
        },
        Case("trace id in capitals", .malformedClaim(.traceID)) { $0.traceID = "0AF7651916CD43DD8448EB211C80319C" },
        Case("65 scopes", .overLimit(.scopes)) { $0.scopes = (10..<75).map { ByteString("s\($0)") } },
        Case("scopes over 1 KiB", .overLimit(.scopes)) { $0.scopes = [long(512), long(513)] },
        Case("scope with a space", .malformedClaim(.scopes)) { $0.scopes = ["a b"] },
        Case("scope twice", .malformedClaim(.scopes)) { $0.scopes = ["a", "a"] },
        Case("scopes not in order", .malformedClaim(.scopes)) { $0.scopes = ["b", "a"] },
        Case("33 services", .overLimit(.allowed)) {
            $0.delegation = Delegation((10..<43).map { .init(service: ByteString("s\($0)"), mode: .onBehalfOf) })
        },
        Case("services over 512 bytes", .overLimit(.allowed)) {
            $0.delegation = Delegation([.init(service: long(513), mode: .onBehalfOf)])
        },
        Case("service twice", .malformedClaim(.allowed)) {
            $0.delegation = Delegation(Array(repeating: .init(service: "a", mode: .onBehalfOf), count: 2))
        },
        Case("nothing estimated", .malformedClaim(.estimated)) { $0.confidence = .estimated([]) },
        Case("jti with a dot", .malformedClaim(.tokenID)) { $0.tokenID = "a.b" },
        Case("txn of 65 bytes", .malformedClaim(.transaction)) { $0.transactionID = long(65) },
        Case("empty audience", .malformedClaim(.audience)) { $0.audience = "" },
    ]

    @Test(arguments: cases)
    func claimsThatCouldNotVerifyAreNotSigned(row: Case) {
        var claims = Vector.claims
        row.change(&claims)
        #expect(throws: row.fact) { try Envelope.mint(claims, key: Gateway.key, kid: Gateway.keyID) }
    }

    @Test(arguments: ["", "a b", "../../dev/null", "a.b"])
    func aKeyIDThatVerifiersRefuseIsNotUsed(kid: String) {
        #expect(throws: EnvelopeRefusal.malformedKeyID) {
            try Envelope.mint(Vector.claims, key: Gateway.key, kid: ByteString(kid))
        }
    }
}
