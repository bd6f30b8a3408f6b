import CSpawn
import Foundation
import Synchronization
import Testing

@testable import Launch

/// That no process that the gateway starts outlives it, however it ends.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SpawnTests {
    /// Runs `/bin/sleep 300` from the calling thread.
    private static func spawnSleep() -> Int32 {
        guard let command = CStrings([[.text("/bin/sleep")], [.text("300")]]), let nothing = CStrings([]),
            let path = command.pointers[0]
        else { return -1 }
        var pid: pid_t = -1
        let code = bulla_spawn(path, command.pointers.baseAddress!, nothing.pointers.baseAddress!, 1, 2, nil, &pid)
        return code == 0 ? pid : -1
    }

    /// The reason for a thread of its own: a child goes with the thread that forked it.
    @Test func aProcessEndsWithTheThreadThatStartedIt() async throws {
        let pid = await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: Self.spawnSleep()) }.start()
        }
        try #require(pid > 0)
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == pid)
        #expect(ProcessEnd(waitStatus: status) == .killed(signal: SIGKILL))
    }

    @Test func theKeepersProcessesOutliveTheThreadThatAskedForThem() async throws {
        try await TestHouse.with(TestHouse()) { test in
            let lease: Lease = try await withCheckedThrowingContinuation { continuation in
                Thread {
                    test.house.lease(for: .named("ann"), exclusive: true, waitSeconds: 30) {
                        continuation.resume(with: $0)
                    }
                }.start()
            }
            try await Task.sleep(for: .milliseconds(200))
            #expect(await Web.get(lease) != nil)
        }
    }

    /// As whom the miniature's process runs. Becoming another user makes a process forget what was asked for before.
    private static let users = geteuid() == 0 ? ["NULL", "&(bulla_user){65534, 65534}"] : ["NULL"]

    /// A gateway in miniature: starts a process, tells its id, and waits to be killed.
    private static let miniature = """
        #include "cspawn.h"
        #include <stdio.h>
        #include <unistd.h>
        int main(void) {
            char *argv[] = {"sleep", "300", NULL};
            char *envp[] = {NULL};
            pid_t pid;
            if (bulla_spawn("/bin/sleep", argv, envp, 1, 2, USER, &pid) != 0) return 1;
            printf("%d\\n", (int)pid);
            fflush(stdout);
            pause();
        }
        """

    @Test(.enabled(if: Miniature.compiler != nil, "needs clang"), arguments: Self.users)
    func killingTheParentKillsTheInstance(user: String) async throws {
        try await Miniature.with(Self.miniature.replacingOccurrences(of: "USER", with: user)) { program in
            let parent = Process()
            parent.executableURL = URL(fileURLWithPath: program)
            let output = Pipe()
            parent.standardOutput = output
            try parent.run()
            let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            let pid = try #require(Int32(line.trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(Processes.isAlive(pid))
            kill(parent.processIdentifier, SIGKILL)
            parent.waitUntilExit()
            #expect(await eventually { !Processes.isAlive(pid) })
        }
    }

    /// Raises its own limit of open files, and starts a process that tells its.
    private static let raising = """
        #include "cspawn.h"
        #include <stdio.h>
        #include <sys/resource.h>
        #include <sys/wait.h>
        int main(void) {
            struct rlimit files = {.rlim_cur = 900, .rlim_max = 1100};
            if (setrlimit(RLIMIT_NOFILE, &files) != 0) return 1;
            printf("%ld\\n", bulla_raise_files_limit());
            fflush(stdout);
            char *argv[] = {"sh", "-c", "ulimit -Sn; ulimit -Hn", NULL};
            char *envp[] = {NULL};
            pid_t pid;
            if (bulla_spawn("/bin/sh", argv, envp, 1, 2, NULL, &pid) != 0) return 1;
            return waitpid(pid, NULL, 0) == pid ? 0 : 1;
        }
        """

    @Test(.enabled(if: Miniature.compiler != nil, "needs clang"))
    func aProcessKeepsTheLimitOfOpenFilesThatTheGatewayRaised() async throws {
        try await Miniature.with(Self.raising) { program in
            let parent = Process()
            parent.executableURL = URL(fileURLWithPath: program)
            let output = Pipe()
            parent.standardOutput = output
            try parent.run()
            let told = try output.fileHandleForReading.readToEnd().map { String(decoding: $0, as: UTF8.self) }
            #expect(told == "1100\n900\n1100\n")
        }
    }

    @Test func portsInUseAreNotGivenOutAndAClaimIsExclusive() throws {
        let book = PortBook()
        let claims = try (0..<200).map { _ in try book.claim() }
        #expect(Set(claims.map(\.port)).count == 200)
        let taken = try PortBook(ephemeral: 20_000...65_000).claim()
        #expect((20_000...65_535).contains(taken.port))
    }
}
