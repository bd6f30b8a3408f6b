import Foundation
import Glibc
import HTTPCodec

/// Bytes that end where their last page ends, before a page that cannot be read: one octet too far is a crash.
final class GuardedBytes {
    private let base: UnsafeMutableRawPointer
    private let size: Int
    private static let page = 4096

    init(capacity: Int) {
        size = (capacity + Self.page - 1) / Self.page * Self.page
        base = mmap(nil, size + Self.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        precondition(base != MAP_FAILED && mprotect(base + size, Self.page, PROT_NONE) == 0)
    }

    deinit { munmap(base, size + Self.page) }

    /// Puts the octets right before the forbidden page and lends them.
    func with<Result>(_ octets: ArraySlice<UInt8>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        precondition(octets.count <= size)
        let start = base + (size - octets.count)
        octets.withUnsafeBytes { source in
            if let address = source.baseAddress { memcpy(start, address, source.count) }
        }
        return body(UnsafeRawBufferPointer(start: start, count: octets.count))
    }
}

/// What happened to a stream of octets: the events, with content joined, and how it ended.
struct Trail<Head: Equatable>: Equatable {
    enum Seen: Equatable {
        case head(Head)
        case content([UInt8])
        case end
    }

    var seen: [Seen] = []
    var refusal: WireError?

    mutating func add(content: some Sequence<UInt8>) {
        if case .content(let before)? = seen.last {
            seen[seen.count - 1] = .content(before + content)
        } else {
            seen.append(.content([UInt8](content)))
        }
    }

    var heads: [Head] {
        seen.compactMap { if case .head(let head) = $0 { head } else { nil } }
    }

    /// The content of the first message that has any.
    var content: [UInt8] {
        for case .content(let octets) in seen { return octets }
        return []
    }

    /// Complete messages.
    var ends: Int { seen.count { $0 == .end } }
}

private let guarded = Mutexed(GuardedBytes(capacity: 256 * 1024))

/// A value for one test at a time.
final class Mutexed<Value>: @unchecked Sendable {
    private let value: Value
    private let lock = NSLock()
    init(_ value: Value) { self.value = value }
    func with<Result>(_ body: (Value) -> Result) -> Result { lock.withLock { body(value) } }
}

/// Feeds `octets` to a request parser, cut at the given offsets, and tells what came of it.
func requestTrail(
    _ octets: [UInt8], cuts: [Int] = [], limits: CodecLimits = CodecLimits()
) -> Trail<RequestHead> {
    var parser = RequestParser(limits: limits)
    var trail = Trail<RequestHead>()
    feed(octets, cuts: cuts) { input in
        do throws(WireError) {
            let (consumed, event) = try parser.next(input)
            switch event {
            case .head(let head)?: trail.seen.append(.head(head))
            case .body(let range)?:
                precondition(!range.isEmpty && range.upperBound <= consumed)
                trail.add(content: input[range])
            case .end?: trail.seen.append(.end)
            case nil: precondition(consumed == input.count, "without an event all is consumed")
            }
            return event == nil ? nil : consumed
        } catch {
            trail.refusal = error
            return nil
        }
    }
    return trail
}

/// The same for the response to one request; `closing` also tells the parser that the peer has closed.
func responseTrail(
    _ octets: [UInt8], answering method: HTTPCodec.Method = .get, cuts: [Int] = [], closing: Bool = true,
    limits: CodecLimits = CodecLimits()
) -> Trail<ResponseHead> {
    var parser = ResponseParser(limits: limits, answering: method)
    var trail = Trail<ResponseHead>()
    feed(octets, cuts: cuts) { input in
        do throws(WireError) {
            let (consumed, event) = try parser.next(input)
            switch event {
            case .head(let head)?: trail.seen.append(.head(head))
            case .body(let range)?:
                precondition(!range.isEmpty && range.upperBound <= consumed)
                trail.add(content: input[range])
            case .end?: trail.seen.append(.end)
            case nil: precondition(consumed == input.count, "without an event all is consumed")
            }
            return event == nil ? nil : consumed
        } catch {
            trail.refusal = error
            return nil
        }
    }
    if closing && trail.refusal == nil {
        do throws(WireError) {
            if try parser.finish() == .end { trail.seen.append(.end) }
        } catch {
            trail.refusal = error
        }
    }
    return trail
}

/// Calls `step` with each piece until it has had enough of the piece (nil) or gives the number of octets it consumed.
private func feed(_ octets: [UInt8], cuts: [Int], _ step: (UnsafeRawBufferPointer) -> Int?) {
    let bounds = [0] + cuts + [octets.count]
    guarded.with { memory in
        for (start, end) in zip(bounds, bounds.dropFirst()) {
            memory.with(octets[start..<end]) { piece in
                var rest = piece
                while let consumed = step(rest) { rest = UnsafeRawBufferPointer(rebasing: rest[consumed...]) }
            }
        }
    }
}

/// Numbers that are the same in every run (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

/// The octets of a text in which each scalar below U+0100 stands for one octet.
func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

func text(_ octets: some Collection<UInt8>) -> String { String(decoding: octets, as: UTF8.self) }

func vector(_ name: String) throws -> Data {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors")
    return try Data(contentsOf: folder.appendingPathComponent(name))
}
