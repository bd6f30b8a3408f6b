import Foundation
import Testing

/// One request of `Vectors/http-cases.json`: malformed, ambiguous or valid, with what RFC 9112 demands.
struct HTTPCase: Decodable, Sendable, CustomTestStringConvertible {
    enum Expectation: String, Decodable, Sendable { case accept, reject, may, wait }

    let id: String
    let expect: Expectation
    let maxRequests: Int
    let raw: String

    enum CodingKeys: String, CodingKey {
        case id, expect, raw
        case maxRequests = "max_requests"
    }

    var octets: [UInt8] { latin1(raw) }
    var testDescription: String { id }

    static let all: [HTTPCase] = {
        struct File: Decodable { let cases: [HTTPCase] }
        // A missing vector is a broken checkout, and nothing else can be tested then.
        return try! JSONDecoder().decode(File.self, from: vector("http-cases.json")).cases
    }()
}
