import Crypto
import Delegation
import StrictCoding
import Testing

@Suite struct FormBodyTests {
    @Test(arguments: [
        // RFC 6749, appendix B.
        (" %&+£€", "+%25%26%2B%C2%A3%E2%82%AC"),
        ("", ""),
        ("azAZ09-._~", "azAZ09-._~"),
        ("a=b&c", "a%3Db%26c"),
        ("\r\n\0", "%0D%0A%00"),
        ("https://api.example/orders", "https%3A%2F%2Fapi.example%2Forders"),
        ("*!'()", "%2A%21%27%28%29"),
    ])
    func valuesAreEncodedByTheByte(value: String, encoded: String) {
        var text = FormBody()
        text.append("v", ByteString(value))
        #expect(text.encoded().text == "v=\(encoded)")
        var secret = FormBody()
        secret.append("v", GrantSample.secret(value))
        #expect(secret.encoded().text == "v=\(encoded)")
    }

    @Test func parametersKeepTheirOrder() {
        var form = FormBody()
        #expect(form.encoded().text == "")
        form.append("grant_type", "client_credentials" as ByteString)
        form.append("client_secret", GrantSample.secret("s p"))
        form.append("scope", "a b" as ByteString)
        #expect(form.encoded().text == "grant_type=client_credentials&client_secret=s+p&scope=a+b")
    }

    @Test(arguments: [
        // RFC 6749, section 2.3.1; RFC 7662, section 2.1; RFC 8693, section 2.3.
        ("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw", "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"),
        ("s6BhdRkqt3", "gX1fBat3bV", "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
        ("rs08", "long-secure-random-secret", "Basic cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0"),
        // Every remainder of three: `a:b`, `a:bc`, `a:bcd`.
        ("a", "b", "Basic YTpi"), ("a", "bc", "Basic YTpiYw=="), ("a", "bcd", "Basic YTpiY2Q="),
        // `a%3Ab:%25+`: encoded before it is joined.
        ("a:b", "% ", "Basic YSUzQWI6JTI1Kw=="),
    ])
    func basicCredentialsAreThoseOfTheRFCs(client: String, secret: String, field: String) throws {
        let form = TokenForm(
            introspecting: GrantSample.secret("t"), client: ByteString(client),
            proof: .basic(GrantSample.secret(secret)))
        #expect(form.fields.only("authorization").map { String(decoding: $0, as: UTF8.self) } == field)
        #expect(form.body.text == "token=t&token_type_hint=access_token")
    }
}
