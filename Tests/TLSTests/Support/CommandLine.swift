import Foundation

/// Runs `openssl` with a time limit; answers its exit status and what it printed on both streams.
@discardableResult
func openssl(
    _ arguments: [String], input: String = "", seconds: Int = 20
) async throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["timeout", "-s", "KILL", String(seconds), "openssl"] + arguments
    let directory = FileManager.default.temporaryDirectory
    let (source, sink) = (
        directory.appendingPathComponent(UUID().uuidString), directory.appendingPathComponent(UUID().uuidString)
    )
    try Data(input.utf8).write(to: source)
    try Data().write(to: sink)
    defer {
        try? FileManager.default.removeItem(at: source)
        try? FileManager.default.removeItem(at: sink)
    }
    let output = try FileHandle(forWritingTo: sink)
    process.standardInput = try FileHandle(forReadingFrom: source)
    process.standardOutput = output
    process.standardError = output
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        process.terminationHandler = { _ in continuation.resume() }
        do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    return (process.terminationStatus, String(decoding: try Data(contentsOf: sink), as: UTF8.self))
}
