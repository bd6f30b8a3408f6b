import Delegation
import Identity
import Policy
import StrictCoding
import Testing

@Suite("Which requests share a credential")
struct CredentialKeyTests {
    /// Everything that goes into a key, as a test changes it.
    struct Parts: Sendable {
        var client = ClientRegistration(
            name: "gw", issuer: 0, clientID: "gateway", authentication: .secretBasic(secret))
        var flavor = TokenExchange.Flavor.rfc8693
        var subjectKind = TokenExchange.Subject.originalToken
        var actor = TokenExchange.Actor.none
        var requireAct = false
        var verification = TokenExchange.Verification.token
        var audience: ByteString? = "billing"
        var resource: ByteString?
        var scopes: [ByteString] = ["a", "b"]
        var mode = DelegationMode.onBehalfOf
        var principal = Principal(
            issuer: "https://idp.example", tenant: "acme", subject: "caf\u{E9}", kind: .user, clientID: "webapp",
            agentID: "agent")
        var actors = ActorChain([
            ActorChain.Actor(subject: "outer", issuer: "i"), ActorChain.Actor(subject: "inner", issuer: "i"),
        ])
        var tokenDigest: [UInt8] = [1, 2]
        var policyDigest: ByteString = "sha256:1"
        var transaction: ByteString = "t"
        static let secret = SecretReference(source: .environment, name: "S")

        init() {}

        init(_ change: (inout Parts) -> Void) { change(&self) }

        var exchange: CredentialKey {
            let settings = TokenExchange(
                client: 0, flavor: flavor, audience: audience, resource: resource, scopes: ["unused"],
                subject: subjectKind, actor: actor, requireAct: requireAct, verification: verification)
            let grant = ExchangeGrant(
                settings: settings, mode: mode, scopes: scopes, principal: principal, actors: actors,
                subjectToken: nil, transaction: transaction)
            return .exchange(grant, client: client, tokenDigest: tokenDigest, policyDigest: policyDigest)
        }

        var clientCredentials: CredentialKey {
            .clientCredentials(
                ClientCredentials(client: 0, scopes: scopes, audience: audience, resource: resource), client: client,
                policyDigest: policyDigest)
        }
    }

    private static func client(
        name: ByteString = "gw", issuer: Int = 0, id: ByteString = "gateway", endpoint: ByteString? = nil
    ) throws -> ClientRegistration {
        ClientRegistration(
            name: name, issuer: issuer, clientID: id, authentication: .secretBasic(Parts.secret),
            tokenEndpoint: try endpoint.map { try HTTPURL(parsing: $0) })
    }

    @Test func everyPartOfAnExchangeMakesAnotherKey() throws {
        let other = try [
            Self.client(name: "gx"), Self.client(issuer: 1), Self.client(id: "gatewax"),
            Self.client(endpoint: "http://127.0.0.1:1/a"), Self.client(endpoint: "http://127.0.0.1:1/b"),
        ].map { client in Parts { $0.client = client } }
        let changed: [Parts] = [
            Parts(),
            Parts { $0.flavor = .entraOBO },
            Parts { $0.subjectKind = .assertion },
            Parts { $0.actor = .client },
            Parts { $0.requireAct = true },
            Parts { $0.verification = .introspection },
            Parts { $0.verification = .fixedAudience },
            Parts { $0.audience = "orders" },
            Parts { $0.audience = nil },
            Parts { $0.audience = "" },
            Parts { $0.resource = "billing" },
            Parts {
                $0.audience = nil
                $0.resource = "billing"
            },
            Parts { $0.scopes = ["a"] },
            Parts { $0.scopes = ["a", "b", "c"] },
            Parts { $0.scopes = ["a b"] },
            Parts { $0.scopes = ["ab"] },
            Parts { $0.mode = .restrictedUser },
            Parts { $0.mode = .serviceIdentity },
            Parts { $0.principal.issuer = "https://idp.example/" },
            Parts { $0.principal.tenant = "evil" },
            Parts { $0.principal.subject = "cafe\u{301}" },
            Parts { $0.principal.subject = "cafe" },
            Parts { $0.principal.kind = .service },
            Parts { $0.principal.clientID = "other" },
            Parts { $0.principal.agentID = "other" },
            // The same bytes, divided otherwise.
            Parts {
                $0.principal.tenant = "acmecaf"
                $0.principal.subject = "\u{E9}"
            },
            Parts { $0.actors = .none },
            Parts { $0.actors = ActorChain(Array($0.actors.actors.reversed())) },
            Parts { $0.actors = ActorChain(Array($0.actors.actors.prefix(1))) },
            Parts { $0.actors = $0.actors.map { ActorChain.Actor(subject: $0.subject, issuer: "j") } },
            Parts { $0.actors = $0.actors.map { ActorChain.Actor(subject: $0.issuer, issuer: $0.subject) } },
            Parts { $0.tokenDigest = [1, 3] },
            Parts { $0.policyDigest = "sha256:2" },
        ]
        let keys = (changed + other).map(\.exchange)
        #expect(Set(keys).count == keys.count)
    }

    @Test func everyPartOfClientCredentialsMakesAnotherKey() throws {
        let clients = try [Self.client(name: "gx"), Self.client(issuer: 1), Self.client(id: "gatewax")]
        let changed =
            [
                Parts(), Parts { $0.audience = nil }, Parts { $0.audience = "orders" },
                Parts { $0.resource = "billing" }, Parts { $0.scopes = ["a"] }, Parts { $0.scopes = ["a b"] },
                Parts { $0.policyDigest = "sha256:2" },
            ] + clients.map { client in Parts { $0.client = client } }
        let keys = changed.map(\.clientCredentials) + changed.map(\.exchange)
        #expect(Set(changed.map(\.clientCredentials)).count == changed.count)
        #expect(Set(keys).count == keys.count, "none is shared with an exchange")
    }

    @Test func theOrderOfScopesAndTheCallMakeNoOther() {
        #expect(Parts { $0.scopes = ["b", "a"] }.exchange == Parts().exchange)
        #expect(Parts { $0.transaction = "another" }.exchange == Parts().exchange)
        #expect(Parts { $0.scopes = ["b", "a"] }.clientCredentials == Parts().clientCredentials)
        #expect(Parts { $0.principal.subject = "bob" }.clientCredentials == Parts().clientCredentials)
    }

    @Test func theGatewaysOwnKeyIsTheSameForEverybody() {
        let everybodys = Set(["alice", "bob"].map { name in Parts { $0.principal.subject = name }.clientCredentials })
        #expect(everybodys.count == 1)
    }
}

extension ActorChain {
    fileprivate func map(_ change: (Actor) -> Actor) -> ActorChain { ActorChain(actors.map(change)) }
}
