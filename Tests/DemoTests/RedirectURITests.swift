import Demo
import StrictCoding
import Testing

@Suite struct RedirectURITests {
    @Test(arguments: [
        "https://app.example/callback", "https://app.example:8443/callback?x=1", "http://127.0.0.1/callback",
        "http://127.0.0.1:1/callback", "http://[::1]:65535/", "http://localhost:3000/oauth/callback",
    ])
    func httpsAndLoopbackAreAccepted(text: String) {
        #expect(RedirectURI(ByteString(text)) != nil)
    }

    @Test(arguments: [
        "", "callback", "javascript:alert(1)", "http://app.example/callback", "http://127.0.0.1.example/",
        "http://127.0.0.2/",
        "http://localhost.example/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:/",
        "http://127.0.0.1:80a/",
        "http://user@127.0.0.1/", "http://127.0.0.1@evil.example/", "https://user@app.example/", "https:///callback",
        "https://",
        "https://app.example/#fragment", "https://app.example/a b", "https://app.example\\@evil.example/",
        "https://app.example/\r\nX: y", "HTTPS://app.example/", "//app.example/", "https://b\u{FC}cher.example/",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(RedirectURI(ByteString(text)) == nil)
    }

    @Test(arguments: [
        ("http://127.0.0.1/callback", "http://127.0.0.1:53124/callback", true),
        ("http://127.0.0.1:1234/callback", "http://127.0.0.1/callback", true),
        ("http://[::1]/callback", "http://[::1]:9/callback", true),
        ("http://127.0.0.1/callback", "http://localhost/callback", false),
        ("http://127.0.0.1/callback", "http://127.0.0.1/callback/", false),
        ("http://127.0.0.1/callback", "http://127.0.0.1/callback?x=1", false),
        ("https://app.example/callback", "https://app.example/callback", true),
        ("https://app.example/callback", "https://app.example:8443/callback", false),
        ("https://app.example/callback", "https://app.example/Callback", false),
        ("https://app.example/callback", "https://app.example/callback?x=1", false),
    ])
    func onlyThePortOfALoopbackURIMayDiffer(registered: String, requested: String, isAdmitted: Bool) throws {
        let registered = try #require(RedirectURI(ByteString(registered)))
        let requested = try #require(RedirectURI(ByteString(requested)))
        #expect(registered.admits(requested) == isAdmitted)
    }
}
