import Identity
import StrictCoding
import Testing

@Suite("The envelope as people read it")
struct ProjectionTests {
    /// A type of the first sketch's schema (`ExecutionIdentityEnvelopeSchema`).
    indirect enum Shape: Sendable {
        case string
        case number
        case words([ByteString])
        case strings
        case object([(ByteString, Shape)])

        /// Whether a value parses; members that the schema does not name are dropped, as Zod does it.
        func accepts(_ value: JSONValue?) -> Bool {
            guard let value else { return false }
            switch self {
            case .string: return value.kind == .string
            case .number: return value.kind == .number
            case .words(let words): return value.text.map(words.contains) ?? false
            case .strings: return value.elements?.allSatisfy { $0.kind == .string } ?? false
            case .object(let members): return members.allSatisfy { $0.1.accepts(value.member($0.0)) }
            }
        }
    }

    static let schema = Shape.object([
        ("actor", .object([("type", .words(["user", "service"])), ("sub", .string), ("tenant", .string)])),
        ("agent", .object([("type", .words(["mcp_agent"])), ("id", .string), ("client_id", .string)])),
        ("session", .object([("id", .string), ("trace_id", .string)])),
        ("authorization", .object([("scopes", .strings), ("confidence", .words(["verified", "estimated"]))])),
        (
            "delegation",
            .object([
                ("mode", .words(["service_identity", "on_behalf_of", "restricted_user"])),
                ("allowed_downstream_services", .strings),
            ])
        ),
        ("meta", .object([("created_at", .number), ("expires_at", .number), ("signature", .string)])),
    ])

    @Test(arguments: [Vector.claims] + EnvelopeTests.variations.filter { $0.principal.kind != .anonymous })
    func theProjectionParsesWithTheFirstSketchsSchema(claims: EnvelopeClaims) throws {
        let envelope = try verify(Envelope.mint(claims, key: Gateway.key, kid: Gateway.keyID).bytes)
        for json in [Projection.json(of: envelope), Projection.indentedJSON(of: envelope)] {
            #expect(Self.schema.accepts(try JSONDocument(parsing: json, limits: .token).root))
        }
    }

    @Test func theProjectionIsTheContextWithSignatureAndLongName() throws {
        let envelope = try verify(Vector.token, keys: Vector.keys)
        let signature = envelope.signature.string
        let context = text(Vector.document["claims"]!["tctx"]!.source.filter { !" \n".utf8.contains($0) })
        let expected = context.replacing(
            #""allowed":["billing_api","orders_api"]"#,
            with: #""allowed":["billing_api","orders_api"],"allowed_downstream_services":["billing_api","orders_api"]"#
        ).replacing(#""expires_at":1795478700"#, with: #""expires_at":1795478700,"signature":"\#(signature)""#)
        #expect(text(Projection.json(of: envelope)) == expected)
    }

    @Test func theIndentedFormSaysTheSame() throws {
        var claims = Vector.claims
        claims.delegation = Delegation([])
        claims.principal.subject = #"a{"b":[1,2]}\"#
        let envelope = try verify(Envelope.mint(claims, key: Gateway.key, kid: Gateway.keyID).bytes)
        let indented = text(Projection.indentedJSON(of: envelope))
        #expect(indented.hasPrefix("{\n  \"actor\": {\n    \"type\": \"user\",\n"))
        #expect(indented.contains("\"allowed\": [],\n"))
        #expect(indented.contains(#""sub": "a{\"b\":[1,2]}\\","#))
        let lines = indented.split(separator: "\n").map { line in
            line.drop { $0 == " " }.replacing("\": ", with: "\":", maxReplacements: 1)
        }
        #expect(lines.joined() == text(Projection.json(of: envelope)))
    }
}
