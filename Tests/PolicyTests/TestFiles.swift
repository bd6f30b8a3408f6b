import Foundation

/// The files beside and above these tests.
enum TestFiles {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let policies = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("policies")
    private static let caseFolder = tests.appendingPathComponent("Cases")

    /// Names of the example policies.
    static let examples = names(in: policies, ending: ".yaml")
    /// Names of the case files.
    static let cases = names(in: caseFolder, ending: ".case")

    static func policy(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: policies.appendingPathComponent(name)))
    }

    static func caseText(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: caseFolder.appendingPathComponent(name)), as: UTF8.self)
    }

    private static func names(in folder: URL, ending suffix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted()
    }
}
