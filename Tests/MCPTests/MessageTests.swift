import MCP
import StrictCoding
import Testing

@Suite("What a message asks")
struct MessageTests {
    @Test func aLegacyToolCallNamesItsToolAndArguments() throws {
        let message = try inspect(
            #"{"jsonrpc":"2.0","id":"a-1","method":"tools/call","params":{"name":"get_order_status","arguments":{"user_id":"u1","n":2}}}"#,
            .legacy("2025-06-18"))
        #expect(message.era == .legacy)
        #expect(message.method == ByteString("tools/call"))
        #expect(message.name == ByteString("get_order_status"))
        #expect(message.argument("user_id")?.text == ByteString("u1"))
        #expect(message.argument("n")?.integer == 2)
        #expect(message.argument("USER_ID") == nil)
        #expect(message.requestID.map { text($0) } == #""a-1""#)
    }

    @Test func aModernToolCallIsModern() throws {
        let message = try inspect(modernCall("get_order_status"), .modern("tools/call", "get_order_status"))
        #expect(message.era == .modern)
        #expect(message.requestID.map { text($0) } == "1")
    }

    @Test(arguments: [
        ("tools/call", "name"), ("prompts/get", "name"), ("resources/read", "uri"), ("resources/subscribe", "uri"),
        ("resources/unsubscribe", "uri"),
    ])
    func theSubjectIsWhatTheMethodIsAbout(method: String, member: String) throws {
        let message = try inspect(
            #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"\#(member)":"x:y"}}"#)
        #expect(message.name == ByteString("x:y"))
    }

    @Test(arguments: ["initialize", "ping", "tools/list", "completion/complete", "made/up"])
    func otherMethodsHaveNoSubject(method: String) throws {
        let message = try inspect(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{"name":"x","uri":"y"}}"#)
        #expect(message.name == nil)
        #expect(message.method == ByteString(method))
    }

    @Test func aNotificationHasNoIDToAnswer() throws {
        let message = try inspect(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        guard case .notification = message.kind else { return #expect(Bool(false)) }
        #expect(message.requestID == nil)
    }

    @Test(arguments: [#""result":{"action":"accept"}"#, #""error":{"code":1,"message":"no"}"#])
    func anAnswerToTheServerHasNoMethod(answer: String) throws {
        let message = try inspect(#"{"jsonrpc":"2.0","id":7,\#(answer)}"#)
        guard case .response(let id) = message.kind else { return #expect(Bool(false)) }
        #expect(text(id) == "7")
        #expect(message.method == nil)
        #expect(message.era == .legacy)
    }

    @Test func namesAreReadAfterUnescaping() throws {
        let message = try inspect(
            #"{"jsonrpc":"2.0","id":1,"m\u0065thod":"tools\/call","params":{"\u006eame":"caf\u00e9"}}"#)
        #expect(message.method == ByteString("tools/call"))
        #expect(message.name == ByteString("café"))
    }

    @Test func namesAreComparedAsBytesNotAsUnicode() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        let sentinel = Fields.modern("tools/call", "=?base64?Y2Fmw6k=?=")
        #expect(try inspect(modernCall(composed), sentinel).name == ByteString(composed))
        #expect(refusal(of: modernCall(decomposed), sentinel)?.fact == .fieldMismatch(.name))
    }

    @Test(arguments: [
        ("user_id", #"{"user_id":"u1","USER_ID":"u2"}"#, true),
        ("user_id", #"{"u\u017fer_id":"u2"}"#, true),
        ("key", #"{"\u212Aey":"u2"}"#, true),
        ("user_id", #"{"user_id":"u1","userid":"u2"}"#, true),
        ("user_id", #"{"user_id":"u1","userId":"u2"}"#, true),
        ("user_id", #"{"user_id":"u1","user-ID ":"u2"}"#, true),
        ("user_id", #"{"user_id":"u1","user_id\u0000x":"u2"}"#, true),
        ("user_id", #"{"user_id":"u1","user_\u0131d":"u2"}"#, true),
        ("user_id", #"{"user_id":"u1","user_\u0130d":"u2"}"#, true),
        ("user_id", #"{"user_id":"u1","user":"u2","user_ids":"u3"}"#, false),
    ])
    func anArgumentKnowsItsLookalikes(name: String, arguments: String, expected: Bool) throws {
        let message = try inspect(
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":\#(arguments)}}"#)
        #expect((message.lookalike(ofArgument: ByteString(name)) != nil) == expected)
    }

    @Test func everyPrefixOfAMessageIsRefused() {
        let body = Array(modernCall("t").utf8)
        for length in 0..<body.count {
            #expect(throws: MessageRefusal.self) {
                try MessageInspector.inspect(
                    Array(body[..<length]), headers: Fields.modern("tools/call", "t").routing, limits: .message)
            }
        }
    }
}
