import Crypto
import Foundation
import Identity
import Policy
import StrictCoding
import Synchronization
import Testing

@testable import Launch

/// Programs of this machine, for tests.
enum Programs {
    static let shell: ByteString = "/bin/sh"
    /// Not a launcher script, which would take longer than everything else here.
    static let python: ByteString = access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3"

    /// A server that answers `GET` with its egress base URL and its process id, and can be told to misbehave:
    /// `/crash`, `/sleep` (0.3 s).
    static let server = """
        import os, socket, sys, time
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(os.environ["PORT"])))
        listener.listen(64)
        while True:
            client, _ = listener.accept()
            request = client.recv(65536)
            if not request:
                client.close()
                continue
            path = request.split(b" ")[1]
            if path == b"/crash": os._exit(7)
            if path == b"/sleep": time.sleep(0.3)
            answer = os.environ["EGRESS"] + " " + str(os.getpid())
            client.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n" + answer.encode())
            client.close()
        """

    static func python(_ script: String) -> [ByteString] { [python, "-I", "-S", "-c", ByteString(script)] }
    static func shell(_ script: String) -> [ByteString] { [shell, "-c", ByteString(script)] }
}

/// Small programs in C that use CSpawn, for what must be seen from outside.
enum Miniature {
    static let compiler: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return folders.map { $0 + "/clang" }.first { access($0, X_OK) == 0 }
    }()

    /// Compiles the program and calls `body` with its path.
    static func with<Value>(_ text: String, _ body: (String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bulla-spawn-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Other users run it as well.
        chmod(folder.path, 0o755)
        try Data(text.utf8).write(to: folder.appendingPathComponent("main.c"))
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let source = root.appendingPathComponent("Sources/System/CSpawn")
        let program = folder.appendingPathComponent("miniature").path
        let compilation = try Process.run(
            URL(fileURLWithPath: #require(Self.compiler)),
            arguments: [
                "-I", source.appendingPathComponent("include").path, "-o", program,
                folder.appendingPathComponent("main.c").path, source.appendingPathComponent("cspawn.c").path,
            ])
        compilation.waitUntilExit()
        #expect(compilation.terminationStatus == 0)
        return try await body(program)
    }
}

/// What instances told, from all threads.
final class Notebook: Sendable {
    struct Pages: Sendable {
        var notes: [LaunchNote] = []
        /// Instances by the digests of their secrets, as long as they are registered, and for ever.
        var registered: [[UInt8]: ByteString] = [:]
        var known: [[UInt8]: ByteString] = [:]
    }

    private let pages = Mutex(Pages())

    var current: Pages { pages.withLock { $0 } }
    var whats: [LaunchNote.What] { current.notes.map(\.what) }

    var lines: [String] {
        whats.compactMap { if case .output(_, let text) = $0 { text.string } else { nil } }
    }

    var pids: [Int32] {
        whats.compactMap { if case .started(let pid, _) = $0 { pid } else { nil } }
    }

    func write(_ note: LaunchNote) { pages.withLock { $0.notes.append(note) } }
    func register(_ digest: [UInt8], _ instance: ByteString) {
        pages.withLock {
            $0.registered[digest] = instance
            $0.known[digest] = instance
        }
    }
    func unregister(_ digest: [UInt8], _ instance: ByteString) {
        pages.withLock { #expect($0.registered.removeValue(forKey: digest) == instance) }
    }
}

/// A house of real processes, closed at the end of the test.
struct TestHouse: Sendable {
    let house: InstanceHouse
    let notebook = Notebook()

    init(
        _ command: [ByteString] = Programs.python(Programs.server), instances: Int = 4, idleSeconds: Int = 600,
        startSeconds: Int = 30, environment: [(name: ByteString, value: LaunchSettings.Value)] = [],
        secrets: PolicySecrets = .none, user: InstanceUser? = nil, rules: (inout Occupancy.Rules) -> Void = { _ in }
    ) {
        let settings = LaunchSettings(
            command: command, portVariable: "PORT",
            environment: [(name: "EGRESS", value: .text("${egress}"))] + environment, instances: instances,
            idleSeconds: idleSeconds, startSeconds: startSeconds)
        var all = Occupancy.Rules(instances: instances, idleMilliseconds: Int64(idleSeconds) * 1_000)
        rules(&all)
        house = InstanceHouse(
            server: "orders-mcp", settings: settings, user: user, rules: all,
            environment: InstanceEnvironment(
                settings: settings, secrets: secrets, egressBase: "http://127.0.0.1:9080", home: user?.home),
            register: notebook.register, unregister: notebook.unregister, log: notebook.write)
    }

    static func with<Value>(_ test: TestHouse, _ body: (TestHouse) async throws -> Value) async throws -> Value {
        do {
            let value = try await body(test)
            await test.close()
            return value
        } catch {
            await test.close()
            throw error
        }
    }

    private func close() async {
        await house.shutdown()
        #expect(house.counts.running == 0)
        #expect(notebook.current.registered.isEmpty)
        for pid in notebook.pids { #expect(!Processes.isAlive(pid)) }
    }

    func lease(
        _ name: String, scopes: [ByteString] = [], exclusive: Bool = true, startsInstance: Bool = true, wait: Int = 30
    ) async -> Result<Lease, LaunchFault> {
        await withCheckedContinuation { continuation in
            house.lease(
                for: .named(name, scopes: scopes), exclusive: exclusive, startsInstance: startsInstance,
                waitSeconds: wait
            ) {
                continuation.resume(returning: $0)
            }
        }
    }
}

/// Processes as the system tells of them.
enum Processes {
    /// Whether it runs; one that ended and was not waited for does not.
    static func isAlive(_ pid: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let state = text.split(separator: ")").last?.split(separator: " ").first
        else { return false }
        return state != "Z" && state != "X"
    }

    /// Whether it ended and nobody waited for it.
    static func isZombie(_ pid: Int32) -> Bool {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        return text.split(separator: ")").last?.split(separator: " ").first == "Z"
    }
}

/// Waits until it is so, at most 20 s.
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<2_000 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}

enum Web {
    /// The body of the answer to a GET; `nil` when the connection broke off before.
    static func get(_ lease: Lease, _ path: String = "/") async -> String? {
        let port = lease.port
        return await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: get(port: port, path)) }.start()
        }
    }

    private static func get(port: Int, _ path: String) -> String? {
        let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        let socket = Descriptor(owning: raw)
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard withSocketAddress(INADDR_LOOPBACK, port: port, { connect(raw, $0, $1) }) == 0 else { return nil }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        guard send(raw, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return nil }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while let count = buffer.withUnsafeMutableBytes({ socket.read(into: $0) }), count > 0 {
            answer += buffer[..<count]
        }
        let parts = String(decoding: answer, as: UTF8.self).split(separator: "\r\n\r\n", maxSplits: 1)
        return parts.count == 2 ? String(parts[1]) : nil
    }
}
