import CSpawn
import Crypto
import Foundation
import Policy
import StrictCoding
import Synchronization
import Testing

@testable import Launch

/// One process: what it gets, what is seen of it, how it ends.
@Suite(.serialized, .timeLimit(.minutes(2))) struct InstanceTests {
    /// Runs a command that ends by itself.
    private func run(
        _ command: [ByteString], environment: [(name: ByteString, value: LaunchSettings.Value)] = [],
        secrets: PolicySecrets = .none
    ) async throws -> Notebook {
        try await TestHouse.with(TestHouse(command, environment: environment, secrets: secrets)) { test in
            guard case .failure(.startFailed) = await test.lease("ann") else {
                Issue.record("it did not end by itself")
                return test.notebook
            }
            return test.notebook
        }
    }

    // MARK: - What it gets

    @Test func theEnvironmentIsWhatIsPromisedAndNothingElse() async throws {
        setenv("BULLA_TEST_CANARY", "of the gateway", 1)
        defer { unsetenv("BULLA_TEST_CANARY") }
        let reference = SecretReference(source: .environment, name: "API_KEY")
        let key = SecretBytes(Array("k€y ${egress}".utf8))
        let notebook = try await run(
            ["/usr/bin/env"],
            environment: [
                (name: "ORDERS_API_URL", value: .text("${egress}/orders_api?also=${egress}")),
                (name: "API_KEY", value: .secret(reference)), (name: "LANG", value: .text("C.UTF-8")),
            ],
            secrets: PolicySecrets(secrets: [reference: key], keys: [:]))
        let own = ProcessInfo.processInfo.environment
        var expected = InstanceEnvironment.inherited.compactMap { name in own[name].map { "\(name)=\($0)" } }
            .filter { !$0.hasPrefix("LANG=") }
        expected += [
            "EGRESS=http://127.0.0.1:9080/<secret>", "LANG=C.UTF-8", "API_KEY=k€y ${egress}",
            "ORDERS_API_URL=http://127.0.0.1:9080/<secret>/orders_api?also=http://127.0.0.1:9080/<secret>",
        ]
        let lines = notebook.lines
        #expect(lines.filter { !$0.hasPrefix("PORT=") }.sorted() == expected.sorted())
        #expect(lines.filter { $0.hasPrefix("PORT=") }.count == 1)
    }

    @Test func itHasThreeDescriptorsAndNoMore() async throws {
        // Such as everybody has who forgot to say that a program that is run must not have them.
        let leaks = (0..<50).map { _ in open("/dev/null", O_RDONLY) }
        defer { for leak in leaks { close(leak) } }
        let script = """
            import os
            for number in range(1024):
                try: print(number, os.readlink("/proc/self/fd/%d" % number).split(":")[0])
                except OSError: pass
            """
        #expect(try await run(Programs.python(script)).lines == ["0 /dev/null", "1 pipe", "2 pipe"])
    }

    @Test func itsSignalsAreThoseOfAFreshProcessAndItLeadsAGroup() async throws {
        let before = signal(SIGPIPE, SIG_IGN)
        defer { signal(SIGPIPE, before) }
        let script = "sed -n '/^Sig[BIC]/p' /proc/self/status; cut -d' ' -f1,5 /proc/$$/stat"
        let notebook = try await run(Programs.shell(script))
        let zeroes = String(repeating: "0", count: 16)
        let pid = try #require(notebook.pids.first)
        #expect(notebook.lines == ["SigBlk:\t\(zeroes)", "SigIgn:\t\(zeroes)", "SigCgt:\t\(zeroes)", "\(pid) \(pid)"])
    }

    @Test func everyInstanceHasAnotherSecretAndOnlyWhileItLives() async throws {
        try await TestHouse.with(TestHouse()) { test in
            let (ann, bob) = (try await test.lease("ann").get(), try await test.lease("bob").get())
            for lease in [ann, bob] {
                let secret = try #require(await Web.get(lease)).split(separator: " ")[0].split(separator: "/").last
                let text = Array((secret ?? "").utf8)
                #expect(try Base64URL.decode(text).count == 32)
                #expect(test.notebook.current.registered[SHA256.digest(text)] == lease.instance)
            }
            #expect(test.notebook.current.registered.count == 2)
            _ = await Web.get(ann, "/crash")
            #expect(await eventually { test.notebook.current.registered.count == 1 })
            #expect(Array(test.notebook.current.registered.values) == [bob.instance])
        }
    }

    // MARK: - Programs that cannot be run

    @Test(arguments: [
        (["no-such-program-of-bulla"], "`no-such-program-of-bulla` in PATH: No such file or directory (ENOENT)"),
        (["/no/such/program"], "`/no/such/program`: No such file or directory (ENOENT)"),
        (["/etc/passwd"], "`/etc/passwd`: Permission denied (EACCES)"),
        (["/tmp"], "`/tmp`: Permission denied (EACCES)"),
        (["/bin/echo", "a\0b"], "a zero byte in the command or environment of `/bin/echo`: Invalid argument (EINVAL)"),
        ([""], "`` in PATH: No such file or directory (ENOENT)"),
    ])
    func aProgramThatCannotBeRunIsNamedWithTheReason(command: [String], reason: String) async throws {
        try await TestHouse.with(TestHouse(command.map { ByteString($0) })) { test in
            let answer = await test.lease("ann")
            #expect(answer.fault == .startFailed(reason: reason, retryAfterSeconds: 1))
            #expect(test.notebook.whats == [.startFailed(reason: reason)])
            #expect(test.notebook.current.known.count <= 1)
        }
    }

    @Test func aProgramWithoutASlashIsLookedUpInThePathThatItWillHave() async throws {
        let folder = NSTemporaryDirectory() + "bulla-launch-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/tool", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = ByteString("relative:\(folder)/none:\(folder):/usr/bin:/bin")
        func found() async throws -> [LaunchNote.What] {
            try await run(["tool"], environment: [(name: "PATH", value: .text(path))]).whats
        }
        // A folder of that name is no program, and neither is a file that must not be executed.
        #expect(try await found() == [.startFailed(reason: "`tool` in PATH: No such file or directory (ENOENT)")])
        try FileManager.default.removeItem(atPath: folder + "/tool")
        try Data("#!/bin/sh\necho found\n".utf8).write(to: URL(fileURLWithPath: folder + "/tool"))
        chmod(folder + "/tool", 0o644)
        if geteuid() != 0 {
            #expect(try await found() == [.startFailed(reason: "`tool` in PATH: Permission denied (EACCES)")])
        }
        chmod(folder + "/tool", 0o755)
        #expect(try await found().contains(.output(.stdout, "found")))
    }

    // MARK: - What it writes

    @Test func itsOutputIsCapturedByLineWithoutSecretsAndShort() async throws {
        let script = """
            echo "calling $EGRESS/orders_api"
            echo "Bearer eieh_0123456789 eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln" >&2
            printf 'x%.0s' $(seq 1 10000); echo
            printf 'no end'
            exit 3
            """
        let whats = try await run(Programs.shell(script)).whats
        #expect(whats.contains(.output(.stdout, "calling http://127.0.0.1:9080/<secret>/orders_api")))
        #expect(whats.contains(.output(.stderr, "Bearer <secret> <secret>")))
        #expect(whats.contains(.output(.stdout, ByteString([UInt8](repeating: 0x78, count: 4_096)))))
        #expect(whats.contains(.output(.stdout, "no end")))
        #expect(whats.suffix(2) == [.startFailed(reason: "exit status 3"), .ended(.exited(status: 3), nil)])
    }

    @Test func aFloodOfLinesIsCountedAndTheServerGoesOn() async throws {
        let notebook = try await run(Programs.shell("seq 1 20000; exit 0"))
        var dropped = 0
        for case .dropped(let lines) in notebook.whats { dropped += lines }
        #expect(notebook.lines.count + dropped == 20_000)
        #expect(notebook.lines.count < 2_000)
        #expect(notebook.lines.prefix(3) == ["1", "2", "3"])
    }

    // MARK: - Starting

    @Test func aServerThatListensLateIsReadyThen() async throws {
        let script = "import time; time.sleep(0.7)\n" + Programs.server
        try await TestHouse.with(TestHouse(Programs.python(script))) { test in
            let lease = try await test.lease("ann").get()
            #expect(await Web.get(lease) != nil)
            let ready = test.notebook.whats.compactMap { if case .ready(let time) = $0 { time } else { nil } }
            #expect(ready.count == 1 && ready[0] >= 700)
        }
    }

    @Test func aServerThatNeverListensIsGivenUpAndEnded() async throws {
        try await TestHouse.with(TestHouse(["/bin/sleep", "60"], startSeconds: 1)) { test in
            async let first = test.lease("ann")
            async let second = test.lease("ann", exclusive: false)
            for answer in await [first, second] { #expect(answer.fault == .startTimeout(retryAfterSeconds: 1)) }
            #expect(await eventually { test.house.counts.running == 0 })
            let whats = test.notebook.whats
            #expect(whats.contains(.startFailed(reason: "it accepted no connection within 1 s")))
            #expect(whats.last == .ended(.killed(signal: SIGTERM), .unfit))
            #expect(test.house.counts.started == 1)
        }
    }

    @Test func aSocketThatConnectsToItselfIsNobodyWhoListens() async throws {
        let claim = try PortBook(ephemeral: 20_000...65_535).claim()
        // Where nobody listens, a socket that is bound to the port connects to itself.
        let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        let own = Descriptor(owning: raw)
        #expect(withSocketAddress(INADDR_LOOPBACK, port: claim.port) { bind(raw, $0, $1) } == 0)
        #expect(withSocketAddress(INADDR_LOOPBACK, port: claim.port) { connect(raw, $0, $1) } == 0)
        #expect(!ReadinessProbe.isConnected(own, to: claim.port))
        #expect(ListeningUser(port: claim.port, pid: getpid(), user: nil) == .nobody)
    }

    // MARK: - Ending

    /// A server that has started another process, which must not outlive it.
    private static func withGrandchild(ignoringSignals: Bool) -> [ByteString] {
        let ignore = ignoringSignals ? "trap '' TERM; " : ""
        return Programs.shell(
            """
            \(ignore)sleep 300 & echo "grandchild $!"
            \(Programs.python.string) -I -S -c "$SCRIPT" & wait
            """)
    }

    @Test(arguments: [false, true]) func theWholeGroupEnds(ignoringSignals: Bool) async throws {
        let test = TestHouse(
            Self.withGrandchild(ignoringSignals: ignoringSignals),
            environment: [(name: "SCRIPT", value: .text(ByteString(Programs.server)))])
        let pids = try await TestHouse.with(test) { test -> [Int32] in
            let lease = try await test.lease("ann").get()
            let server = try #require(await Web.get(lease)?.split(separator: " ").last)
            #expect(await eventually { !test.notebook.lines.isEmpty })
            let grandchild = try #require(test.notebook.lines.first?.split(separator: " ").last)
            let pids = [grandchild, server].compactMap { Int32($0) }
            for pid in pids { #expect(Processes.isAlive(pid)) }
            return pids
        }
        for pid in pids { #expect(await eventually { !Processes.isAlive(pid) }) }
        let end = ProcessEnd.killed(signal: ignoringSignals ? SIGKILL : SIGTERM)
        #expect(test.notebook.whats.last == .ended(end, .stopped))
    }

    @Test func theGroupOfAServerThatCrashedEndsWithIt() async throws {
        let notebook = try await run(Programs.shell("sleep 300 & echo $!; exit 1"))
        let grandchild = try #require(Int32(notebook.lines[0]))
        #expect(await eventually { !Processes.isAlive(grandchild) })
    }

    @Test func nobodyIsLeftUnwaitedFor() async throws {
        try await TestHouse.with(TestHouse()) { test in
            for round in 0..<3 {
                let lease = try await test.lease("user\(round)").get()
                _ = await Web.get(lease, "/crash")
            }
            #expect(await eventually { test.house.counts.running == 0 })
            for pid in test.notebook.pids { #expect(!Processes.isZombie(pid)) }
            #expect(test.notebook.whats.contains(.ended(.exited(status: 7), nil)))
        }
    }
}

extension Result where Success == Lease, Failure == LaunchFault {
    var fault: LaunchFault? {
        if case .failure(let fault) = self { fault } else { nil }
    }
}
