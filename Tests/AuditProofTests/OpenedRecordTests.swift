import AuditProof
import StrictCoding
import Testing

@Suite struct OpenedRecordTests {
    @Test func aSegmentSaysWhatWasBeforeIt() throws {
        let log = try SampleLog(count: 14, opening: [0, 5, 13])
        for seq in [0, 5, 13] {
            let opened = try OpenedRecord(log.lines[seq])
            #expect(opened.tree == log.trees[seq])
            #expect(opened.origin == log.origin)
            #expect(opened.vkey == log.signer.vkey)
            #expect([opened.mode, opened.ingress, opened.version] == ["required", "enqueued", "0.1.0"])
            #expect(opened.policyHash == "abc")
        }
    }

    @Test(arguments: [
        ("\"origin\":\"", "\"origin\":\" ", "origin"), ("\"vkey\"", "\"vkez\"", "vkey"),
        ("\"mode\":\"", "\"mode\":1,\"x\":\"", "mode"),
        ("\"ingress\":\"enqueued\"", "\"ingress\":\"\"", "ingress"), ("\"version\":", "\"Version\":", "version"),
        ("\"size\":5", "\"size\":6", "size"), ("\"size\":5", "\"size\":5.0", "size"),
        ("\"size\":5", "\"size\":-5", "size"),
        ("\"seq\":5", "\"seq\":4", "size"), ("\"tree\":[", "\"tree\":[1,", "tree"),
        ("\"tree\":[", "\"tree\":[\"AAAA\",", "tree"),
        ("\"tree\":[", "\"trees\":[", "tree"), ("=\"]", "\"]", "tree"),
    ])
    func aRecordThatSaysOtherwiseOpensNothing(from: String, to: String, member: StaticString) throws {
        let line = String(decoding: try SampleLog(count: 6, opening: [0, 5]).lines[5], as: UTF8.self)
        let changed = line.replacing(from, with: to)
        #expect(changed != line)
        #expect(throws: OpenedRecordError.invalid(member)) { try OpenedRecord(Array(changed.utf8)) }
    }

    @Test func otherRecordsAreNotRead() throws {
        let log = try SampleLog(count: 2)
        #expect(throws: OpenedRecordError.otherEvent) { try OpenedRecord(log.lines[1]) }
        #expect(throws: OpenedRecordError.notJSON(JSONError(.unexpectedEnd, offset: 10))) {
            try OpenedRecord(Array(log.lines[0][..<10]))
        }
    }
}
