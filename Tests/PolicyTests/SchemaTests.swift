import StrictCoding
import Testing

@testable import Policy

/// `policies/bulla.schema.json` tells editors what the loader accepts; the two must not drift apart.
@Suite struct SchemaTests {
    private let root: JSONValue

    init() throws {
        root = try JSONDocument(parsing: try TestFiles.policy("bulla.schema.json"), limits: .document).root
    }

    @Test(arguments: PolicyKeys.all.map(\.path))
    func everyMappingHasTheKeysOfTheLoader(path: String) throws {
        let table = try #require(PolicyKeys.all.first { $0.path == path })
        let mapping = try #require(mappings()[path])
        let properties = try #require(mapping.member("properties")?.members)
        #expect(properties.map(\.name).sorted() == table.names.sorted())
        #expect(mapping.member("additionalProperties")?.bool == false)

        var required: [ByteString] = []
        var alternatives: [[ByteString]] = []
        for key in table.keys {
            switch key.standing {
            case .required: required.append(ByteString(key.name))
            case .requiredUnless(let other): alternatives = [[ByteString(key.name)], [ByteString(other)]]
            case .optional, .unbuilt: break
            }
        }
        #expect((texts(mapping.member("required")) ?? []).sorted() == required.sorted())
        if !alternatives.isEmpty {
            let written = mapping.member("oneOf")?.elements?.compactMap { texts($0.member("required")) }
            #expect(written == alternatives)
        }
    }

    @Test func theSchemaDescribesNoMappingThatTheLoaderDoesNotKnow() {
        let known = Set(PolicyKeys.all.map(\.path))
        #expect(Set(mappings().keys).subtracting(known) == [])
    }

    @Test(arguments: PolicyKeys.all.map(\.path))
    func everyKeyIsDescribedAndTheUnbuiltOnesCannotBeUsed(path: String) throws {
        let table = try #require(PolicyKeys.all.first { $0.path == path })
        for key in table.keys {
            let property = try #require(mappings()[path]?.member("properties")?.member(ByteString(key.name)))
            let description = property.member("description")?.text?.string ?? ""
            #expect(!description.isEmpty, "\(path).\(key.name)")
            if case .unbuilt = key.standing {
                #expect(property.member("not")?.members?.isEmpty == true, "\(path).\(key.name)")
                #expect(description.hasSuffix("Not built yet."), "\(path).\(key.name)")
            } else {
                #expect(property.member("not")?.members?.isEmpty != true, "\(path).\(key.name)")
            }
        }
    }

    @Test(arguments: LimitKey.all.map(\.name))
    func everyLimitHasTheDefaultOfTheLoader(name: String) throws {
        let key = try #require(LimitKey.all.first { $0.name == name })
        let property = try #require(mappings()["gateway.limits"]?.member("properties")?.member(ByteString(name)))
        let value = Limits()[keyPath: key.limit]
        #expect(key.range.contains(value))
        switch key.kind {
        case .count:
            #expect(property.member("default")?.integer == Int64(value))
        case .bytes, .seconds:
            let text = try #require(property.member("default")?.text)
            #expect(Amount.parse(text, as: key.kind) == value)
        }
    }

    @Test(arguments: GatewayReader.auditAmounts.map(\.name))
    func everyAmountOfTheAuditLogHasTheDefaultOfTheLoader(name: String) throws {
        let key = try #require(GatewayReader.auditAmounts.first { $0.name == name })
        let property = try #require(mappings()["gateway.audit"]?.member("properties")?.member(ByteString(name)))
        let value = AuditSettings()[keyPath: key.setting]
        #expect(key.range.contains(value))
        if case .count = key.kind {
            #expect(property.member("default")?.integer == Int64(value))
        } else {
            #expect(property.member("default")?.text.flatMap { Amount.parse($0, as: key.kind) } == value)
        }
    }

    @Test func everyClosedListOfWordsIsTheLoaders() throws {
        let lists: [(path: String, key: String, words: [String])] = [
            ("gateway", "tls", PolicyWords.tls.builtNames),
            ("gateway.tls", "client_certificates", PolicyWords.clientCertificates.builtNames),
            ("gateway.audit", "ingress", PolicyWords.auditIngress.builtNames),
            ("gateway.audit", "mode", PolicyWords.auditMode.builtNames),
            ("issuers.*", "profile", PolicyWords.profile.builtNames),
            ("servers.*", "upstream_auth", PolicyWords.upstreamAuth.builtNames),
            ("servers.*", "audit_headers", PolicyWords.auditHeaders.builtNames),
            ("servers.*", "deny_as", PolicyWords.denyAs.builtNames),
            ("servers.*.tools.*.arguments.*", "from", PolicyWords.argumentSource.builtNames),
            ("servers.*.tools.*.arguments.*", "mode", PolicyWords.argumentMode.builtNames),
            ("servers.*", "presenter", PolicyWords.presenter.builtNames),
            ("clients.*", "auth", PolicyWords.clientAuthentication.builtNames),
            ("services.*", "mode", PolicyWords.serviceMode.builtNames),
            ("services.*", "identity", PolicyWords.identity.builtNames),
            ("services.*.exchange", "flavor", PolicyWords.exchangeFlavor.builtNames),
            ("services.*.exchange", "subject", PolicyWords.exchangeSubject.builtNames),
            ("services.*.exchange", "actor", PolicyWords.exchangeActor.builtNames),
            ("services.*.exchange", "verify", PolicyWords.verification.builtNames),
        ]
        for list in lists {
            let property = mappings()[list.path]?.member("properties")?.member(ByteString(list.key))
            let words = try #require(enumeration(property), "\(list.path).\(list.key)")
            #expect(words.map(\.string) == list.words, "\(list.path).\(list.key)")
        }
        let algorithms = mappings()["issuers.*"]?.member("properties")?.member("algorithms")?.member("items")
        #expect(enumeration(algorithms)?.map(\.string) == PolicyWords.algorithm.builtNames)
        let outlets = mappings()["gateway.audit"]?.member("properties")?.member("checkpoints")?.member("items")
        #expect(enumeration(outlets)?.map(\.string) == PolicyWords.auditCheckpoints.builtNames)
        let methods = mappings()["services.*.allow.*"]?.member("properties")?.member("methods")?.member("items")
        #expect(enumeration(methods)?.map(\.string) == PolicyWords.httpMethod.builtNames)
    }

    /// Every mapping with fixed keys, by its path in a policy.
    private func mappings() -> [String: JSONValue] {
        var found: [String: JSONValue] = [:]
        collect(root, at: "", into: &found)
        return found
    }

    private func collect(_ schema: JSONValue, at path: String, into found: inout [String: JSONValue]) {
        let schema = resolved(schema)
        for alternative in schema.member("oneOf")?.elements ?? [] { collect(alternative, at: path, into: &found) }
        let prefix = path.isEmpty ? "" : path + "."
        if let properties = schema.member("properties")?.members {
            found[path] = schema
            for property in properties { collect(property.value, at: prefix + property.name.string, into: &found) }
        }
        if let elements = schema.member("items") { collect(elements, at: prefix + "*", into: &found) }
        if let entries = schema.member("additionalProperties"), entries.kind == .object {
            // Rules of prompts and resources have the keys of tools' rules.
            let name = path == "servers.*.prompts" || path == "servers.*.resources" ? "servers.*.tools" : path
            collect(entries, at: name + ".*", into: &found)
        }
    }

    /// The schema behind a `$ref`, which here only points into `$defs`.
    private func resolved(_ schema: JSONValue) -> JSONValue {
        guard let reference = schema.member("$ref")?.text?.string,
            let name = reference.split(separator: "/").last,
            let target = root.member("$defs")?.member(ByteString(String(name)))
        else { return schema }
        return target
    }

    private func enumeration(_ property: JSONValue?) -> [ByteString]? {
        guard let property else { return nil }
        if let words = texts(property.member("enum")) { return words }
        return property.member("oneOf")?.elements?.compactMap { texts($0.member("enum")) }.first
    }

    private func texts(_ list: JSONValue?) -> [ByteString]? {
        list?.elements.map { $0.compactMap(\.text) }
    }
}
