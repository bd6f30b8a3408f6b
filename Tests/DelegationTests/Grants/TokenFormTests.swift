import Crypto
import Delegation
import Identity
import Policy
import StrictCoding
import TestSupport
import Testing

/// Whole requests, byte by byte.
@Suite struct TokenFormTests {
    private static let typed = ["content-type: application/x-www-form-urlencoded", "accept: application/json"]

    struct Golden: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let form: TokenForm
        let body: String
        var authorization: String?

        init(_ name: String, _ form: TokenForm, authorization: String? = nil, body: [String]) {
            testDescription = name
            self.form = form
            self.authorization = authorization
            self.body = body.joined(separator: "&")
        }
    }

    private static let post = ClientProof.post(GrantSample.secret("s3cr&t"))

    static let goldens: [Golden] = [
        Golden(
            "own account",
            TokenForm(
                ClientCredentials(
                    client: 0, scopes: ["geo:read", "geo:list"], audience: "geo", resource: "https://geo.example/v1"),
                client: "gateway", proof: post),
            body: [
                "grant_type=client_credentials", "audience=geo", "resource=https%3A%2F%2Fgeo.example%2Fv1",
                "scope=geo%3Aread+geo%3Alist", "client_id=gateway", "client_secret=s3cr%26t",
            ]),
        Golden(
            "own account by HTTP Basic",
            TokenForm(
                ClientCredentials(client: 0, scopes: ["geo:read"]), client: "s6BhdRkqt3",
                proof: .basic(GrantSample.secret("gX1fBat3bV"))),
            authorization: "authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW",
            body: ["grant_type=client_credentials", "scope=geo%3Aread"]),
        Golden(
            "exchange of the original token",
            TokenForm(
                GrantSample.exchange(resource: "https://orders.example"), subject: GrantSample.secret("aaa.bbb.ccc"),
                actor: nil,
                client: "gateway", proof: post),
            body: [
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange", "subject_token=aaa.bbb.ccc",
                "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
                "requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token", "audience=orders-api",
                "resource=https%3A%2F%2Forders.example", "scope=orders%3Aread+orders%3Awrite", "client_id=gateway",
                "client_secret=s3cr%26t",
            ]),
        Golden(
            "exchange of an assertion, with an actor",
            TokenForm(
                GrantSample.exchange(scopes: ["orders:read"], subject: .assertion, actor: .client),
                subject: GrantSample.secret("s.s.s"), actor: GrantSample.secret("a.a.a"), client: "gateway",
                proof: .assertion(GrantSample.secret("c.c.c"))),
            body: [
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange", "subject_token=s.s.s",
                "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt", "actor_token=a.a.a",
                "actor_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt",
                "requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token", "audience=orders-api",
                "scope=orders%3Aread", "client_id=gateway",
                "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer",
                "client_assertion=c.c.c",
            ]),
        Golden(
            "Entra on behalf of",
            TokenForm(
                GrantSample.exchange(
                    flavor: .entraOBO, audience: "https://graph.microsoft.com",
                    scopes: ["https://graph.microsoft.com/user.read", "offline_access"], actor: .client),
                subject: GrantSample.secret("eyJ.eyJ.TPP"), actor: nil, client: "2846f71b-a7a4-4987-bab3-760035b2f389",
                proof: .post(GrantSample.secret("BYyVnAt56JpLwUcyo47XODd"))),
            body: [
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer", "assertion=eyJ.eyJ.TPP",
                "requested_token_use=on_behalf_of",
                "scope=https%3A%2F%2Fgraph.microsoft.com%2Fuser.read+offline_access",
                "client_id=2846f71b-a7a4-4987-bab3-760035b2f389", "client_secret=BYyVnAt56JpLwUcyo47XODd",
            ]),
        Golden(
            // RFC 7662, section 2.1.
            "introspection",
            TokenForm(
                introspecting: GrantSample.secret("mF_9.B5f-4.1JqM"), client: "s6BhdRkqt3",
                proof: .basic(GrantSample.secret("gX1fBat3bV"))),
            authorization: "authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW",
            body: ["token=mF_9.B5f-4.1JqM", "token_type_hint=access_token"]),
    ]

    @Test(arguments: goldens) func aRequestIsExactly(_ golden: Golden) {
        #expect(golden.form.body.text == golden.body)
        #expect(golden.form.fields.lines == Self.typed + [golden.authorization].compactMap(\.self))
    }

    /// The request of RFC 8693, section 2.3, is contained in ours, which says more.
    @Test func theExampleOfTheRFCIsContained() {
        let form = TokenForm(
            GrantSample.exchange(audience: nil, resource: "https://backend.example.com/api", scopes: ["read"]),
            subject: GrantSample.secret("accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC"), actor: nil, client: "rs08",
            proof: .basic(GrantSample.secret("long-secure-random-secret")))
        let sent = Set(form.body.text.split(separator: "&").map(String.init))
        let example: Set<String> = [
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange",
            "resource=https%3A%2F%2Fbackend.example.com%2Fapi",
            "subject_token=accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC",
            "subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
        ]
        #expect(example.isSubset(of: sent))
        #expect(
            form.fields.lines.last == "authorization: Basic cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0")
    }

    @Test(arguments: [
        (GrantSample.exchange(actor: .client), true),
        (GrantSample.exchange(actor: .none), false),
        (GrantSample.exchange(actor: .client, mode: .restrictedUser), false),
        (GrantSample.exchange(actor: .client, chain: []), false),
        (GrantSample.exchange(flavor: .entraOBO, actor: .client), false),
    ])
    func onlyDelegationNamesAnActor(grant: ExchangeGrant, names: Bool) {
        #expect(grant.namesActor == names)
    }

    @Test func nothingThatIsDescribedShowsASecret() {
        let canary = "canary-7f3a"
        let form = TokenForm(
            GrantSample.exchange(), subject: GrantSample.secret(canary), actor: nil, client: "gateway",
            proof: .basic(GrantSample.secret(canary)))
        var body = FormBody()
        body.append("token", GrantSample.secret(canary))
        let proofs: [ClientProof] = [
            .basic(GrantSample.secret(canary)), .post(GrantSample.secret(canary)),
            .assertion(GrantSample.secret(canary)),
        ]
        for value in [form, body, proofs, GrantSample.answer(canary)] as [Any] {
            var dumped = ""
            dump(value, to: &dumped)
            for text in [String(describing: value), String(reflecting: value), "\(value)", dumped] {
                #expect(!text.contains(canary), "\(text)")
                #expect(!text.contains("99, 97, 110, 97, 114, 121"), "\(text)")
            }
        }
    }
}
