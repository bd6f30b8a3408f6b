import StrictCoding
import Testing

/// Properties over texts made by chance, the same ones in every run.
@Suite struct JSONPropertyTests {
    static let sample = Array(
        #"""
        {"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"name":"get_order","arguments":{"id":"A-1\u00e9","n":[1,-2.5e3,true,null]},
        "_meta":{"progressToken":"\ud83d\ude00é","x":{"y":[[],{}]}}}}
        """#.utf8)

    @Test func whatIsWrittenReadsBackTheSame() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<500 {
            let tree = Tree.random(depth: 5, using: &random)
            var json = JSONWriter()
            tree.write(to: &json)
            let document = try JSONDocument(parsing: json.bytes, limits: .message)
            #expect(Tree(document.root) == tree)
        }
    }

    @Test func noPrefixOfAnObjectIsJSON() {
        for length in 0..<Self.sample.count {
            let prefix = Array(Self.sample[..<length])
            #expect(throws: JSONError.self) { try JSONDocument(parsing: prefix, limits: .message) }
        }
    }

    @Test func mutatedTextsAreReadOrRefusedButNeverHarmful() throws {
        var random = SeededGenerator(seed: 12)
        let alphabet = Array("{}[]\",:\\u0e1-.dD tfn".utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xED, 0xF4, 0xFF]
        for _ in 0..<20_000 {
            var text = Self.sample
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text[index] = alphabet.randomElement(using: &random) ?? 0
                case 1: text.remove(at: index)
                case 2: text.insert(alphabet.randomElement(using: &random) ?? 0, at: index)
                default: text.replaceSubrange(index..., with: text[Int.random(in: 0...index, using: &random)...])
                }
            }
            guard let document = try? JSONDocument(parsing: text, limits: .token) else { continue }
            var json = JSONWriter()
            Tree(document.root).write(to: &json)
            _ = try JSONDocument(parsing: json.bytes, limits: .message)
        }
    }

    @Test func randomBytesAreRefusedOrReadTheSameAgain() throws {
        var random = SeededGenerator(seed: 13)
        for _ in 0..<20_000 {
            let bytes = random.bytes(Int.random(in: 0...24, using: &random))
            guard let document = try? JSONDocument(parsing: bytes, limits: .message) else { continue }
            var json = JSONWriter()
            Tree(document.root).write(to: &json)
            #expect(try Tree(JSONDocument(parsing: json.bytes, limits: .message).root) == Tree(document.root))
        }
    }
}

/// A JSON value held as a tree, to compare whole values with.
private indirect enum Tree: Equatable {
    case object([Member])
    case array([Tree])
    case string(ByteString)
    case number(ByteString)
    case bool(Bool)
    case null

    struct Member: Equatable {
        let name: ByteString
        let value: Tree
    }

    init(_ json: JSONValue) {
        switch json.kind {
        case .object: self = .object((json.members ?? []).map { Member(name: $0.name, value: Tree($0.value)) })
        case .array: self = .array((json.elements ?? []).map(Tree.init))
        case .string: self = .string(json.text ?? "")
        case .number: self = .number(ByteString(json.source))
        case .bool: self = .bool(json.bool ?? false)
        case .null: self = .null
        }
    }

    func write(to json: inout JSONWriter) {
        switch self {
        case .object(let members):
            json.object { json in
                for member in members {
                    json.name(escaping: member.name)
                    member.value.write(to: &json)
                }
            }
        case .array(let elements): json.array { json in elements.forEach { $0.write(to: &json) } }
        case .string(let text): json.string(text)
        case .number(let text): json.raw(text.bytes)
        case .bool(let value): json.bool(value)
        case .null: json.null()
        }
    }

    static func random(depth: Int, using random: inout SeededGenerator) -> Tree {
        switch Int.random(in: depth > 0 ? 0...5 : 2...5, using: &random) {
        case 0:
            let names = Set((0..<Int.random(in: 0...20, using: &random)).map { _ in text(using: &random) })
            return .object(names.map { Member(name: $0, value: Tree.random(depth: depth - 1, using: &random)) })
        case 1:
            return .array(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in Tree.random(depth: depth - 1, using: &random) })
        case 2: return .string(text(using: &random))
        case 3: return .number(ByteString(String(Int32.random(in: .min ... .max, using: &random))))
        case 4: return .bool(Bool.random(using: &random))
        default: return .null
        }
    }

    private static func text(using random: inout SeededGenerator) -> ByteString {
        let scalars: [Unicode.Scalar] = [
            "a", "b", "\"", "\\", "\u{0}", "\n", "\u{7F}", "\u{85}", "é", "\u{301}", "\u{202E}", "中", "😀", "\u{FFFF}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            text.append(scalars.randomElement(using: &random) ?? "a")
        }
        return ByteString(String(text))
    }
}
