import HTTPCodec
import StrictCoding

/// Finds the one bearer token of a request (RFC 6750, section 2.1), where it must be and nowhere else.
enum Credential {
    static func token(of head: RequestHead, query: ArraySlice<UInt8>?) throws(Refusal) -> [UInt8] {
        let fields = head.fields.all("authorization")
        let inQuery = query.map(namesAccessToken) ?? false
        if inQuery { throw .credentialInQuery(alsoInHeader: !fields.isEmpty) }
        guard let field = fields.first else { throw .credentialMissing }
        // Frameworks differ in which of two they read.
        guard fields.count == 1 else { throw .credentialRepeated }
        do { return try token(in: field) } catch {
            // A comma joins two on the way. No token has one.
            throw field.contains(UInt8(ascii: ",")) ? .credentialRepeated : error
        }
    }

    private static func token(in field: ArraySlice<UInt8>) throws(Refusal) -> [UInt8] {
        guard let space = field.firstIndex(of: 0x20) else {
            throw field.equalsIgnoringASCIICase("bearer") ? .credentialMalformed : .credentialSchemeNotSupported
        }
        guard field[..<space].equalsIgnoringASCIICase("bearer") else { throw .credentialSchemeNotSupported }
        let token = field[(space + 1)...]
        guard !token.isEmpty, isOfTokenCharacters(token) else { throw .credentialMalformed }
        return Array(token)
    }

    private static func isOfTokenCharacters(_ token: ArraySlice<UInt8>) -> Bool {
        token.withUnsafeBufferPointer { token in
            isTokenCharacter.withUnsafeBufferPointer { isTokenCharacter in
                // Tokens are long, and nearly all are well formed.
                var all = true
                for byte in token { all = isTokenCharacter[Int(byte)] && all }
                return all
            }
        }
    }

    /// `b64token` of RFC 6750, section 2.1, for each byte; a second space is not among its characters.
    private static let isTokenCharacter: [Bool] = (0...255).map { (byte: UInt8) in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x2D, 0x2E, 0x5F, 0x7E, 0x2B, 0x2F, 0x3D: true
        default: false
        }
    }

    /// Whether a query has a parameter called `access_token` (RFC 6750, section 2.3), percent-encoded or not.
    private static func namesAccessToken(_ query: ArraySlice<UInt8>) -> Bool {
        query.split(whereSeparator: { $0 == 0x26 || $0 == 0x3B }).contains { parameter in
            let name = parameter.prefix { $0 != 0x3D }
            return decoded(name).equalsIgnoringASCIICase("access_token")
        }
    }

    private static func decoded(_ name: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        var index = name.startIndex
        while index < name.endIndex {
            if name[index] == 0x25, index + 2 < name.endIndex, let high = name[index + 1].hexDigitValue,
                let low = name[index + 2].hexDigitValue
            {
                plain.append(high << 4 | low)
                index += 3
            } else {
                plain.append(name[index])
                index += 1
            }
        }
        return plain
    }
}
