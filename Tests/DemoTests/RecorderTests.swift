import Demo
import HTTPWire
import StrictCoding
import Testing

@Suite struct RecorderTests {
    private let world = TestWorld()
    private let service: Service

    init() {
        service = DemoRecorder(recording: { _ in ServiceResponse(status: 204) }, effects: world.effects).service
    }

    @Test func aRequestIsShownAsItWasReceived() async throws {
        let request = Call.request(
            .post, "/mcp?a=1", fields: [("Txn-Token", "abc"), ("X-A", "1"), ("x-a", "2")], body: "{\"x\":1}")
        #expect(await service(request).status == 204)
        let shown = try #require(await show("/received").json?["received"]?.elements?.first)
        #expect(
            String(decoding: shown.source, as: UTF8.self) == """
                {"number":1,"time":1795478400,"method":"POST","target":"/mcp?a=1","fields":[{"name":"Host","value":"127.0.0.1:9000"},\
                {"name":"Txn-Token","value":"abc"},{"name":"X-A","value":"1"},{"name":"x-a","value":"2"}],"body":"{\\"x\\":1}","body_bytes":7}
                """)
        #expect(
            await show("/received?format=text").text == """
                --- 1, at 1795478400
                POST /mcp?a=1
                Host: 127.0.0.1:9000
                Txn-Token: abc
                X-A: 1
                x-a: 2

                {"x":1}

                """)
    }

    @Test func onlyTheNewestAreKeptAndLookingIsNotRecorded() async {
        for number in 1...300 { _ = await service(Call.request(.get, "/\(number)")) }
        #expect(await targets("/received").count == 256)
        #expect(await targets("/received").first == "/45")
        #expect(await targets("/received?last=2") == ["/299", "/300"])
        #expect(await service(Call.request(.delete, "/received")).status == 204)
        #expect(await targets("/received").isEmpty)
        #expect(await show("/received?format=text").text == "nothing received yet\n")
    }

    @Test(arguments: [
        "last=0", "last=257", "last=-1", "last=x", "last=1&last=2", "format=xml", "last=99999999999999999999",
        "format=%00",
    ])
    func aQuestionThatMakesNoSenseIsRefused(query: String) async {
        #expect(await show("/received?\(query)").status == 400)
    }

    @Test func otherMethodsAndOtherSitesAreRefused() async {
        #expect(await service(Call.request(.post, "/received")).status == 405)
        #expect(
            await service(Call.request(.get, "/received", fields: [("Origin", "https://evil.example")])).status == 403)
        #expect(await service(Call.request(.get, "/received", fields: [("Host", "second.example")])).status == 421)
    }

    @Test func aBodyCannotDriveTheTerminal() async {
        _ = await service(Call.request(.post, "/mcp", body: "\u{1B}[2J\u{202E}\nend"))
        let text = await show("/received?format=text").text
        #expect(text.hasSuffix("\\u{1b}[2J\\u{202e}\nend\n"))
    }

    @Test func aLargeBodyIsCut() async {
        _ = await service(Call.request(.post, "/mcp", body: String(repeating: "x", count: 70_000)))
        let shown = await show("/received").json?["received"]?.elements?.first
        #expect(shown?["body"]?.text?.count == 65_536)
        #expect(shown?["body_bytes"]?.integer == 70_000)
        #expect(await show("/received?format=text").text.hasSuffix("(4464 bytes more)\n"))
    }

    private func show(_ target: String) async -> ServiceResponse {
        await service(Call.request(.get, target))
    }

    private func targets(_ target: String) async -> [String] {
        await show(target).json?["received"]?.elements?.compactMap { $0["target"]?.text?.string } ?? []
    }
}
