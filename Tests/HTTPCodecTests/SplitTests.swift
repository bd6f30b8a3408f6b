import HTTPCodec
import Testing

/// Events do not depend on where the network cut the octets, for whatever octets.
@Suite struct SplitTests {
    @Test(arguments: HTTPCase.all)
    func aRequestMeansTheSameHoweverItIsCut(_ item: HTTPCase) {
        let octets = item.octets
        let whole = requestTrail(octets)
        for cuts in Self.cuts(of: octets.count) {
            let cut = requestTrail(octets, cuts: cuts)
            guard cut == whole else {
                Issue.record("cut at \(cuts): \(String(describing: cut.refusal)), \(cut.seen.count) events")
                return
            }
        }
    }

    @Test(arguments: ResponseCase.all)
    func aResponseMeansTheSameHoweverItIsCut(_ item: ResponseCase) {
        let octets = bytes(item.raw)
        let whole = responseTrail(octets, answering: item.method)
        for cuts in Self.cuts(of: octets.count) {
            let cut = responseTrail(octets, answering: item.method, cuts: cuts)
            guard cut == whole else {
                Issue.record("cut at \(cuts): \(String(describing: cut.refusal)), \(cut.seen.count) events")
                return
            }
        }
    }

    /// Every single cut, octet by octet, and random sets of cuts; a sample of them for the few very long inputs.
    private static func cuts(of count: Int) -> [[Int]] {
        var dice = Dice(state: UInt64(count))
        let isLong = count > 2_000
        let singles = isLong ? (0..<40).map { _ in Int.random(in: 0...count, using: &dice) } : Array(0...count)
        let several = (0..<(isLong ? 5 : 40)).map { _ in
            (0..<Int.random(in: 2...12, using: &dice)).map { _ in Int.random(in: 0...count, using: &dice) }.sorted()
        }
        let octetwise = isLong ? [] : [Array(0..<count)]
        return singles.map { [$0] } + several + octetwise
    }
}

/// Octets nobody would send. The inputs end where readable memory ends, so that reading too far is a crash.
@Suite struct MutationTests {
    @Test(arguments: 0..<4)
    func mutatedRequestsAreReadTheSameWayHoweverTheyAreCut(_ seed: Int) {
        var dice = Dice(state: UInt64(seed))
        let corpus = HTTPCase.all.map(\.octets).filter { $0.count < 2_000 }
        for _ in 0..<2_500 {
            let octets = Self.mutated(corpus, &dice)
            let whole = requestTrail(octets)
            let cut = requestTrail(octets, cuts: Self.cuts(of: octets.count, &dice))
            #expect(whole == cut)
            for head in whole.heads {
                if let target = try? Target(of: head) { #expect(target.path.bytes.allSatisfy { 0x21...0x7e ~= $0 }) }
            }
        }
    }

    @Test(arguments: 4..<8)
    func mutatedResponsesAreReadTheSameWayHoweverTheyAreCut(_ seed: Int) {
        var dice = Dice(state: UInt64(seed))
        let corpus = ResponseCase.all.map { bytes($0.raw) }
        for _ in 0..<2_500 {
            let octets = Self.mutated(corpus, &dice)
            let whole = responseTrail(octets)
            #expect(whole == responseTrail(octets, cuts: Self.cuts(of: octets.count, &dice)))
        }
    }

    /// What is forwarded for mutated requests is always clean, whatever came in.
    @Test(arguments: 8..<10)
    func nothingUncleanIsEverForwarded(_ seed: Int) {
        var dice = Dice(state: UInt64(seed))
        let corpus = HTTPCase.all.map(\.octets).filter { $0.count < 2_000 }
        for _ in 0..<2_500 {
            let octets = Self.mutated(corpus, &dice)
            for message in Verdict(octets).forwarded {
                #expect(hazards(in: message) == [], "\(text(octets).debugDescription)")
            }
        }
    }

    private static func cuts(of count: Int, _ dice: inout Dice) -> [Int] {
        (0..<Int.random(in: 1...5, using: &dice)).map { _ in Int.random(in: 0...count, using: &dice) }.sorted()
    }

    /// One of the corpus with a few octets set, left out, put in, or with a piece of another one spliced in.
    private static func mutated(_ corpus: [[UInt8]], _ dice: inout Dice) -> [UInt8] {
        var octets = corpus.randomElement(using: &dice)!
        let awkward = [UInt8]("\r\n\t :;,=\"\\0fA\0%/".utf8) + [0x7f, 0x80, 0xff]
        for _ in 0..<Int.random(in: 1...4, using: &dice) where !octets.isEmpty {
            let at = Int.random(in: 0..<octets.count, using: &dice)
            switch Int.random(in: 0..<5, using: &dice) {
            case 0: octets[at] = awkward.randomElement(using: &dice)!
            case 1: octets[at] = UInt8.random(in: 0...255, using: &dice)
            case 2: octets.remove(at: at)
            case 3: octets.insert(awkward.randomElement(using: &dice)!, at: at)
            default:
                let other = corpus.randomElement(using: &dice)!
                octets.insert(contentsOf: other.suffix(Int.random(in: 0...60, using: &dice)), at: at)
            }
        }
        return octets
    }
}
