import Foundation
import HTTPCodec
import Testing

/// The 148 cases against parser, target normaliser and rewriting: what a client could make this gateway forward.
@Suite struct HTTPCasesTests {
    @Test(arguments: HTTPCase.all)
    func aCaseIsTreatedAsTheStandardDemands(_ item: HTTPCase) {
        let verdict = Verdict(item.octets)
        switch item.expect {
        case .accept:
            #expect(verdict.forwarded.count == 1)
        case .reject:
            // Not a single whole request comes out of it, not even before the refusal.
            #expect(verdict.forwarded.isEmpty)
            #expect((verdict.refusal?.status ?? 0) >= 400)
        case .wait:
            #expect(verdict.description == "waits")
        case .may:
            #expect(verdict.forwarded.count <= item.maxRequests)
        }
        for message in verdict.forwarded {
            #expect(hazards(in: message) == [])
            #expect(message.firstRange(of: bytes(" /s/")) == nil, "the smuggled request was forwarded")
        }
    }

    /// Every verdict, also where the standard leaves the choice: `Vectors/http-verdicts.txt`, one case a line.
    @Test func verdictsAreThoseOnRecord() throws {
        let recorded = try String(decoding: vector("http-verdicts.txt"), as: UTF8.self).split(separator: "\n")
        let found = HTTPCase.all.map { "\($0.id): \(Verdict($0.octets))" }
        for (line, expected) in zip(found, recorded) { #expect(line == expected) }
        #expect(found.count == recorded.count)
    }
}
