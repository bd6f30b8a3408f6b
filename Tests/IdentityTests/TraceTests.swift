import Identity
import StrictCoding
import Testing

private func fields(_ values: [String]) -> [ArraySlice<UInt8>] { values.map { Array($0.utf8)[...] } }

@Suite("Trace context")
struct TraceTests {
    static let traceID = "0af7651916cd43dd8448eb211c80319c"

    @Test(arguments: [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff", true),
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
        ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", false),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", false),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0G", false),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A", false),
        ("00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
        ("00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01", false),
        (" 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
        ("req_abc", false), ("", false),
    ])
    func aTraceparentIsExactlyVersionZero(value: String, isValid: Bool) {
        let context = TraceContext(traceparent: value.utf8)
        #expect((context != nil) == isValid)
        if let context { #expect(context.traceID == ByteString(Self.traceID)) }
    }

    @Test(arguments: [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("fc", "00")])
    func theTraceGoesOnWithOurSpanAndTheFlagsThatAreDefined(flags: String, sent: String) throws {
        let context = try #require(TraceContext(traceparent: "00-\(Self.traceID)-b7ad6b7169203331-\(flags)".utf8))
        #expect(
            context.traceparent(SpanID(random: [1, 2, 3, 4, 5, 6, 7, 8]))
                == ByteString("00-\(Self.traceID)-0102030405060708-\(sent)"))
    }

    @Test func aNewTraceIsRandomAndNeverZero() {
        let context = TraceContext(random: Array(0..<16))
        #expect(context.traceID == ByteString("000102030405060708090a0b0c0d0e0f"))
        #expect(!context.isSampled)
        let zero = TraceContext(random: [UInt8](repeating: 0, count: 16))
        #expect(TraceContext(traceparent: zero.traceparent(SpanID(random: [0, 0, 0, 0, 0, 0, 0, 0])).bytes) != nil)
    }

    @Test(
        arguments: [
            ([1, 2, 3, 4, 5, 6, 7, 8], "0102030405060708"), ([0xFF, 0, 0, 0, 0, 0, 0, 0xAB], "ff000000000000ab"),
            ([0, 0, 0, 0, 0, 0, 0, 0], "0000000000000001"),
        ] as [([UInt8], ByteString)])
    func aSpanIsNamedAsTheHeaderNamesIt(random: [UInt8], text: ByteString) {
        #expect(SpanID(random: random[...]).text == text)
        #expect(SpanID(random: ([9] + random)[1...]) == SpanID(random: random[...]), "wherever the bytes come from")
    }

    @Test(arguments: [
        ([], ""),
        (["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"], "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
        (["rojo=1", "congo=2"], "rojo=1,congo=2"),
        (["rojo=1 ,\tcongo=2,,"], "rojo=1,congo=2"),
        (["eie=stolen,rojo=1"], "rojo=1"),
        (["acme@eie=stolen,rojo=1"], "rojo=1"),
        (["eier=1"], "eier=1"),
        (["acme@sys=1"], "acme@sys=1"),
        (["rojo=1,rojo=2"], ""),
        (["EIE=1,rojo=1"], ""),
        (["rojo"], ""), (["rojo="], ""), (["=1"], ""), (["a=b=c"], ""), (["a b=c"], ""), (["a@b@c=1"], ""),
        (["rojo=caf\u{E9}"], ""), (["rojo=a\u{1}"], ""),
    ])
    func tracestateKeepsOthersStateAndDropsOurs(values: [String], sent: String) {
        #expect(TraceState(fields(values)).value() == ByteString(sent))
    }

    @Test func ourHandleStandsInFront() {
        #expect(TraceState(fields(["a=1,eie=old"])).value(handle: "H") == ByteString("eie=H,a=1"))
        #expect(TraceState.empty.value(handle: "H") == ByteString("eie=H"))
    }

    @Test func tracestateIsBounded() {
        let many = (0..<33).map { "k\($0)=1" }.joined(separator: ",")
        #expect(TraceState(fields([many])).value().isEmpty)
        let full = (0..<32).map { "k\($0)=1" }.joined(separator: ",")
        #expect(TraceState(fields([full])).value() == ByteString(full))
        #expect(!TraceState(fields([full])).value(handle: "H").string.contains("k31"))
        let long = (0..<3).map { "k\($0)=\(String(repeating: "v", count: 200))" }
        #expect(TraceState(fields(long)).value() == ByteString(long[..<2].joined(separator: ",")))
    }

    @Test(arguments: [
        ([], ""),
        (["k=v, l=w;p=1"], "k=v,l=w;p=1"),
        (["eie.sub=a,k=v"], "k=v"),
        (["EIE=a,enduser.id=bob,EndUser=x,userId=1,user=2,USER_ID=3,k=v"], "k=v"),
        (["%65ie=a,%2565ie=a,us%65r=b,%45IE=c,k=v"], "k=v"),
        (["%20eie=a,%09user=b,%2520enduser.id=c,%00user=d,%7fuser=e,%0D%0Auser=f,k=v"], "k=v"),
        (["%6b=v,%2525=v,%=v,%6=v"], "%6b=v"),
        (["%zz=a,k=v"], "k=v"),
        (["super=1"], "super=1"),
        (["k =v"], "k =v"),
        (["k,=v,k=\"v\",k=a\\b,k=caf\u{E9},l=w"], "l=w"),
        (["a=1", "b=2"], "a=1,b=2"),
    ])
    func baggageCarriesNoIdentity(values: [String], sent: String) {
        #expect(Baggage.filtered(fields(values)) == ByteString(sent))
    }

    @Test func baggageIsBounded() {
        let many = (0..<70).map { "k\($0)=1" }.joined(separator: ",")
        #expect(Baggage.filtered(fields([many])).string.split(separator: ",").count == 64)
        let long = (0..<10).map { "k\($0)=\(String(repeating: "v", count: 1000))" }
        #expect(Baggage.filtered(fields(long)).count <= 8192)
    }
}
