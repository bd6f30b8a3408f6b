import Foundation
import StrictCoding

/// A file of `Vectors`, beside the tests.
enum VectorFile {
    static func bytes(_ name: String, at path: String = #filePath) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("Vectors")
        return Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func json(_ name: String) throws -> JSONValue {
        try parse(bytes(name))
    }

    static func parse(_ bytes: [UInt8]) throws -> JSONValue {
        try JSONDocument(parsing: bytes, limits: JSONLimits(bytes: 4 << 20, depth: 32, members: 200_000)).root
    }
}
