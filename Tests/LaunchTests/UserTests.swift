import CSpawn
import Foundation
import Policy
import StrictCoding
import Testing

@testable import Launch

/// As whom instances run, and what they see of the gateway then.
@Suite(.serialized, .timeLimit(.minutes(2))) struct UserTests {
    private static let isRoot = geteuid() == 0

    private func nobody() throws -> InstanceUser { try InstanceUser(named: "nobody") }

    // MARK: - Who may be named

    @Test(arguments: [
        ("root", InstanceUserFault.root), ("0", .root), ("000", .root), ("no-such-user-of-bulla", .unknown),
        ("", .unknown), ("nobody\0", .unknown), ("4294967295", .unknown), ("18446744073709551616", .unknown),
        ("-1", .unknown), ("+1", .unknown), ("nobody", .gatewaysOwn),
    ])
    func aUserThatIsNoneOrProtectsNothingIsRefused(name: String, fault: InstanceUserFault) throws {
        let nobody = try #require(getpwnam("nobody")).pointee.pw_uid
        #expect(throws: fault) {
            try InstanceUser(named: ByteString(name), rights: .init(own: [0, nobody], mayChangeUser: true))
        }
    }

    @Test func aGatewayWithoutTheRightIsToldSo() {
        #expect(throws: InstanceUserFault.notPermitted) {
            try InstanceUser(named: "nobody", rights: .init(own: [4_000_000_000], mayChangeUser: false))
        }
    }

    @Test func aNumberIsTheUserOfThatNumber() throws {
        let entry = try #require(getpwnam("nobody")).pointee
        let rights = InstanceUser.Rights(own: [], mayChangeUser: true)
        let user = try InstanceUser(named: ByteString("\(entry.pw_uid)"), rights: rights)
        #expect(try user == InstanceUser(named: "nobody", rights: rights))
        #expect(user.uid == entry.pw_uid && user.gid == entry.pw_gid)
        #expect(user.home.string == String(cString: entry.pw_dir))
    }

    @Test func aHouseWhoseUserCannotBeUsedIsNotOpened() {
        let settings = LaunchSettings(command: ["/bin/true"], user: "root", portVariable: "PORT", environment: [])
        #expect {
            try InstanceHouse(
                server: "notes", settings: settings, secrets: .none, egressBase: "http://127.0.0.1:9080",
                register: { _, _ in }, unregister: { _, _ in }, log: { _ in })
        } throws: {
            "\($0)"
                == "server `notes` cannot run as `root` (`launch.user`): that is root, from whom nothing can be kept"
        }
    }

    // MARK: - What the process is

    @Test(.enabled(if: isRoot, "needs root")) func itIsThatUserAndNothingMore() async throws {
        let script = """
            id -u; id -g; id -G; echo "$HOME"
            grep -E '^(Uid|Gid|Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)' /proc/self/status | tr '\\t' ' '
            echo named > /dev/stdout
            """
        let user = try nobody()
        let lines = try await run(Programs.shell(script), user: user).lines
        let (uid, gid) = (Array(repeating: "\(user.uid)", count: 4), Array(repeating: "\(user.gid)", count: 4))
        let none = "0000000000000000"
        #expect(
            lines == [
                "\(user.uid)", "\(user.gid)", "\(user.gid)", user.home.string,
                "Uid: \(uid.joined(separator: " "))", "Gid: \(gid.joined(separator: " "))", "CapInh: \(none)",
                "CapPrm: \(none)", "CapEff: \(none)", "CapAmb: \(none)", "NoNewPrivs: 1", "named",
            ])
    }

    @Test(.enabled(if: isRoot, "needs root")) func itReadsNeitherTheGatewaysFilesNorItsEnvironment() async throws {
        let path = NSTemporaryDirectory() + "bulla-key-\(UUID().uuidString)"
        try Data("key".utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o600)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let script = """
            for file in \(path) /proc/$PPID/environ /proc/$PPID/mem /proc/$PPID/fd; do
                if [ -d $file ]; then ls $file; else head -c 1 $file; fi >/dev/null 2>&1 && echo "read $file"
            done
            echo done
            """
        #expect(try await run(Programs.shell(script), user: nobody()).lines == ["done"])
    }

    @Test func withoutAUserNoProgramThatItRunsGainsRightsEither() async throws {
        let notebook = try await run(Programs.shell("grep NoNewPrivs /proc/self/status; id -u"))
        #expect(notebook.lines == ["NoNewPrivs:\t1", "\(geteuid())"])
    }

    // MARK: - How it lives

    @Test(.enabled(if: isRoot, "needs root"), arguments: [false, true])
    func anotherUsersInstanceServesAndEndsAsAnyOther(ignoringSignals: Bool) async throws {
        let ignore = ignoringSignals ? "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" : ""
        let helper = "import subprocess; print(subprocess.Popen(['/bin/sleep', '300']).pid, flush=True)\n"
        let test = try TestHouse(Programs.python(ignore + helper + Programs.server), user: nobody())
        let pids = try await TestHouse.with(test) { test -> [Int32] in
            let lease = try await test.lease("ann").get()
            #expect(await Web.get(lease) != nil)
            #expect(await eventually { !test.notebook.lines.isEmpty })
            return test.notebook.lines.compactMap { Int32($0) } + test.notebook.pids
        }
        #expect(pids.count == 2)
        for pid in pids { #expect(await eventually { !Processes.isAlive(pid) }) }
        #expect(test.notebook.whats.last == .ended(.killed(signal: ignoringSignals ? SIGKILL : SIGTERM), .stopped))
    }

    @Test(.enabled(if: isRoot, "needs root")) func onlyTheNamedUserIsExpectedOnItsPort() throws {
        let claim = try PortBook().claim()
        let listener = Descriptor(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0))
        #expect(withSocketAddress(INADDR_LOOPBACK, port: claim.port) { bind(listener.raw, $0, $1) } == 0)
        #expect(listen(listener.raw, 1) == 0)
        #expect(ListeningUser(port: claim.port, pid: getpid(), user: nil) == .expected)
        #expect(try ListeningUser(port: claim.port, pid: getpid(), user: nobody()) == .other(0))
    }

    // MARK: - What is left without another user

    /// Hides itself between two attempts of a child of its own, and says why each failed; 0 when it did not.
    private static let secretive = """
        #include "cspawn.h"
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <sys/wait.h>
        #include <unistd.h>
        static int attempt(void) {
            int status;
            if (fork() == 0) {
                char path[64];
                snprintf(path, sizeof path, "/proc/%d/environ", (int)getppid());
                _exit(open(path, O_RDONLY) < 0 ? errno : 0);
            }
            wait(&status);
            return WEXITSTATUS(status);
        }
        int main(void) {
            int before = attempt(), code = bulla_hide_process();
            printf("%d %d %d\\n", before, code, attempt());
        }
        """

    @Test(.enabled(if: Miniature.compiler != nil, "needs clang"))
    func aHiddenProcessIsNotReadByOthersOfItsUser() async throws {
        try await Miniature.with(Self.secretive) { program in
            let user = Self.isRoot ? try nobody() : nil
            #expect(try await run([ByteString(program)], user: user).lines == ["0 0 \(EACCES)"])
        }
    }

    /// Runs a command that ends by itself.
    private func run(_ command: [ByteString], user: InstanceUser? = nil) async throws -> Notebook {
        try await TestHouse.with(TestHouse(command, user: user)) { test in
            #expect(await test.lease("ann").fault != nil)
            return test.notebook
        }
    }
}
