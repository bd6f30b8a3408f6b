import Crypto
import StrictCoding

/// What a server writes into its log, made fit for the gateway's: without the instance's secret, without handles and
/// envelopes, and short.
struct Redaction: Sendable {
    static let mostBytes = 4 << 10
    static let mark = Array("<secret>".utf8)
    private static let handlePrefix = Array("eieh_".utf8)
    /// What every JWS begins with: `{"` in base64url.
    private static let tokenPrefix = Array("eyJ".utf8)

    /// The text of the secret.
    private let secret: SecretBytes

    init(secret: SecretBytes) {
        self.secret = secret
    }

    func apply(to line: LineSplitter.Line) -> ByteString {
        var text: [UInt8] = []
        text.reserveCapacity(line.bytes.count)
        var index = 0
        while index < line.bytes.count {
            let rest = line.bytes[index...]
            if let length = secretLength(at: rest, isCut: line.isCut) {
                text += Self.mark
                index += length
            } else {
                text.append(line.bytes[index])
                index += 1
            }
        }
        // Behind the seam there may be the rest of a secret that begins here.
        if line.isCut { text.removeLast(min(text.count, secret.count - 1)) }
        return ByteString(text.prefix(Self.mostBytes))
    }

    /// How many bytes of a secret the text begins with.
    private func secretLength(at text: ArraySlice<UInt8>, isCut: Bool) -> Int? {
        if secret.withBytes({ text.starts(with: $0) }) { return secret.count }
        // All others begin with this letter.
        guard text.first == UInt8(ascii: "e") else { return nil }
        if text.starts(with: Self.handlePrefix) {
            return Self.handlePrefix.count + Self.run(text.dropFirst(Self.handlePrefix.count))
        }
        guard text.starts(with: Self.tokenPrefix) else { return nil }
        var length = Self.run(text)
        var segments = 1
        while segments < 5, text.dropFirst(length).first == UInt8(ascii: "."),
            case let next = Self.run(text.dropFirst(length + 1)), next > 0
        {
            length += 1 + next
            segments += 1
        }
        // Two segments tell everything that a token says; one that the seam cuts may be any.
        return segments > 1 || isCut && length == text.count ? length : nil
    }

    /// The length of the base64url text at the beginning.
    private static func run(_ text: ArraySlice<UInt8>) -> Int {
        text.prefix { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }.count
    }
}
