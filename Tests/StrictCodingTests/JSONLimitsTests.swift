import StrictCoding
import Testing

@Suite struct JSONLimitsTests {
    @Test func aTextOfTheLimitIsReadAndOneByteMoreIsNot() throws {
        let limits = JSONLimits(bytes: 4, depth: 1, members: 8)
        _ = try JSONDocument(parsing: Array("[1 ]".utf8), limits: limits)
        #expect(throws: JSONError(.tooLarge, offset: 4)) {
            try JSONDocument(parsing: Array("[1  ]".utf8), limits: limits)
        }
    }

    @Test(arguments: [1, 2, 64, 1000])
    func depthCountsOpenContainers(depth: Int) throws {
        let limits = JSONLimits(bytes: 1 << 20, depth: depth, members: 1 << 20)
        let fitting =
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
        _ = try JSONDocument(parsing: fitting, limits: limits)
        #expect(throws: JSONError(.tooDeep, offset: depth)) {
            try JSONDocument(parsing: [0x5B] + fitting + [0x5D], limits: limits)
        }
    }

    @Test func aMillionBracketsAreRefusedWithoutAStackToOverflow() {
        let bomb = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        let limits = JSONLimits(bytes: 1 << 21, depth: 1 << 22, members: 1 << 22)
        #expect(throws: JSONError(.unexpectedEnd, offset: 1 << 20)) { try JSONDocument(parsing: bomb, limits: limits) }
        #expect(throws: JSONError(.tooDeep, offset: 64)) { try JSONDocument(parsing: bomb, limits: .message) }
    }

    @Test func valuesAreCountedInArraysAndObjects() throws {
        let limits = JSONLimits(bytes: 100, depth: 8, members: 3)
        _ = try JSONDocument(parsing: Array("[1,2]".utf8), limits: limits)
        _ = try JSONDocument(parsing: Array("{\"a\":1,\"b\":2}".utf8), limits: limits)
        #expect(throws: JSONError(.tooManyValues, offset: 5)) {
            try JSONDocument(parsing: Array("[1,2,3]".utf8), limits: limits)
        }
    }

    @Test(arguments: [2, 16, 17, 1000, 49_000])
    func aDuplicateIsFoundInAnObjectOfAnySize(count: Int) throws {
        func object(last: Int) -> [UInt8] {
            var json = JSONWriter()
            json.object { json in
                for index in 0..<count - 1 {
                    json.name(escaping: ByteString("n\(index)"))
                    json.integer(index)
                }
                json.name(escaping: ByteString("n\(last)"))
                json.null()
            }
            return json.bytes
        }
        let document = try JSONDocument(parsing: object(last: count), limits: .message)
        #expect(document.root.members?.count == count)
        let error = #expect(throws: JSONError.self) {
            try JSONDocument(parsing: object(last: count / 2 - 1), limits: .message)
        }
        #expect(error?.kind == .duplicateName)
    }
}
