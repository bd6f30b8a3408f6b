import Crypto
import Foundation
import Policy
import StrictCoding

/// The access token with which the doctor plays the client.
enum DoctorToken {
    enum Failure: Error, CustomStringConvertible {
        case cannotRead(String)
        case missing(String)
        case malformed

        var description: String {
            switch self {
            case .cannotRead(let file): "the token file `\(file)` cannot be read"
            case .missing(let variable): "the environment variable `\(variable)` is not set"
            case .malformed: "the token is empty, too long or no token"
            }
        }
    }

    private static let mostBytes = 64 << 10

    static func read(file: String?, variable: String?) throws(Failure) -> SecretBytes {
        var bytes: [UInt8] = []
        if let file {
            guard let handle = FileHandle(forReadingAtPath: file),
                let data = try? handle.read(upToCount: mostBytes + 1)
            else { throw .cannotRead(file) }
            bytes = Array(data)
        } else if let variable {
            guard let value = ProcessInfo.processInfo.environment[variable] else { throw .missing(variable) }
            bytes = Array(value.utf8)
        }
        while let last = bytes.last, last == 0x0A || last == 0x0D || last == 0x20 { bytes.removeLast() }
        guard (1...mostBytes).contains(bytes.count), bytes.allSatisfy(\.isVisibleASCII) else { throw .malformed }
        return SecretBytes(bytes)
    }

    /// The scopes with which the policy lets the bearer of this token act at the server: read without verifying, so
    /// worth something only once the gateway has accepted the token. Nil where the token does not tell.
    static func scopes(_ token: SecretBytes, at server: Server, in policy: PolicySet) -> [ByteString]? {
        let parts = token.withBytes { Array($0) }.split(separator: UInt8(ascii: "."))
        guard parts.count == 3, let payload = try? Base64URL.decode(parts[1]),
            let claims = (try? JSONDocument(parsing: payload, limits: .token))?.root,
            let issuer = claims["iss"]?.text,
            let known = server.issuers.map({ policy.issuers[$0] }).first(where: { $0.issuer == issuer }),
            let claim = claims.member(known.scopesClaim ?? "scope")
        else { return nil }
        let granted =
            claim.text.map { $0.bytes.split(separator: UInt8(ascii: " ")).map { ByteString($0) } }
            ?? claim.elements?.compactMap(\.text) ?? []
        return policy.effectiveScopes(granted: granted, at: server)
    }
}
