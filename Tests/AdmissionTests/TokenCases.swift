import Foundation
import StrictCoding
import Testing

/// The public token cases: 168 tokens with verdicts, collected from specifications, advisories and real providers.
enum TokenCases {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let expect: ByteString
        let token: [UInt8]

        var testDescription: String { name }
    }

    static let file = Result { () throws -> JSONValue in
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let bytes = try Data(contentsOf: tests.appendingPathComponent("JOSETests/Vectors/jose-cases.json"))
        return try JSONDocument(parsing: Array(bytes), limits: JSONLimits(bytes: 4 << 20, depth: 32, members: 200_000))
            .root
    }

    static let all: [Case] = ((try? file.get())?["cases"]?.elements ?? []).map {
        Case(
            name: $0["name"]?.text?.string ?? "", expect: $0["expect"]?.text ?? "",
            token: $0["token"]?.text?.bytes ?? [])
    }

    static func expecting(_ verdict: ByteString) -> [Case] {
        all.filter { $0.expect == verdict }
    }

    static func text(_ name: StaticString) throws -> ByteString {
        try #require(try file.get()[name]?.text)
    }

    /// The key set that is full of traps, and the clean one.
    static func keySets() throws -> [[UInt8]] {
        try [file.get()["jwks"], file.get()["jwks_clean"]].map { Array(try #require($0).source) }
    }
}
