import MCP
import StrictCoding
import Testing

@Suite("Header and body say the same")
struct AgreementTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        let body: String
        let fields: Fields
        /// Nil: accepted in this era.
        let fact: MessageRefusal.Fact?
        var era: Era = .modern
        var testDescription: String { what }
    }

    static let legacyBody = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}"#
    static let initialize = #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#

    static func claiming(_ version: String) -> String { modernCall("t").replacing("2026-07-28", with: version) }

    static let eras: [Case] = [
        Case(what: "no header, plain body", body: legacyBody, fields: .none, fact: nil, era: .legacy),
        Case(what: "2024-11-05", body: legacyBody, fields: .legacy("2024-11-05"), fact: nil, era: .legacy),
        Case(what: "2025-03-26", body: legacyBody, fields: .legacy("2025-03-26"), fact: nil, era: .legacy),
        Case(what: "2025-11-25", body: legacyBody, fields: .legacy("2025-11-25"), fact: nil, era: .legacy),
        Case(what: "initialize", body: initialize, fields: .none, fact: nil, era: .legacy),
        Case(what: "modern", body: modernCall("t"), fields: .modern("tools/call", "t"), fact: nil),
        Case(what: "modern header alone", body: legacyBody, fields: .modern("tools/call", "t"), fact: .eraMismatch),
        Case(what: "later header alone", body: legacyBody, fields: .legacy("2027-01-01"), fact: .eraMismatch),
        Case(what: "modern body alone", body: modernCall("t"), fields: .none, fact: .missingField(.protocolVersion)),
        Case(
            what: "modern body, legacy header", body: modernCall("t"), fields: .legacy("2025-11-25"),
            fact: .fieldMismatch(.protocolVersion)),
        Case(
            what: "legacy version in modern clothes", body: claiming("2025-11-25"), fields: .legacy("2025-11-25"),
            fact: .eraMismatch),
        Case(
            what: "modern initialize", body: modernCall("t", method: "initialize"),
            fields: .modern("initialize"), fact: .eraMismatch),
        Case(
            what: "initialize under a modern header", body: initialize, fields: .modern("initialize"),
            fact: .eraMismatch),
        Case(
            what: "unknown version", body: claiming("1900-01-01"), fields: .legacy("1900-01-01"),
            fact: .unsupportedVersion("1900-01-01")),
        Case(
            what: "later version", body: claiming("2099-12-31"), fields: .legacy("2099-12-31"),
            fact: .unsupportedVersion("2099-12-31")),
        Case(what: "no revision", body: legacyBody, fields: .legacy("2025-01-01"), fact: .unknownLegacyVersion),
        Case(what: "no date", body: legacyBody, fields: .legacy("draft"), fact: .unknownLegacyVersion),
        Case(what: "a date too long", body: legacyBody, fields: .legacy("2026-07-281"), fact: .unknownLegacyVersion),
        Case(what: "empty header", body: legacyBody, fields: .legacy(""), fact: .unknownLegacyVersion),
        Case(
            what: "two headers", body: legacyBody, fields: Fields(version: ["2025-11-25", "2025-11-25"]),
            fact: .duplicateField(.protocolVersion)),
        Case(
            what: "a response under a modern header", body: #"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            fields: .legacy("2026-07-28"), fact: .eraMismatch),
        Case(
            what: "a notification under a modern header",
            body: #"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#,
            fields: .legacy("2026-07-28"), fact: .eraMismatch),
        Case(
            what: "a modern notification",
            body:
                #"{"jsonrpc":"2.0","method":"notifications/x","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
            fields: .legacy("2026-07-28"), fact: nil),
        Case(
            what: "version as a number", body: claiming("x").replacing("\"x\"", with: "1"), fields: .legacy("1"),
            fact: .missingMetadata("`io.modelcontextprotocol/protocolVersion` must be a string")),
        Case(
            what: "no client capabilities",
            body: modernCall("t").replacing(#","io.modelcontextprotocol/clientCapabilities":{}"#, with: ""),
            fields: .modern("tools/call", "t"),
            fact: .missingMetadata("`io.modelcontextprotocol/clientCapabilities` must be an object")),
    ]

    static let mirrors: [Case] = [
        Case(
            what: "no Mcp-Method", body: modernCall("t"), fields: Fields(version: ["2026-07-28"], name: ["t"]),
            fact: .missingField(.method)),
        Case(
            what: "another Mcp-Method", body: modernCall("t"), fields: .modern("tools/list", "t"),
            fact: .fieldMismatch(.method)),
        Case(
            what: "Mcp-Method in capitals", body: modernCall("t"), fields: .modern("Tools/Call", "t"),
            fact: .fieldMismatch(.method)),
        Case(
            what: "Mcp-Method as a sentinel", body: modernCall("t"),
            fields: .modern("=?base64?dG9vbHMvY2FsbA==?=", "t"), fact: .fieldMismatch(.method)),
        Case(
            what: "two Mcp-Method", body: modernCall("t"),
            fields: Fields(version: ["2026-07-28"], method: ["tools/call", "tools/call"], name: ["t"]),
            fact: .duplicateField(.method)),
        Case(what: "no Mcp-Name", body: modernCall("t"), fields: .modern("tools/call"), fact: .missingField(.name)),
        Case(
            what: "safe outside, dangerous inside", body: modernCall("dangerous"),
            fields: .modern("tools/call", "safe"),
            fact: .fieldMismatch(.name)),
        Case(
            what: "two Mcp-Name", body: modernCall("t"),
            fields: Fields(version: ["2026-07-28"], method: ["tools/call"], name: ["t", "t"]),
            fact: .duplicateField(.name)),
        Case(
            what: "a resource by its URI", body: modernCall("file:///a", method: "resources/read", member: "uri"),
            fields: .modern("resources/read", "file:///a"), fact: nil),
        Case(
            what: "a prompt", body: modernCall("p", method: "prompts/get"), fields: .modern("prompts/get", "p"),
            fact: nil),
        Case(
            what: "Mcp-Name of an extension", body: modernCall("x", method: "tasks/get", member: "taskId"),
            fields: .modern("tasks/get", "another"), fact: nil),
        Case(
            what: "no Mcp-Name where none belongs", body: modernCall("x", method: "tools/list", member: "cursor"),
            fields: .modern("tools/list"), fact: nil),
        Case(
            what: "legacy may mirror", body: legacyBody, fields: Fields(method: ["tools/call"], name: ["t"]), fact: nil,
            era: .legacy),
        Case(
            what: "legacy may not lie about the method", body: legacyBody, fields: Fields(method: ["tools/list"]),
            fact: .fieldMismatch(.method)),
        Case(
            what: "legacy may not lie about the name", body: legacyBody, fields: Fields(name: ["u"]),
            fact: .fieldMismatch(.name)),
        Case(
            what: "a response has no method to mirror", body: #"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            fields: Fields(method: ["tools/call"]), fact: .fieldMismatch(.method)),
    ]

    @Test(arguments: eras + mirrors)
    func aRequestIsReadInOneEraOnly(row: Case) {
        do {
            let message = try inspect(row.body, row.fields)
            #expect(row.fact == nil)
            #expect(message.era == row.era)
        } catch {
            #expect(error.fact == row.fact)
        }
    }

    @Test(arguments: [
        ("get_weather", "get_weather", true),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?=", true),
        (" padded ", "=?base64?IHBhZGRlZCA=?=", true),
        (#"line1\nline2"#, "=?base64?bGluZTEKbGluZTI=?=", true),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=", true),
        ("t", "=?base64?dA==?=", true),
        ("", "=?base64??=", true),
        ("t", "=?base64?dB==?=", false),  // unused bits are not zero
        ("t", "=?base64?dA=?=", false),  // one padding character is missing
        ("t", "=?base64?dA?=", false),
        ("t", "=?base64?dA== ?=", false),
        ("t", "=?base64?====?=", false),
        ("t", "=?base64?=", false),  // the markers overlap
        ("t", "=?BASE64?dA==?=", false),  // markers are case-sensitive, so this is a plain text
        ("ÿ", "=?base64?w78_?=", false),  // the URL-safe alphabet
        ("世界", "世界", false),  // not ASCII
    ])
    func mcpNameHasOneSpelling(name: String, field: String, agrees: Bool) {
        let refused = refusal(of: modernCall(name), .modern("tools/call", field))
        #expect((refused == nil) == agrees)
        if let refused { #expect([.malformedField(.name), .fieldMismatch(.name)].contains(refused.fact)) }
    }
}
