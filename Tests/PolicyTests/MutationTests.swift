import Policy
import StrictCoding
import Testing

/// Whatever happens to a policy file on its way, compiling it ends, with a policy or with an error.
@Suite struct MutationTests {
    @Test(arguments: TestFiles.examples)
    func anyMutationOfAnExampleGivesAnAnswer(name: String) throws {
        let original = try TestFiles.policy(name)
        var dice = Dice(seed: 0x9E37_79B9_7F4A_7C15 ^ UInt64(original.count))
        for _ in 0..<600 {
            var bytes = original
            for _ in 0...dice.below(4) { mutate(&bytes, &dice) }
            let compilation = PolicyCompiler.compile(PolicySource(name: name, bytes: bytes))
            let hasErrors = compilation.diagnostics.contains { $0.severity == .error }
            #expect((compilation.policy == nil) == hasErrors)
        }
    }

    @Test(arguments: TestFiles.examples)
    func everyPrefixOfAnExampleGivesAnAnswer(name: String) throws {
        let original = try TestFiles.policy(name)
        for length in stride(from: 0, through: original.count, by: 7) {
            let compilation = PolicyCompiler.compile(PolicySource(name: name, bytes: Array(original.prefix(length))))
            #expect(compilation.policy != nil || !compilation.diagnostics.isEmpty)
        }
    }

    @Test func theSameBytesGiveTheSameAnswer() throws {
        var bytes = try TestFiles.policy("orders.yaml")
        for _ in 0..<20 {
            bytes.insert(contentsOf: "services: [x, y".utf8, at: bytes.count / 2)
            let answers = (0..<3).map { _ in
                PolicyCompiler.compile(PolicySource(name: "p", bytes: bytes)).diagnostics
            }
            #expect(answers[0] == answers[1])
            #expect(answers[1] == answers[2])
        }
    }

    /// The characters with which YAML means something.
    private static let indicators = Array("&*!|>{}[],:#?-%@`'\"~\n\t ".utf8)

    private func mutate(_ bytes: inout [UInt8], _ dice: inout Dice) {
        guard !bytes.isEmpty else { return }
        let place = dice.below(bytes.count)
        switch dice.below(6) {
        case 0: bytes[place] = UInt8(dice.below(256))
        case 1: bytes[place] ^= 1 << UInt8(dice.below(8))
        case 2: bytes.insert(Self.indicators[dice.below(Self.indicators.count)], at: place)
        case 3: bytes.removeSubrange(place..<min(place + 1 + dice.below(20), bytes.count))
        case 4: bytes.insert(contentsOf: bytes[place..<min(place + 40, bytes.count)], at: dice.below(bytes.count))
        default: bytes.swapAt(place, dice.below(bytes.count))
        }
    }

    /// xorshift64*: the same throws on every run.
    private struct Dice {
        private var state: UInt64

        init(seed: UInt64) {
            state = seed
        }

        mutating func below(_ bound: Int) -> Int {
            state ^= state >> 12
            state ^= state << 25
            state ^= state >> 27
            return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % bound
        }
    }
}
