import HTTPCodec
import StrictCoding
import TestSupport
import Testing

@testable import Admission

/// The allow-list of fields toward an MCP server.
@Suite struct UpstreamFieldsTests {
    static let table: [(name: String, isAllowed: Bool)] = [
        ("Accept", true), ("ACCEPT", true), ("Accept-Language", true), ("User-Agent", true),
        ("MCP-Protocol-Version", true),
        ("Mcp-Method", true), ("Mcp-Name", true), ("Mcp-Param-Region", true), ("mcp-param-x", true),
        ("Mcp-Param-", true),
        ("Mcp-Param", false), ("Mcp_Param_X", false), ("Mcp-Session-Id", false), ("Mcp_Method", false),
        ("Mcp-Name-2", false),
        ("Accept-Encoding", false), ("Authorization", false), ("Cookie", false), ("Host", false),
        ("Content-Type", false),
        ("Content-Length", false), ("Content-Encoding", false), ("Transfer-Encoding", false), ("Expect", false),
        ("TE", false),
        ("Connection", false), ("Upgrade", false), ("Origin", false), ("Referer", false), ("Forwarded", false),
        ("Via", false),
        ("X-Forwarded-For", false), ("traceparent", false), ("tracestate", false), ("baggage", false), ("Range", false),
        ("If-None-Match", false), ("X-Api-Key", false), ("Txn-Token", false), ("X-Actor-Sub", false),
        ("Sec-Fetch-Site", false),
    ]

    @Test(arguments: table) func onlyNamedFieldsAreCopied(name: String, isAllowed: Bool) throws {
        let fields = try FieldBlock([(name, "x")])
        #expect(ForwardedField.isAllowed(fields, at: 0, hasMessage: true, hasSession: false) == isAllowed)
        #expect(ForwardedField.isAllowed(fields, at: 0, hasMessage: true, hasSession: true) == isAllowed)
    }

    /// They were compared with the message; on a GET or DELETE there is none.
    @Test(arguments: ["Mcp-Method", "Mcp-Name", "Mcp-Param-Region"]) func whatMirrorsAMessageNeedsOne(name: String)
        throws
    {
        let fields = try FieldBlock([(name, "x")])
        #expect(!ForwardedField.isAllowed(fields, at: 0, hasMessage: false, hasSession: true))
    }

    @Test func anEventIDIsCopiedWithinASessionOnly() throws {
        let fields = try FieldBlock([("Last-Event-ID", "7")])
        #expect(!ForwardedField.isAllowed(fields, at: 0, hasMessage: false, hasSession: false))
        #expect(ForwardedField.isAllowed(fields, at: 0, hasMessage: false, hasSession: true))
    }
}
