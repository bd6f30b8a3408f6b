import Foundation
import Testing

@testable import FuzzTargets

/// Every input that fuzzing ever found worth keeping, through the target that it was found for.
@Suite struct CorpusTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz")

    @Test(arguments: FuzzTarget.all.map(\.name))
    func everyPromiseIsKeptForWhatFuzzingFound(_ name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let seeds = Self.inputs("Corpus/\(name)")
        #expect(!seeds.isEmpty, "there are no seeds in Fuzz/Corpus/\(name)")
        for file in seeds + Self.inputs("Crashes/\(name)") {
            let input = [UInt8](try Data(contentsOf: file))
            do { try target.run(input) } catch {
                Issue.record("\(name): \(error): \(file.path)")
            }
        }
    }

    /// What is in the way of every reader: nothing, and much of one thing.
    @Test(arguments: FuzzTarget.all.map(\.name))
    func everyPromiseIsKeptForMonotonousInputs(_ name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        for octet in Array("\0\t\n\r \"%+,-./0:;=[\\]_a{|}~".utf8) + [0x7F, 0x80, 0xC3, 0xFF] {
            for count in [1, 2, 64, 3_000] {
                do { try target.run([UInt8](repeating: octet, count: count)) } catch {
                    Issue.record("\(name): \(error): \(count) octets \(octet)")
                }
            }
        }
        #expect(throws: Never.self) { try target.run([]) }
    }

    @Test func foldersAreOfTargetsThatExist() throws {
        let names = Set(FuzzTarget.all.map(\.name))
        #expect(names.count == FuzzTarget.all.count)
        for folder in ["Corpus", "Crashes"] {
            let found = try? FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: folder).path)
            for name in found ?? [] where !name.hasPrefix(".") {
                #expect(names.contains(name), "Fuzz/\(folder)/\(name) is of no target")
            }
        }
    }

    private static func inputs(_ folder: String) -> [URL] {
        let files = try? FileManager.default.contentsOfDirectory(
            at: root.appending(path: folder), includingPropertiesForKeys: nil)
        return (files ?? []).filter { !$0.lastPathComponent.hasPrefix(".") }.sorted { $0.path < $1.path }
    }
}
