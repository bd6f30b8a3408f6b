import Crypto
import Identity
import JOSE
import StrictCoding
import Testing

@Suite("Form, signature, presenter and time")
struct VerificationTests {
    @Test func aFlippedBitInAnySegmentIsRefused() {
        var token = Vector.token
        for index in token.indices {
            token[index] ^= 1
            #expect(refusal(of: token, keys: Vector.keys) != nil, "byte \(index)")
            token[index] ^= 1
        }
        #expect(refusal(of: token, keys: Vector.keys) == nil)
    }

    /// One decoded bit flipped, per segment: the text stays canonical base64url.
    @Test(arguments: [0, 1, 2])
    func aFlippedBitUnderTheEncodingIsRefused(segment: Int) throws {
        var parts = Vector.token.split(separator: UInt8(ascii: ".")).map { Array($0) }
        let original = try Base64URL.decode(parts[segment])
        for index in original.indices {
            var bytes = original
            bytes[index] ^= 0x10
            parts[segment] = Base64URL.encode(bytes)
            let refused = try #require(
                refusal(of: Array(parts.joined(separator: [UInt8(ascii: ".")])), keys: Vector.keys))
            if segment > 0 { #expect(refused == .badSignature) }
        }
    }

    @Test func theFormIsCompactAndCanonical() throws {
        let token = Vector.token
        let dot = UInt8(ascii: ".")
        let parts = token.split(separator: dot).map { Array($0) }
        // The last character of 64 bytes carries four unused bits.
        var respelled = token
        respelled[respelled.count - 1] = UInt8(ascii: "B")
        let rows: [([UInt8], EnvelopeRefusal)] = [
            ([], .notCompact),
            (Array("a.b".utf8), .notCompact),
            (Array(parts[0] + [dot] + parts[1]), .notCompact),
            (token + [dot], .notCompact),
            (token + Array(".a.b".utf8), .notCompact),
            (token + [UInt8(ascii: "=")], .notCompact),
            (token + [UInt8(ascii: " ")], .notCompact),
            (token + [UInt8(ascii: "\n")], .notCompact),
            (token + [0], .notCompact),
            ([UInt8(ascii: " ")] + token, .notCompact),
            (token.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0 }, .notCompact),
            (token.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 }, .notCompact),
            (respelled, .notCanonical),
            (Array(token.dropLast()), .notCanonical),
            (Array((parts[0] + [dot] + parts[1] + [dot])), .badSignature),
            (token + [UInt8](repeating: UInt8(ascii: "A"), count: 4097 - token.count), .tooLarge(bytes: 4097)),
        ]
        for (compact, fact) in rows {
            #expect(refusal(of: compact, keys: Vector.keys) == fact, "\(text(compact).suffix(20))")
        }
    }

    @Test func everyTruncationIsRefused() {
        for count in 0..<Vector.token.count {
            #expect(refusal(of: Array(Vector.token[..<count]), keys: Vector.keys) != nil)
        }
    }

    @Test func aSignatureIsSixtyFourBytes() throws {
        let parts = Vector.token.split(separator: UInt8(ascii: ".")).map { Array($0) }
        let signature = try Base64URL.decode(parts[2])
        let zeros = [UInt8](repeating: 0, count: 32)
        for wrong in [
            Array(signature.dropLast()), signature + [0], zeros + signature[32...], signature[..<32] + zeros,
            zeros + zeros,
            [0x30, 0x44, 0x02, 0x20] + signature,
        ] {
            let token = [parts[0], parts[1], Base64URL.encode(Array(wrong))].joined(separator: [UInt8(ascii: ".")])
            #expect(refusal(of: Array(token), keys: Vector.keys) == .badSignature)
        }
    }

    @Test func anotherKeyUnderTheSameIDDoesNotVerify() throws {
        let other = KeySet([try JSONWebKey(SigningKey.generate(), kid: Gateway.keyID)])
        #expect(refusal(of: Gateway.sign(payload: text(Vector.payload)), keys: other) == .badSignature)
    }

    @Test(arguments: [
        ("https://gw.acme.example/.eie/billing-mcp", "https://gw.acme.example", EnvelopeRefusal.wrongAudience),
        ("https://gw.acme.example/.eie/orders-mc", "https://gw.acme.example", .wrongAudience),
        ("https://gw.acme.example/.eie/orders-mcp/", "https://gw.acme.example", .wrongAudience),
        ("https://GW.acme.example/.eie/orders-mcp", "https://gw.acme.example", .wrongAudience),
        ("https://gw.acme.example/.eie/orders-mcp", "https://gw.acme.example/", .wrongIssuer),
    ])
    func issuerAndAudienceAreComparedAsBytes(audience: String, issuer: String, fact: EnvelopeRefusal) {
        let refused = refusal(
            of: Vector.token, keys: Vector.keys, issuer: ByteString(issuer), audience: ByteString(audience))
        #expect(refused == fact)
    }

    /// `iat` is 1795478400, `exp` 1795478700.
    @Test(
        arguments: [
            (1_795_478_369, 5, EnvelopeRefusal.issuedInTheFuture(UnixTime(seconds: 1_795_478_400))),
            (1_795_478_370, 5, nil),
            (1_795_478_400, 0, nil),
            (1_795_478_699, 0, nil),
            (1_795_478_700, 0, .expired(at: UnixTime(seconds: 1_795_478_700))),
            (1_795_478_704, 5, nil),
            (1_795_478_705, 5, .expired(at: UnixTime(seconds: 1_795_478_700))),
            (1_795_478_729, 30, nil),
            (1_795_478_730, 30, .expired(at: UnixTime(seconds: 1_795_478_700))),
            (1_795_478_731, 30, .expired(at: UnixTime(seconds: 1_795_478_700))),
        ] as [(Int64, Int64, EnvelopeRefusal?)])
    func anEnvelopeLivesFromItsIssueToItsEndGiveOrTakeTheLeeway(now: Int64, leeway: Int64, fact: EnvelopeRefusal?) {
        let refused = refusal(of: Vector.token, keys: Vector.keys, now: UnixTime(seconds: now), leeway: leeway)
        #expect(refused == fact)
    }
}
