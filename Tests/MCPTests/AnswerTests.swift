import MCP
import StrictCoding
import Testing

@Suite("Answers and rewritten bodies")
struct AnswerTests {
    @Test func anErrorWithoutIDLeavesTheMemberOut() {
        #expect(
            text(JSONRPC.error(id: nil, code: -32600, message: "a \"b\"\n"))
                == #"{"jsonrpc":"2.0","error":{"code":-32600,"message":"a \"b\"\u000a"}}"#)
    }

    @Test func anErrorCarriesItsData() {
        let id = Array(#""x""#.utf8)
        #expect(
            text(JSONRPC.error(id: id[...], code: 4030, message: "denied") { $0.member("reason", "missing scope") })
                == #"{"jsonrpc":"2.0","id":"x","error":{"code":4030,"message":"denied","data":{"reason":"missing scope"}}}"#
        )
        #expect(
            text(JSONRPC.error(id: id[...], code: 1, message: "m", rawData: Array("[1]".utf8)))
                == #"{"jsonrpc":"2.0","id":"x","error":{"code":1,"message":"m","data":[1]}}"#)
    }

    @Test func aToolErrorIsAResult() {
        let id = Array("3".utf8)
        #expect(
            text(JSONRPC.toolError(id: id[...], text: "not allowed"))
                == #"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"not allowed"}],"isError":true}}"#
        )
        #expect(
            text(JSONRPC.toolError(id: id[...], text: "no", era: .modern) { $0.member("a", 1) })
                == #"{"jsonrpc":"2.0","id":3,"result":{"resultType":"complete","content":[{"type":"text","text":"no"}],"isError":true,"_meta":{"a":1}}}"#
        )
    }

    @Test func aResultIsTakenAsItIs() {
        #expect(
            text(JSONRPC.result(id: Array("3".utf8)[...], Array(#"{"a":1.0}"#.utf8)))
                == #"{"jsonrpc":"2.0","id":3,"result":{"a":1.0}}"#)
    }

    @Test func onlyTheTraceMembersOfTheBodyChange() throws {
        let body =
            #" {"jsonrpc":"2.0", "id":1.0e0 ,"method":"ping","params":{"_meta":{"tracestate":"eie=stolen" ,"x":"\u00e9é","traceparent" : 7,"baggage":"eie.sub=a"},"z":1e2}} "#
            .replacing("1.0e0", with: "10")
        let message = try inspect(body)
        #expect(message.trace.traceparent?.text == nil)
        #expect(message.trace.tracestate?.text == ByteString("eie=stolen"))
        #expect(
            text(message.body(traceparent: "00-a-b-01", tracestate: "eie=h", baggage: "k=\"v"))
                == #" {"jsonrpc":"2.0", "id":10 ,"method":"ping","params":{"_meta":{"tracestate":"eie=h" ,"x":"\u00e9é","traceparent" : "00-a-b-01","baggage":"k=\"v"},"z":1e2}} "#
        )
    }

    @Test func aBodyWithoutTraceMembersIsUntouched() throws {
        let body =
            #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"traceparent":"x","_meta":{"a":{"traceparent":"y"}}}}"#
        let message = try inspect(body)
        #expect(message.trace.isEmpty)
        #expect(text(message.body(traceparent: "1", tracestate: "2", baggage: "3")) == body)
    }
}
